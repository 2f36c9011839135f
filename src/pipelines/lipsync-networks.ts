// LipsyncNetworks: a model's networks, loaded into a runtime for one face resolution.
import { decoderGraph, encoderGraph } from '../models/autoencoder-kl.ts';
import { shallowUNetGraph, unetGraph } from '../models/unet-3d-condition.ts';
import { whisperEncoderGraph } from '../models/whisper-encoder.ts';
import { bindWeights } from '../nn/weights.ts';
import type { LinearDType } from '../onnx/linear-dtype.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { createScheduler } from '../schedulers/create-scheduler.ts';
import type { SchedulerName } from '../schedulers/scheduler.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { inpaintMask } from '../vision/mask.ts';
import { Audio2Feature } from './audio2feature.ts';
import { ImageCodec } from './image-codec.ts';
import { LatentDenoiser } from './latent-denoiser.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { WindowGenerator } from './window-generator.ts';

/** How the networks are used. */
export interface LipsyncNetworksOptions {
  scheduler: SchedulerName;
  numInferenceSteps: number;
  guidanceScale: number;
  /** Every so many steps the whole UNet runs; 1: always. */
  deepCacheInterval: number;
  /** How the UNet's linear layers compute. Default `float32`. */
  dtype?: LinearDType;
  signal?: AbortSignal;
  /** Stage `load`, in networks. */
  onProgress?: OnProgress;
}

/** Loaded networks, ready to hear audio and to redraw windows of faces. Disposing it frees their memory. */
export class LipsyncNetworks implements AsyncDisposable {
  readonly audio2feature: Audio2Feature;
  readonly generator: WindowGenerator;
  /** Shape of the noise that a window's denoising starts from: [1, 4, 1, h, w]. */
  readonly noiseShape: readonly number[];
  readonly #sessions: readonly Session[];

  private constructor(parts: {
    audio2feature: Audio2Feature;
    generator: WindowGenerator;
    noiseShape: readonly number[];
    sessions: readonly Session[];
  }) {
    this.audio2feature = parts.audio2feature;
    this.generator = parts.generator;
    this.noiseShape = parts.noiseShape;
    this.#sessions = parts.sessions;
  }

  /** Loads all networks of a model; fails as `Runtime.createSession` does, or with code `aborted`. */
  static async load(runtime: Runtime, model: LipsyncModel, options: LipsyncNetworksOptions): Promise<LipsyncNetworks> {
    const { unet, vae, whisper } = model;
    const { resolution, audioFeatLength } = model.defaults;
    const { signal, deepCacheInterval } = options;
    const pixelsPerLatent = vae.network.scaleFactor;
    const side = resolution / pixelsPerLatent;
    const { nAudioLayer } = whisper.network.config;
    const tokens = 2 * (audioFeatLength[0] + audioFeatLength[1] + 1) * (nAudioLayer + 1);
    const unetSize = { batch: 1, height: side, width: side, tokens, linearDType: options.dtype };
    const cached = deepCacheInterval > 1;

    const sessions: Session[] = [];
    const graphs = [
      { graph: whisperEncoderGraph(whisper.network), weights: whisper.weights },
      { graph: encoderGraph(vae.network, { height: resolution, width: resolution }), weights: vae.weights },
      { graph: decoderGraph(vae.network, { height: side, width: side }), weights: vae.weights },
      { graph: unetGraph(unet.network, { ...unetSize, deepFeatures: cached }), weights: unet.weights },
      ...(cached ? [{ graph: shallowUNetGraph(unet.network, unetSize), weights: unet.weights }] : []),
    ];
    const progress = new ProgressReporter('load', graphs.length, options.onProgress);
    progress.report(0);
    for (const { graph, weights } of graphs) {
      sessions.push(await runtime.createSession(await bindWeights(graph, weights), { signal }));
      progress.report(sessions.length);
    }
    const [encoder, imageEncoder, imageDecoder, unetSession, shallowUnet] = sessions;
    const codec = new ImageCodec({
      encoder: imageEncoder,
      decoder: imageDecoder,
      scalingFactor: vae.network.config.scalingFactor,
    });
    const denoiser = new LatentDenoiser({
      runtime,
      unet: unetSession,
      shallowUnet,
      scheduler: createScheduler(options.scheduler, model.schedulerConfig),
      numInferenceSteps: options.numInferenceSteps,
      guidanceScale: options.guidanceScale,
      deepCacheInterval,
    });
    return new LipsyncNetworks({
      audio2feature: new Audio2Feature(encoder, whisper.network.config),
      generator: new WindowGenerator({ codec, denoiser, mask: inpaintMask(resolution), resolution, pixelsPerLatent }),
      noiseShape: [1, vae.network.config.latentChannels, 1, side, side],
      sessions,
    });
  }

  /** Frees the networks. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) await session[Symbol.asyncDispose]();
  }
}
