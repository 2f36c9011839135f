// LipsyncNetworks: a model's networks, loaded into a runtime for one face resolution.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { decoderGraph, encoderGraph } from '../models/autoencoder-kl.ts';
import { AutoencoderTiny, tinyDecoderGraph, tinyEncoderGraph } from '../models/autoencoder-tiny.ts';
import { shallowUNetGraph, unetGraph } from '../models/unet-3d-condition.ts';
import { whisperEncoderGraph } from '../models/whisper-encoder.ts';
import { int8Overflows } from '../nn/int8-overflow.ts';
import { bindWeights } from '../nn/weights.ts';
import type { Graph } from '../onnx/graph.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { createScheduler } from '../schedulers/create-scheduler.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { inpaintMask } from '../vision/mask.ts';
import { Audio2Feature } from './audio/audio2feature.ts';
import type { DenoisingSettings } from './denoising-path.ts';
import { ImageCodec } from './image-codec.ts';
import { LatentDenoiser } from './latent-denoiser.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { WindowGenerator } from './window-generator.ts';

/** Returns what a graph with int8 layers reads of a checkpoint; the result is closed once the graph is loaded. */
export type OpenInt8Weights = (
  graph: Graph,
  weights: Checkpoint,
  options: { signal?: AbortSignal; onProgress?: OnProgress },
) => Promise<Checkpoint>;

/** How networks are loaded. */
export interface LipsyncNetworksOptions {
  /** Loads the UNet in the two parts that DeepCache needs. Default false. */
  deepCache?: boolean;
  /** How the large layers of the UNet and the autoencoder compute. Default `float32`. */
  dtype?: LayerDType;
  /** Where weights for int8 layers come from. Default: they are quantized in memory. */
  openInt8Weights?: OpenInt8Weights;
  signal?: AbortSignal;
  /** Stages `quantize`, in bytes, and `load`, in networks. */
  onProgress?: OnProgress;
}

/** The graphs of a model's networks at its face resolution. */
export interface LipsyncGraphs {
  whisper: Graph;
  encoder: Graph;
  decoder: Graph;
  unet: Graph;
  /** The UNet's last layers alone, for DeepCache. */
  shallowUnet: Graph | undefined;
}

/** Returns the graphs of a model's networks, without weights. */
export function lipsyncGraphs(
  model: LipsyncModel,
  { deepCache = false, dtype }: Pick<LipsyncNetworksOptions, 'deepCache' | 'dtype'> = {},
): LipsyncGraphs {
  const { unet, vae, whisper, latentSide: side } = model;
  const { resolution } = model.defaults;
  const [tokens] = model.audioShape;
  const size = { batch: 1, height: side, width: side, tokens, dtype };
  return {
    whisper: whisperEncoderGraph(whisper.network),
    ...autoencoderGraphs(vae.network, { resolution, side, dtype }),
    unet: unetGraph(unet.network, { ...size, deepFeatures: deepCache }),
    shallowUnet: deepCache ? shallowUNetGraph(unet.network, size) : undefined,
  };
}

function autoencoderGraphs(
  network: LipsyncModel['vae']['network'],
  { resolution, side, dtype }: { resolution: number; side: number; dtype: LayerDType | undefined },
): { encoder: Graph; decoder: Graph } {
  const image = { height: resolution, width: resolution };
  const latents = { height: side, width: side };
  return network instanceof AutoencoderTiny
    ? { encoder: tinyEncoderGraph(network, image), decoder: tinyDecoderGraph(network, latents) }
    : { encoder: encoderGraph(network, { ...image, dtype }), decoder: decoderGraph(network, { ...latents, dtype }) };
}

/** The sessions of {@link LipsyncGraphs}. */
type LipsyncSessions = { readonly [K in keyof LipsyncGraphs]: Session | Extract<LipsyncGraphs[K], undefined> };

/** Loaded networks, ready to encode audio and to redraw windows of faces. Disposing it frees their memory. */
export class LipsyncNetworks implements AsyncDisposable {
  readonly audio2feature: Audio2Feature;
  /** Whether the UNet is loaded in the two parts that DeepCache needs. */
  readonly deepCache: boolean;
  readonly #runtime: Runtime;
  readonly #model: LipsyncModel;
  readonly #sessions: LipsyncSessions;

  private constructor(runtime: Runtime, model: LipsyncModel, sessions: LipsyncSessions) {
    this.audio2feature = new Audio2Feature(sessions.whisper, model.whisper.network.config);
    this.deepCache = sessions.shallowUnet !== undefined;
    this.#runtime = runtime;
    this.#model = model;
    this.#sessions = sessions;
  }

  /** Loads all networks of a model; fails as `Runtime.createSession` does, or with code `aborted`. */
  static async load(
    runtime: Runtime,
    model: LipsyncModel,
    options: LipsyncNetworksOptions = {},
  ): Promise<LipsyncNetworks> {
    const { signal } = options;
    const { whisper, encoder, decoder, unet, shallowUnet } = lipsyncGraphs(model, options);
    const progress = new ProgressReporter('load', shallowUnet ? 5 : 4, options.onProgress);
    const loaded: Session[] = [];
    const { openInt8Weights } = options;
    let exactInt8 = false;
    const load = async (graph: Graph, part: 'unet' | 'vae' | 'whisper'): Promise<Session> => {
      const { weights } = model[part];
      await using integers = graph.int8Weights.size > 0 ? await openInt8Weights?.(graph, weights, options) : undefined;
      const session = await runtime.createSession(await bindWeights(graph, integers ?? weights), { signal, exactInt8 });
      loaded.push(session);
      progress.report(loaded.length);
      return session;
    };
    progress.report(0);
    try {
      exactInt8 = options.dtype === 'int8' && (await int8Overflows(runtime));
      return new LipsyncNetworks(runtime, model, {
        whisper: await load(whisper, 'whisper'),
        encoder: await load(encoder, 'vae'),
        decoder: await load(decoder, 'vae'),
        unet: await load(unet, 'unet'),
        shallowUnet: shallowUnet && (await load(shallowUnet, 'unet')),
      });
    } catch (error) {
      for (const session of loaded) await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Seconds in which networks of the runtime have run so far. */
  get busySeconds(): number {
    return this.#runtime.busySeconds;
  }

  /** Returns what redraws windows of faces with these settings. */
  generator({ scheduler, ...settings }: DenoisingSettings): WindowGenerator {
    const { encoder, decoder, unet, shallowUnet } = this.#sessions;
    const { vae, schedulerConfig, pixelsPerLatent, defaults } = this.#model;
    return new WindowGenerator({
      codec: new ImageCodec({ encoder, decoder, scalingFactor: vae.network.config.scalingFactor }),
      denoiser: new LatentDenoiser({
        runtime: this.#runtime,
        unet,
        shallowUnet,
        scheduler: createScheduler(scheduler, schedulerConfig),
        ...settings,
      }),
      mask: inpaintMask(defaults.resolution),
      resolution: defaults.resolution,
      pixelsPerLatent,
    });
  }

  /** Frees the networks. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of Object.values(this.#sessions)) await session?.[Symbol.asyncDispose]();
  }
}
