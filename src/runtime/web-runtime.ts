// Runtime for the browser: ONNX Runtime Web with WebAssembly or WebGPU, in the thread that calls it; call it from a worker.
import type * as OnnxRuntimeWeb from 'onnxruntime-web';
import { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printableLines } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';
import type { Feed, KeptTensor, RunOptions, Runtime, RuntimeModel, Session } from './runtime.ts';

/** Options of {@link createWebRuntime}. */
export interface WebRuntimeOptions {
  /** Default `cpu`, which is WebAssembly. */
  device?: 'cpu' | 'webgpu';
  /** Folder with ONNX Runtime Web's `.wasm` and `.mjs` files, as a URL; by default where the bundler put them. */
  wasmPaths?: string;
}

type Ort = typeof OnnxRuntimeWeb;

class WebRuntime implements Runtime {
  readonly device: 'cpu' | 'webgpu';
  readonly #ort: Ort;
  readonly #kept = new Map<number, OnnxRuntimeWeb.Tensor>();
  readonly #sessions = new Set<OnnxRuntimeWeb.InferenceSession>();
  #closed = false;
  #busySeconds = 0;
  #lastKept = 0;

  constructor(ort: Ort, { device = 'cpu', wasmPaths }: WebRuntimeOptions) {
    this.#ort = ort;
    this.device = device;
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get busySeconds(): number {
    return this.#busySeconds;
  }

  async createSession(model: RuntimeModel, { signal }: RunOptions = {}): Promise<Session> {
    throwIfAborted(signal);
    if (model.directory !== undefined) {
      throw new LatentSyncError(
        'runtime-failed',
        wording`A browser cannot read weights from the folder ${model.directory}.`,
        { remedy: 'Open the checkpoint from a Blob instead of a path.' },
      );
    }
    let session: OnnxRuntimeWeb.InferenceSession;
    try {
      session = await this.#ort.InferenceSession.create(model.bytes, {
        executionProviders: [this.device === 'webgpu' ? 'webgpu' : 'wasm'],
        externalData: [...model.buffers],
      });
    } catch (error) {
      throw new LatentSyncError(
        this.device === 'cpu' ? 'runtime-failed' : 'device-unavailable',
        wording`ONNX Runtime Web cannot load the model on "${this.device}": ${[printableLines(messageOf(error))]}`,
        { remedy: this.device === 'cpu' ? undefined : wording`Use ${option('device', 'cpu')}.`, cause: error },
      );
    }
    this.#sessions.add(session);
    const runKeeping: Session['runKeeping'] = async (feeds, keep, options) => {
      throwIfAborted(options?.signal);
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, this.#toOrt(feed)]));
      const outputs: Record<string, Tensor> = {};
      const kept: Record<string, KeptTensor> = {};
      const startedAt = performance.now();
      const results = await session.run(inputs);
      this.#busySeconds += (performance.now() - startedAt) / 1000;
      for (const [name, tensor] of Object.entries(results)) {
        if (keep.includes(name)) {
          this.#kept.set(++this.#lastKept, tensor);
          kept[name] = { kept: this.#lastKept, shape: tensor.dims };
        } else {
          outputs[name] = new Tensor<DType>(tensor.type as DType, tensor.dims, tensor.data as TensorDataTypes[DType]);
        }
      }
      throwIfAborted(options?.signal);
      return { outputs, kept };
    };
    return {
      inputNames: session.inputNames,
      run: async (feeds, options) => (await runKeeping(feeds, [], options)).outputs,
      runKeeping,
      [Symbol.asyncDispose]: async () => {
        if (this.#sessions.delete(session)) await session.release();
      },
    };
  }

  #toOrt(feed: Feed): OnnxRuntimeWeb.Tensor {
    if (!('kept' in feed)) return new this.#ort.Tensor(feed.dtype as 'float32', feed.data as Float32Array, feed.shape);
    const tensor = this.#kept.get(feed.kept);
    if (!tensor) throw new LatentSyncError('runtime-failed', `Kept tensor ${feed.kept} has been released.`);
    return tensor;
  }

  release(tensors: Iterable<KeptTensor>): void {
    for (const { kept } of tensors) {
      this.#kept.get(kept)?.dispose();
      this.#kept.delete(kept);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const session of this.#sessions) await session.release();
    this.#sessions.clear();
    this.#kept.clear();
  }
}

/** The package is an optional peer: only programs that run networks in a browser install it. */
async function importOrt(): Promise<Ort> {
  try {
    return await import('onnxruntime-web');
  } catch (error) {
    throw new LatentSyncError(
      'runtime-failed',
      `The package onnxruntime-web cannot be loaded: ${messageOf(error)}\nInstall it beside latentsync: npm install onnxruntime-web.`,
      { cause: error },
    );
  }
}

/**
 * Returns a runtime for the browser. A run cannot be stopped halfway: the signal is checked before and after it.
 * Requires the package `onnxruntime-web`, which is installed separately.
 *
 * @throws LatentSyncError `runtime-failed` when that package is missing.
 * @example
 * await using runtime = await createWebRuntime({ device: 'webgpu' });
 */
export async function createWebRuntime(options: WebRuntimeOptions = {}): Promise<Runtime> {
  return new WebRuntime(await importOrt(), options);
}
