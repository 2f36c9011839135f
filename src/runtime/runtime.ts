// What a runtime offers: sessions that run a model's graph on a device. Adapters: child-process-runtime-node.ts, web-runtime.ts.
import type { Tensor } from '../tensor/tensor.ts';

/** Where a network runs. `cpu` is available everywhere; the others need their hardware and driver. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** The devices that can be requested. */
export const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'];

/** A graph's bytes, and where its external data is; `OnnxModel` of the graph writer is one. */
export interface RuntimeModel {
  readonly bytes: Uint8Array;
  /** External data that travels with the model. */
  readonly buffers: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Folder of the files that the graph names as external data. */
  readonly directory: string | undefined;
}

/** A tensor that stayed with the runtime: it can be fed to any session of the same runtime, without a copy. */
export interface KeptTensor {
  readonly kept: number;
  readonly shape: readonly number[];
}

/** What a session takes as an input. */
export type Feed = Tensor | KeptTensor;

/** Options of {@link Session.run}. */
export interface RunOptions {
  /**
   * Rejects immediately with code `aborted`. The runtime finishes what it has begun, discards the result, and then takes the next
   * request; only disposing the runtime ends a run halfway.
   */
  signal?: AbortSignal;
}

/** Options of {@link Runtime.createSession}. */
export interface SessionOptions extends RunOptions {
  /** Threads for one operator; default: the runtime's. Small networks waste less with 1. */
  threads?: number;
  /** Multiplies 8-bit integers without overflow on processors whose fastest way has it, more slowly. Default false. */
  exactInt8?: boolean;
}

/** A loaded model. Disposing it frees its memory, once the runtime has finished what it has begun. */
export interface Session extends AsyncDisposable {
  /** Names of the graph's inputs, in order. */
  readonly inputNames: readonly string[];
  /** Runs the graph and returns all its outputs by name. */
  run(feeds: Readonly<Record<string, Feed>>, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Runs the graph and leaves some outputs with the runtime; release them when they are no longer needed. */
  runKeeping(
    feeds: Readonly<Record<string, Feed>>,
    keep: readonly string[],
    options?: RunOptions,
  ): Promise<{ outputs: Record<string, Tensor>; kept: Record<string, KeptTensor> }>;
}

/** Runs models on one device. Disposing it closes all its sessions. */
export interface Runtime extends AsyncDisposable {
  readonly device: Device;
  /** Whether the runtime is unusable: it was disposed, or its process or thread has ended. */
  readonly closed: boolean;
  /** Seconds in which sessions have run so far. */
  readonly busySeconds: number;
  /** Loads a model. Fails with code `device-unavailable` when the device cannot run it, `runtime-failed` otherwise. */
  createSession(model: RuntimeModel, options?: SessionOptions): Promise<Session>;
  /** Frees tensors that stayed with the runtime, once it has finished what it has begun. */
  release(tensors: Iterable<KeptTensor>): void;
}
