import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGoldenSpeech } from '../../../test/support/golden-speech.ts';
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { featureRowCount } from '../../audio/feature-windows.ts';
import { writeSafetensorsFile, writeTorchZipFile } from '../../checkpoint/checkpoint-file-node.ts';
import { checkpointFromTensors, renameKeys } from '../../checkpoint/checkpoint-views.ts';
import { AutoencoderKL, parseAutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { hashed, hashedCheckpoint } from '../../models/hashed-weights.ts';
import { UNet3DConditionModel } from '../../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { parseWhisperDims, WhisperEncoder } from '../../models/whisper-encoder.ts';
import { FeatureChunks } from '../../pipelines/audio/audio2feature.ts';
import { openLipsyncModel } from '../../pipelines/lipsync-model-node.ts';
import { LipsyncNetworks } from '../../pipelines/lipsync-networks.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { inpaintMask } from '../../vision/mask.ts';
import { verifyDirectory } from '../verify-node.ts';

const speech = fileURLToPath(new URL('../../../test/fixtures/golden/audio/speech.wav', import.meta.url));
const RESOLUTION = 64;
const FRAMES = 6;
const WINDOW = 4;
const FPS = 30;
const STEPS = 2;
const GUIDANCE = 2;
const NOISE_SCALE = 1.2;

const unetConfig = {
  block_out_channels: [32, 32],
  down_block_types: ['CrossAttnDownBlock3D', 'DownBlock3D'],
  up_block_types: ['UpBlock3D', 'CrossAttnUpBlock3D'],
  layers_per_block: 1,
  cross_attention_dim: 32,
  attention_head_dim: 4,
  use_motion_module: true,
  motion_module_kwargs: { num_attention_heads: 4, temporal_position_encoding: true },
};
const vaeConfig = {
  block_out_channels: [32, 32, 32, 32],
  down_block_types: new Array<string>(4).fill('DownEncoderBlock2D'),
  up_block_types: new Array<string>(4).fill('UpDecoderBlock2D'),
  layers_per_block: 1,
};
const dims = { n_mels: 80, n_audio_ctx: 1500, n_audio_state: 32, n_audio_head: 2, n_audio_layer: 1 };

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-test-'));
  const model = join(folder, 'models/small');
  for (const path of ['whisper', 'sd-vae-ft-mse']) mkdirSync(join(model, path), { recursive: true });
  const data = { resolution: RESOLUTION, num_frames: WINDOW, video_fps: FPS, audio_feat_length: [1, 0] };
  writeFileSync(join(model, 'config.yaml'), JSON.stringify({ data, model: unetConfig }));
  writeFileSync(join(model, 'sd-vae-ft-mse/config.json'), JSON.stringify(vaeConfig));
  const unet = hashedCheckpoint(new UNet3DConditionModel(parseUNet3DConfig(unetConfig)), 'unet.');
  await writeTorchZipFile(join(model, 'latentsync_unet.pt'), unet, { wrapper: 'state_dict' });
  const vae = hashedCheckpoint(new AutoencoderKL(parseAutoencoderKLConfig(vaeConfig)), 'vae.');
  await writeSafetensorsFile(join(model, 'sd-vae-ft-mse/diffusion_pytorch_model.safetensors'), vae);
  const whisper = hashedCheckpoint(new WhisperEncoder(parseWhisperDims(dims)), 'whisper.');
  await writeTorchZipFile(
    join(model, 'whisper/tiny.pt'),
    renameKeys(whisper, (key) => `encoder.${key}`),
    { wrapper: 'model_state_dict', extra: { dims } },
  );
  mkdirSync(join(folder, 'pipeline/sound'), { recursive: true });
  copyFileSync(speech, join(folder, 'pipeline/sound/voice.wav'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Generates with the networks as the product loads them, window by window. */
async function generate(faces: Tensor<'uint8'>): Promise<{ latents: Tensor<'float32'>; out: Tensor<'float32'> }> {
  await using model = await openLipsyncModel(join(folder, 'models/small'));
  await using runtime = createRuntime();
  await using networks = await LipsyncNetworks.load(runtime, model);
  const generator = networks.generator({ scheduler: 'ddim', numInferenceSteps: STEPS, guidanceScale: GUIDANCE });
  const samples = await readGoldenSpeech();
  const measure = await measureLogMel([samples]);
  const chunks = new FeatureChunks({
    rows: networks.audio2feature.audio2feat([samples], measure, { reference: true }),
    rowCount: featureRowCount(measure.melFrames),
    rowWidth: networks.audio2feature.rowWidth,
    fps: FPS,
    audioFeatLength: [1, 0],
  });
  const side = RESOLUTION / 8;
  const faceSize = 3 * RESOLUTION ** 2;
  const latents = Tensor.float32([1, 4, FRAMES, side, side]);
  const out = Tensor.float32([2, 3, RESOLUTION, RESOLUTION]); // frames 0 and 4
  for (let first = 0; first < FRAMES; first += WINDOW) {
    const count = Math.min(WINDOW, FRAMES - first);
    const tokens: number[] = [];
    for (let frame = first; frame < first + count; frame++) tokens.push(...(await chunks.chunk(frame)));
    const pixels = Float32Array.from(
      faces.data.subarray(first * faceSize, (first + count) * faceSize),
      (value) => value / 127.5 - 1,
    );
    const window = await generator.generate({
      pixelValues: Tensor.float32([count, 3, RESOLUTION, RESOLUTION], pixels),
      audio: Tensor.float32([count, tokens.length / count / 32, 32], Float32Array.from(tokens)),
      noise: hashed('p.files.noise', [1, 4, 1, side, side], NOISE_SCALE),
      posterior: {
        masked: hashed(`p.files.masked.${first / WINDOW}`, [count, 4, side, side], NOISE_SCALE),
        ref: hashed(`p.files.ref.${first / WINDOW}`, [count, 4, side, side], NOISE_SCALE),
      },
    });
    out.data.set(window.pixelValues.data.subarray(0, faceSize), (first / WINDOW) * faceSize);
    for (let channel = 0; channel < 4; channel++) {
      const plane = window.latents.data.subarray(channel * count * side ** 2, (channel + 1) * count * side ** 2);
      latents.data.set(plane, (channel * FRAMES + first) * side ** 2);
    }
  }
  return { latents, out };
}

it('runs the loop with a model of any size from files, as the product itself does', async () => {
  const noise = hashed('faces', [FRAMES, 3, RESOLUTION, RESOLUTION], 127, 128);
  const faces = new Tensor('uint8', noise.shape, Uint8Array.from(noise.data));
  const { latents, out } = await generate(faces);
  const mask = Tensor.float32([RESOLUTION, RESOLUTION], inpaintMask(RESOLUTION));
  const tensors = new Map<string, Tensor>(Object.entries({ faces, mask, latents, out }));
  await writeSafetensorsFile(join(folder, 'pipeline/files.safetensors'), checkpointFromTensors('golden', tensors), {
    metadata: {
      kind: 'pipeline_files',
      hash_prefix: 'p.',
      model_dir: 'models/small',
      wav: 'sound/voice.wav',
      steps: String(STEPS),
      guidance_scale: String(GUIDANCE),
      noise_scale: String(NOISE_SCALE),
      deepcache: 'false',
    },
  });
  const { results, passed } = await verifyDirectory(folder);
  expect(results.map(({ file, what, message }) => [file, what, message])).toEqual([
    ['pipeline/files.safetensors', 'mask', undefined],
    ['pipeline/files.safetensors', 'latents', undefined],
    ['pipeline/files.safetensors', 'out', undefined],
  ]);
  expect(passed).toBe(true);
});
