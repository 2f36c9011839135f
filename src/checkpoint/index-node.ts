/**
 * Checkpoints: safetensors, PyTorch and TensorFlow.js files, read without running anything in them, and written.
 *
 * @module latentsync/checkpoint
 */
export * from './index.ts';
export { openCheckpointFile, writeSafetensorsFile, writeTorchZipFile } from './checkpoint-file-node.ts';
export { FileSource } from './file-source-node.ts';
