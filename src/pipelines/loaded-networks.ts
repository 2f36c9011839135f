// LoadedNetworks: a model's networks and its landmarkers in one runtime, loaded when first needed, and again when the runtime has ended.
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { OnProgress } from '../util/progress.ts';
import type { SileroVad } from '../models/silero-vad.ts';
import type { FaceLandmarker } from './faces/face-landmarker.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { LipsyncNetworks, type OpenInt8Weights } from './lipsync-networks.ts';

/** What {@link LoadedNetworks} loads, and where. */
export interface LoadedNetworksOptions {
  model: LipsyncModel;
  /** How the large layers of the UNet and the autoencoder compute. Default `float32`. */
  dtype?: LayerDType;
  /** Where weights for int8 layers come from. Default: they are quantized in memory. */
  openInt8Weights?: OpenInt8Weights;
  /** Starts a runtime: at the first use, and again when the previous one has ended. */
  createRuntime: () => Runtime;
  /** Opens a landmarker in the runtime. */
  openLandmarker: (options: { runtime: Runtime; reference: boolean; signal?: AbortSignal }) => Promise<FaceLandmarker>;
  /** Opens the network that tells speech from other sound in the runtime. */
  openVad: (options: { runtime: Runtime; signal?: AbortSignal }) => Promise<SileroVad>;
}

/**
 * Keeps a model's networks loaded from job to job. One user at a time. Disposing it ends the runtime, even during a run; the
 * model stays open.
 */
export class LoadedNetworks implements AsyncDisposable {
  readonly model: LipsyncModel;
  readonly #options: LoadedNetworksOptions;
  #runtime: Runtime | undefined;
  #networks: LipsyncNetworks | undefined;
  readonly #landmarkers = new Map<'default' | 'reference', FaceLandmarker>();
  #vad: SileroVad | undefined;

  constructor(options: LoadedNetworksOptions) {
    this.model = options.model;
    this.#options = options;
  }

  /** Whether networks are loaded, with DeepCache or without. */
  get isLoaded(): boolean {
    return this.#networks !== undefined && this.#runtime?.closed === false;
  }

  /** Whether {@link LoadedNetworks.networks} has nothing to load. */
  isLoadedFor(deepCache: boolean): boolean {
    return this.isLoaded && this.#networks?.deepCache === deepCache;
  }

  /** A working runtime; if the last one has ended, its networks are forgotten. */
  #liveRuntime(): Runtime {
    if (this.#runtime && !this.#runtime.closed) return this.#runtime;
    this.#forget();
    return (this.#runtime = this.#options.createRuntime());
  }

  /**
   * Returns the networks. With a different `deepCache` than last time, they are loaded again in place of the old ones, because there is
   * not enough memory for two UNets.
   */
  async networks(options: {
    deepCache: boolean;
    signal?: AbortSignal;
    onProgress?: OnProgress;
  }): Promise<LipsyncNetworks> {
    const runtime = this.#liveRuntime();
    if (this.#networks?.deepCache === options.deepCache) return this.#networks;
    const previous = this.#networks;
    this.#networks = undefined;
    await previous?.[Symbol.asyncDispose]();
    const { model, dtype, openInt8Weights } = this.#options;
    return (this.#networks = await LipsyncNetworks.load(runtime, model, { ...options, dtype, openInt8Weights }));
  }

  /** Returns the landmarker of a mode. */
  async landmarker({ reference, signal }: { reference: boolean; signal?: AbortSignal }): Promise<FaceLandmarker> {
    const runtime = this.#liveRuntime();
    const mode = reference ? 'reference' : 'default';
    const known = this.#landmarkers.get(mode);
    if (known) return known;
    const landmarker = await this.#options.openLandmarker({ runtime, reference, signal });
    this.#landmarkers.set(mode, landmarker);
    return landmarker;
  }

  /** Returns the network that tells speech from other sound. */
  async vad({ signal }: { signal?: AbortSignal } = {}): Promise<SileroVad> {
    const runtime = this.#liveRuntime();
    return (this.#vad ??= await this.#options.openVad({ runtime, signal }));
  }

  /** Frees what finds faces and speech, until it is needed again: drawing takes that memory. */
  async closeAnalysis(): Promise<void> {
    const open = [...this.#landmarkers.values(), ...(this.#vad ? [this.#vad] : [])];
    this.#landmarkers.clear();
    this.#vad = undefined;
    for (const network of open) await network[Symbol.asyncDispose]();
  }

  /** What has ended with its runtime. */
  #forget(): void {
    this.#networks = undefined;
    this.#landmarkers.clear();
    this.#vad = undefined;
  }

  /** Ends the runtime and everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const runtime = this.#runtime;
    this.#runtime = undefined;
    this.#forget();
    await runtime?.[Symbol.asyncDispose]();
  }
}
