// Kind "pipeline_loop": given faces and speech → redrawn faces, by the networks and windows that a job is done with.
import { measureLogMel } from '../../audio/encoder-inputs.ts';
import { featureRowCount } from '../../audio/feature-windows.ts';
import { parseAutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { parseWhisperDims } from '../../models/whisper-encoder.ts';
import { FeatureChunks } from '../../pipelines/audio/audio2feature.ts';
import {
  FaceWindows,
  faceWindowsOptions,
  type DrawnFace,
  type DrawWindow,
  type WindowFace,
} from '../../pipelines/face-windows.ts';
import { assembleModel, type LipsyncModel } from '../../pipelines/lipsync-model.ts';
import { LipsyncNetworks } from '../../pipelines/lipsync-networks.ts';
import type { WindowOutputs } from '../../pipelines/window-generator.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { inpaintMask } from '../../vision/mask.ts';
import { compareClosely, compareExactly, LOOP_TOLERANCE, type Comparison } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import type { Kind, KindContext } from '../kind.ts';
import { whisperWeights } from './whisper-weights.ts';

/** DeepCache's interval in files that use it. */
const DEEP_CACHE_INTERVAL = 3;
const DEFAULT_FRAMES = 16;
const DEFAULT_FPS = 25;
/** Of the frames, `out` holds every fourth. */
const OUTPUT_STRIDE = 4;

/** `mask` [R, R], `latents` [1, 4, n, R/8, R/8] and `out`, every fourth frame [⌈n/4⌉, 3, R, R]. */
export const pipelineLoop: Kind = async function* (golden, context) {
  const [, , resolution] = (await golden.tensor('faces')).shape;
  await using model = await assembleModel({
    name: golden.name,
    defaults: {
      resolution,
      numFrames: golden.number('num_frames', DEFAULT_FRAMES),
      videoFps: golden.number('fps', DEFAULT_FPS),
      audioFeatLength: [2, 2],
      numInferenceSteps: golden.number('steps'),
      guidanceScale: golden.number('guidance_scale'),
      seed: 0,
    },
    schedulerConfig: golden.json('scheduler'),
    unetConfig: parseUNet3DConfig(golden.json('unet')),
    vaeConfig: parseAutoencoderKLConfig(golden.json('vae')),
    whisperConfig: parseWhisperDims(golden.json('whisper_dims')),
    weights: async ({ unet, vae, whisper }) => ({
      unet: await context.weights(unet, golden.text('unet_prefix')),
      vae: await context.weights(vae, golden.text('vae_prefix')),
      whisper: await whisperWeights(context, whisper, golden.text('whisper_prefix')),
      whisperIdentity: golden.text('whisper_prefix'),
    }),
  });
  yield* compareLoop(golden, context, 'pipe', model);
};

/**
 * Redraws the faces of a golden file in reference mode, with its noises in place of random ones, and compares latents and frames.
 *
 * @param names - start of the names of the noises.
 */
export async function* compareLoop(
  golden: GoldenFile,
  context: KindContext,
  names: string,
  model: LipsyncModel,
): AsyncGenerator<Comparison> {
  const { signal, runtime } = context;
  const faces = await golden.tensor('faces');
  const [frames, , resolution] = faces.shape;
  yield await compareExactly(golden, 'mask', { shape: [resolution, resolution], data: inpaintMask(resolution) });

  const deepCache = golden.boolean('deepcache');
  await using networks = await LipsyncNetworks.load(runtime, model, { deepCache, signal });
  const generator = networks.generator({
    scheduler: 'ddim',
    numInferenceSteps: golden.number('steps'),
    guidanceScale: golden.number('guidance_scale'),
    deepCacheInterval: deepCache ? DEEP_CACHE_INTERVAL : 1,
  });
  const drawnWindows: WindowOutputs[] = [];
  const scale = golden.number('noise_scale');
  let posteriorNoises = 0;
  await using windows = new FaceWindows<WindowFace>({
    ...faceWindowsOptions(model, generator, { seed: 0, reference: true }),
    generator: {
      encode: (pixelValues, options) => generator.encode(pixelValues, options),
      async generate(inputs, options) {
        const window = await generator.generate(inputs, options);
        drawnWindows.push(window);
        return window;
      },
    },
    noise: golden.hashed(`${names}.noise`, model.noiseShape, scale),
    posteriorNoise(shape) {
      const [kind, window] = [['masked', 'ref'][posteriorNoises % 2], posteriorNoises >> 1];
      posteriorNoises++;
      return golden.hashed(`${names}.${kind}.${window}`, shape, scale);
    },
    signal,
  });
  const chunks = await audioChunks(networks, context, model);
  const drawn: DrawnFace<WindowFace>[] = [];
  const show = async (draw: DrawWindow<WindowFace> | undefined): Promise<void> => {
    if (draw) drawn.push(...(await draw()));
  };
  for (let frame = 0; frame < frames; frame++) {
    const face = faceImage(faces.slice(0, frame, frame + 1));
    await show(await windows.push({ face, audio: await chunks.chunk(frame) }));
  }
  await show(await windows.flush());

  const latents = Tensor.concat(
    drawnWindows.map((window) => window.latents),
    2,
  );
  yield await compareClosely(golden, 'latents', latents, LOOP_TOLERANCE);
  const shown = drawn.filter((_, frame) => frame % OUTPUT_STRIDE === 0);
  const out = Tensor.concat(
    shown.map(({ drawn: pixels }) => Tensor.float32([1, 3, resolution, resolution], pixels)),
    0,
  );
  yield await compareClosely(golden, 'out', out, LOOP_TOLERANCE);
}

/** Bytes [1, 3, R, R] → an RGB image */
function faceImage(face: Tensor): Image8 {
  const { shape, data } = face.transpose([0, 2, 3, 1]); // [1,3,R,R] → [1,R,R,3]
  return createImage8(shape[2], shape[1], 3, Uint8Array.from(data, Number));
}

/** Returns the audio of the golden speech, frame by frame. */
async function audioChunks(
  { audio2feature }: LipsyncNetworks,
  context: KindContext,
  { defaults: { videoFps, audioFeatLength } }: LipsyncModel,
): Promise<FeatureChunks> {
  const { signal } = context;
  const samples = await context.samples();
  const measure = await measureLogMel([samples]);
  return new FeatureChunks({
    rows: audio2feature.audio2feat([samples], measure, { reference: true, signal }),
    rowCount: featureRowCount(measure.melFrames),
    rowWidth: audio2feature.rowWidth,
    fps: videoFps,
    audioFeatLength,
  });
}
