/**
 * Checkpoints: safetensors, PyTorch and TensorFlow.js files, read without running anything in them, and written.
 *
 * @module latentsync/checkpoint
 */
export { openCheckpoint, type Checkpoint } from './checkpoint.ts';
export { BlobSource, BytesSource, type ByteSource } from './byte-source.ts';
export type { ByteSink } from './byte-sink.ts';
export { checkpointFromTensors, modernAttentionKey, renameKeys, selectKeys, selectPrefix } from './checkpoint-views.ts';
export { describeCheckpoint, type CheckpointDescription, type TensorDescription } from './describe-checkpoint.ts';
export type { Architecture, RecognizedArchitecture } from './recognize-architecture.ts';
export { writeSafetensors, type SafetensorsOptions } from './safetensors-writer.ts';
export { writeTorchZip, type TorchZipOptions } from './torch-zip-writer.ts';
export type { PlainValue } from './pickle-writer.ts';
export type { FileFormat } from './sniff.ts';
export type { StoredTensor } from './stored-tensor.ts';
export type { TensorSource, WriteOptions } from './tensor-source.ts';
export {
  parseTfjsGraphModel,
  type TfjsAttribute,
  type TfjsGraphModel,
  type TfjsModelFiles,
  type TfjsNode,
} from './tfjs-graph-model.ts';
export {
  CheckpointMismatchError,
  LatentSyncError,
  type CheckpointMismatch,
  type ErrorCode,
  type ErrorJson,
  type Remedy,
} from '../util/errors.ts';
export type { ActionName, ActionReference, OptionReference, OptionValue, Wording } from '../util/wording.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
export { Tensor, toFloat32, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
