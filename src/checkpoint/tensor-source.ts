// TensorSource: what the checkpoint writers write, tensor by tensor. Every Checkpoint is one.
import { sameShape, type DType, type Tensor } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { quoted } from '../util/printable.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import type { ByteSink } from './byte-sink.ts';
import { byteLengthOf } from './stored-tensor.ts';

/** Named tensors of known type and shape, whose values are read one at a time. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, { readonly dtype: DType; readonly shape: readonly number[] }>;
  /** Returns the values of one tensor. */
  read(key: string): Promise<Tensor>;
}

/** Options that all writers share. */
export interface WriteOptions {
  signal?: AbortSignal;
  /** Receives reports of stage `write`, in bytes of tensors. */
  onProgress?: OnProgress;
}

/** One tensor as a writer lays it out. */
export interface PlannedTensor {
  readonly key: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly length: number;
}

/**
 * Returns the tensors of a source with their byte lengths.
 *
 * @throws RangeError when a shape is impossible.
 */
export function planTensors(source: TensorSource): PlannedTensor[] {
  return Array.from(source.tensors, ([key, { dtype, shape }]) => {
    const length = byteLengthOf(dtype, shape);
    if (length === undefined) throw new RangeError(`Tensor ${quoted(key)} has no valid shape: [${shape.join(', ')}].`);
    return { key, dtype, shape, length };
  });
}

/** Writes the values of planned tensors in order, at most one in memory, each through `writeTensor`. */
export async function writeTensors(
  source: TensorSource,
  planned: readonly PlannedTensor[],
  writeTensor: (bytes: Uint8Array, tensor: PlannedTensor) => Promise<void>,
  { signal, onProgress }: WriteOptions,
): Promise<void> {
  const total = planned.reduce((sum, { length }) => sum + length, 0);
  const progress = new ProgressReporter('write', total, onProgress);
  let done = 0;
  for (const tensor of planned) {
    throwIfAborted(signal);
    const { dtype, shape, bytes } = await source.read(tensor.key);
    if (dtype !== tensor.dtype || !sameShape(shape, tensor.shape)) {
      throw new RangeError(
        `Tensor ${quoted(tensor.key)} must be ${tensor.dtype} [${tensor.shape.join(', ')}] as announced ` +
          `(got ${dtype} [${shape.join(', ')}]).`,
      );
    }
    await writeTensor(bytes, tensor);
    done += tensor.length;
    progress.report(done);
  }
  throwIfAborted(signal);
}

/** A sink that counts what goes through it. */
export class CountingSink implements ByteSink {
  /** Bytes written so far. */
  position = 0;
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#sink.write(bytes);
    this.position += bytes.length;
  }
}
