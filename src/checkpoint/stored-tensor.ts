// StoredTensor: where a tensor lies in a file; and what every format's reader hands to the common Checkpoint.
import { bytesPerElement, type DType, type Tensor } from '../tensor/tensor.ts';

/** One tensor of a checkpoint. */
export interface StoredTensor {
  readonly key: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /**
   * Where the row-major contiguous little-endian bytes lie in the file; undefined when the tensor is a strided view
   * (then only reading gives it) or is not in a file.
   */
  readonly location: { readonly offset: number; readonly length: number } | undefined;
}

/** What a format's reader finds in a file. */
export interface CheckpointContents {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Returns the values of one of the tensors. */
  readTensor(key: string): Promise<Tensor>;
}

// The most dimensions that a tensor may have.
const MAX_RANK = 64;

/** The most bytes that one tensor may have to be read into memory: what a typed array holds everywhere. */
export const MAX_TENSOR_BYTES = 2 ** 32 - 8;

/** Returns the bytes of a tensor, or undefined when the shape is impossible: not a list of sizes, or too large to count. */
export function byteLengthOf(dtype: DType, shape: readonly unknown[]): number | undefined {
  if (shape.length > MAX_RANK) return undefined;
  let length = bytesPerElement[dtype];
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
    length *= size;
    if (!Number.isSafeInteger(length)) return undefined;
  }
  return length;
}
