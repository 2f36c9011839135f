// Kind "pipeline_loop": the whole pipeline from given faces and speech to redrawn faces, in windows of frames.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { featureRowCount } from '../../audio/feature-windows.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { AutoencoderKL, decoderGraph, encoderGraph, parseAutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { shallowUNetGraph, UNet3DConditionModel, unetGraph } from '../../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { parseWhisperDims, WhisperEncoder, whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { Audio2Feature, FeatureChunks } from '../../pipelines/audio2feature.ts';
import { ImageCodec } from '../../pipelines/image-codec.ts';
import { LatentDenoiser } from '../../pipelines/latent-denoiser.ts';
import { WindowGenerator, type WindowOutputs } from '../../pipelines/window-generator.ts';
import { createScheduler } from '../../schedulers/create-scheduler.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { joined } from '../../util/joined.ts';
import { compareClosely, LOOP_TOLERANCE, type Comparison } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import { loadSession, type Kind, type KindContext } from '../kind.ts';
import { whisperWeights } from './whisper-weights.ts';

/** DeepCache's interval in files that use it. */
const DEEP_CACHE_INTERVAL = 3;
const DEFAULT_FRAMES = 16;
const DEFAULT_FPS = 25;
/** Of the frames, `out` holds every fourth. */
const OUTPUT_STRIDE = 4;

/** The networks of a loop with their weights, and the sizes that its file does not specify. */
export interface LoopModel {
  unet: { network: UNet3DConditionModel; weights: Checkpoint };
  vae: { network: AutoencoderKL; weights: Checkpoint };
  whisper: { network: WhisperEncoder; weights: Checkpoint };
  schedulerConfig: unknown;
  /** Frames of a window. */
  numFrames: number;
  fps: number;
  audioFeatLength: readonly [number, number];
}

/** `latents` [1, 4, n, R/8, R/8] and `out`, every fourth frame [⌈n/4⌉, 3, R, R]. */
export const pipelineLoop: Kind = async function* (golden, context) {
  const unet = new UNet3DConditionModel(parseUNet3DConfig(golden.json('unet')));
  const vae = new AutoencoderKL(parseAutoencoderKLConfig(golden.json('vae')));
  const whisper = new WhisperEncoder(parseWhisperDims(golden.json('whisper_dims')));
  yield* compareLoop(golden, context, 'pipe', {
    unet: { network: unet, weights: await context.weights(unet, golden.text('unet_prefix')) },
    vae: { network: vae, weights: await context.weights(vae, golden.text('vae_prefix')) },
    whisper: { network: whisper, weights: await whisperWeights(context, whisper, golden.text('whisper_prefix')) },
    schedulerConfig: golden.json('scheduler'),
    numFrames: golden.number('num_frames', DEFAULT_FRAMES),
    fps: golden.number('fps', DEFAULT_FPS),
    audioFeatLength: [2, 2],
  });
};

/**
 * Runs the loop of a golden file on its faces, and compares latents and frames.
 *
 * @param names - start of the names of the noises.
 */
export async function* compareLoop(
  golden: GoldenFile,
  context: KindContext,
  names: string,
  model: LoopModel,
): AsyncGenerator<Comparison> {
  const { unet, vae, whisper, audioFeatLength } = model;
  const { signal } = context;
  const faces = await golden.tensor('faces');
  const [frames, , resolution] = faces.shape;
  const pixelsPerLatent = vae.network.scaleFactor;
  const side = resolution / pixelsPerLatent;
  const tokens = 2 * (audioFeatLength[0] + audioFeatLength[1] + 1) * (whisper.network.config.nAudioLayer + 1);
  const size = { batch: 1, height: side, width: side, tokens };
  const cached = golden.boolean('deepcache');

  await using whisperSession = await loadSession(context, whisperEncoderGraph(whisper.network), whisper.weights);
  await using encoder = await loadSession(
    context,
    encoderGraph(vae.network, { height: resolution, width: resolution }),
    vae.weights,
  );
  await using decoder = await loadSession(
    context,
    decoderGraph(vae.network, { height: side, width: side }),
    vae.weights,
  );
  const whole = unetGraph(unet.network, { ...size, deepFeatures: cached });
  await using unetSession = await loadSession(context, whole, unet.weights);
  await using shallowUnet = cached
    ? await loadSession(context, shallowUNetGraph(unet.network, size), unet.weights)
    : undefined;

  const generator = new WindowGenerator({
    codec: new ImageCodec({ encoder, decoder, scalingFactor: vae.network.config.scalingFactor }),
    denoiser: new LatentDenoiser({
      runtime: context.runtime,
      unet: unetSession,
      shallowUnet,
      scheduler: createScheduler('ddim', model.schedulerConfig),
      numInferenceSteps: golden.number('steps'),
      guidanceScale: golden.number('guidance_scale'),
      deepCacheInterval: cached ? DEEP_CACHE_INTERVAL : 1,
    }),
    mask: (await golden.float32('mask')).data,
    resolution,
    pixelsPerLatent,
  });
  const chunks = await audioChunks(new Audio2Feature(whisperSession, whisper.network.config), context, model);

  const scale = golden.number('noise_scale');
  const { latentChannels } = vae.network.config;
  const noise = golden.hashed(`${names}.noise`, [1, latentChannels, 1, side, side], scale);
  const windows: WindowOutputs[] = [];
  for (let first = 0, chunk = 0; first < frames; first += model.numFrames, chunk++) {
    const count = Math.min(model.numFrames, frames - first);
    const window = await generator.generate(
      {
        pixelValues: pixelValuesOf(faces.slice(0, first, first + count)),
        audio: await chunks(first, count),
        noise,
        maskedNoise: golden.hashed(`${names}.masked.${chunk}`, [count, latentChannels, side, side], scale),
        refNoise: golden.hashed(`${names}.ref.${chunk}`, [count, latentChannels, side, side], scale),
      },
      { signal },
    );
    windows.push(window);
  }
  const latents = Tensor.concat(
    windows.map((window) => window.latents),
    2,
  );
  const drawn = Tensor.concat(
    windows.map((window) => window.pixelValues),
    0,
  );
  const out = drawn.slice(0, 0, frames, { step: OUTPUT_STRIDE });
  yield await compareClosely(golden, 'latents', latents, LOOP_TOLERANCE);
  yield await compareClosely(golden, 'out', out, LOOP_TOLERANCE);
}

/** Bytes → the same in −1…1 */
function pixelValuesOf(bytes: Tensor): Tensor<'float32'> {
  const { shape, data } = toFloat32(bytes);
  return Tensor.float32(
    shape,
    data.map((byte) => byte / 127.5 - 1),
  );
}

/** Returns a function that gives the audio tokens of successive windows of frames, [F, tokens, D]. */
async function audioChunks(
  audio2feature: Audio2Feature,
  context: KindContext,
  { fps, audioFeatLength }: LoopModel,
): Promise<(first: number, count: number) => Promise<Tensor<'float32'>>> {
  const { signal } = context;
  const samples = await context.samples();
  const measure = await measureLogMel([samples]);
  const { rowWidth, layers } = audio2feature;
  const chunks = new FeatureChunks({
    rows: audio2feature.audio2feat([samples], measure, { reference: true, signal }),
    rowCount: featureRowCount(measure.melFrames),
    rowWidth,
    fps,
    audioFeatLength,
  });
  return async (first, count) => {
    const parts: Float32Array[] = [];
    for (let frame = first; frame < first + count; frame++) parts.push(await chunks.chunk(frame));
    const state = rowWidth / layers;
    return Tensor.float32([count, parts[0].length / state, state], joined(parts));
  };
}
