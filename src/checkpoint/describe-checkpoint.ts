// What is in a checkpoint: its tensors with their sizes, the totals, and the network they belong to.
import { bytesPerElement, elementCount, type DType } from '../tensor/tensor.ts';
import type { Checkpoint } from './checkpoint.ts';
import { recognizeArchitecture, type RecognizedArchitecture } from './recognize-architecture.ts';

/** One tensor in a {@link CheckpointDescription}. */
export interface TensorDescription {
  readonly key: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** What is in a checkpoint, as plain data. */
export interface CheckpointDescription {
  readonly name: string;
  readonly format: Checkpoint['format'];
  /** In the order of the file. */
  readonly tensors: readonly TensorDescription[];
  /** Elements of all tensors. */
  readonly totalParameters: number;
  /** Bytes of all tensors; tensors that share a storage count each. */
  readonly totalBytes: number;
  readonly metadata: Checkpoint['metadata'];
  /** The network that keys and shapes point to; undefined when none is recognized. */
  readonly architecture: RecognizedArchitecture | undefined;
}

/** Returns what is in a checkpoint, without reading any tensor. */
export function describeCheckpoint(
  checkpoint: Pick<Checkpoint, 'name' | 'format' | 'tensors' | 'metadata'>,
): CheckpointDescription {
  const { name, format, metadata } = checkpoint;
  const tensors = Array.from(checkpoint.tensors.values(), ({ key, dtype, shape }) => ({
    key,
    dtype,
    shape,
    bytes: elementCount(shape) * bytesPerElement[dtype],
  }));
  return {
    name,
    format,
    tensors,
    totalParameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    totalBytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    metadata,
    architecture: recognizeArchitecture(checkpoint.tensors),
  };
}
