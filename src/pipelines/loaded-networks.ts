// LoadedNetworks: a model's networks and its landmarkers in one runtime, loaded when first needed, and again when the runtime has ended.
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { OnProgress } from '../util/progress.ts';
import type { SileroVad } from '../models/silero-vad.ts';
import type { FaceLandmarker } from './faces/face-landmarker.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { LipsyncNetworks, type OpenInt8Weights } from './lipsync-networks.ts';
import { weightBytes } from './required-memory.ts';

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
 * Seconds of video or audio above which faces and speech are found in a runtime of their own. What the C library cannot give back
 * after so many runs goes with its process, before drawing begins; starting one takes 0.2 s.
 */
const LONG_SECONDS = 60;

/** Bytes of weights above which networks take much longer to load than a process to start: faces are found in it meanwhile. */
const LARGE_BYTES = 500e6;

/** What finds faces and speech in one runtime. */
interface Analyzers {
  readonly landmarkers: Map<'default' | 'reference', FaceLandmarker>;
  vad: SileroVad | undefined;
}

/** What is analyzed, and how. */
export interface AnalysisOptions {
  /** How long the video or the audio is. */
  seconds: number;
  signal?: AbortSignal;
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
  #isLoading = false;
  /** Analyzes long videos and audio, and what is analyzed while large networks are loaded, until drawing begins. */
  #analysisRuntime: Runtime | undefined;
  readonly #analyzers = new Map<Runtime, Analyzers>();

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
    const { model, dtype, openInt8Weights } = this.#options;
    this.#isLoading = true;
    try {
      await previous?.[Symbol.asyncDispose]();
      return (this.#networks = await LipsyncNetworks.load(runtime, model, { ...options, dtype, openInt8Weights }));
    } finally {
      this.#isLoading = false;
    }
  }

  /** The runtime in which something of this length is analyzed, with what is open there. */
  #analysis(seconds: number): { runtime: Runtime; analyzers: Analyzers } {
    let runtime = this.#liveRuntime();
    if (seconds >= LONG_SECONDS || (this.#isLoading && weightBytes(this.model) >= LARGE_BYTES)) {
      if (this.#analysisRuntime?.closed === true) {
        this.#analyzers.delete(this.#analysisRuntime);
        this.#analysisRuntime = undefined;
      }
      runtime = this.#analysisRuntime ??= this.#options.createRuntime();
    }
    const analyzers = this.#analyzers.get(runtime) ?? { landmarkers: new Map(), vad: undefined };
    this.#analyzers.set(runtime, analyzers);
    return { runtime, analyzers };
  }

  /** Returns the landmarker of a mode. */
  async landmarker({ reference, seconds, signal }: AnalysisOptions & { reference: boolean }): Promise<FaceLandmarker> {
    const { runtime, analyzers } = this.#analysis(seconds);
    const mode = reference ? 'reference' : 'default';
    const known = analyzers.landmarkers.get(mode);
    if (known) return known;
    const landmarker = await this.#options.openLandmarker({ runtime, reference, signal });
    analyzers.landmarkers.set(mode, landmarker);
    return landmarker;
  }

  /** Returns the network that tells speech from other sound. */
  async vad({ seconds, signal }: AnalysisOptions): Promise<SileroVad> {
    const { runtime, analyzers } = this.#analysis(seconds);
    return (analyzers.vad ??= await this.#options.openVad({ runtime, signal }));
  }

  /** Frees what finds faces and speech, until it is needed again: drawing takes that memory. */
  async closeAnalysis(): Promise<void> {
    const apart = this.#analysisRuntime;
    const open = [...this.#analyzers].flatMap(([runtime, { landmarkers, vad }]) =>
      runtime === apart ? [] : [...landmarkers.values(), ...(vad ? [vad] : [])],
    );
    this.#analysisRuntime = undefined;
    this.#analyzers.clear();
    for (const network of open) await network[Symbol.asyncDispose]();
    await apart?.[Symbol.asyncDispose]();
  }

  /** What has ended with its runtime. */
  #forget(): void {
    this.#networks = undefined;
    if (this.#runtime) this.#analyzers.delete(this.#runtime);
  }

  /** Ends the runtime and everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const runtimes = [this.#runtime, this.#analysisRuntime];
    this.#forget();
    this.#runtime = undefined;
    this.#analysisRuntime = undefined;
    this.#analyzers.clear();
    for (const runtime of runtimes) await runtime?.[Symbol.asyncDispose]();
  }
}
