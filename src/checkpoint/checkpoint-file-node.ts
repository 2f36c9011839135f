// Checkpoints in files on disk: opening any format, writing safetensors and PyTorch zip files.
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { describeCheckpoint, type CheckpointDescription } from './describe-checkpoint.ts';
import { FileSource } from './file-source-node.ts';
import { writeSafetensors, type SafetensorsOptions } from './safetensors-writer.ts';
import type { TensorSource } from './tensor-source.ts';
import { writeTorchZip, type TorchZipOptions } from './torch-zip-writer.ts';

/**
 * Opens a checkpoint file of any supported format; only its headers are read.
 *
 * @throws LatentSyncError `file-not-found`, `input-invalid`, or `checkpoint-corrupt` with what is wrong and the remedy.
 * @example
 * await using checkpoint = await openCheckpointFile('latentsync_unet.pt');
 * console.log(checkpoint.tensors.size, checkpoint.metadata.global_step);
 */
export async function openCheckpointFile(path: string): Promise<Checkpoint> {
  return openCheckpoint(await FileSource.open(path));
}

/** Returns what is in a checkpoint file; fails as {@link openCheckpointFile} does. */
export async function describeCheckpointFile(path: string): Promise<CheckpointDescription> {
  await using checkpoint = await openCheckpointFile(path);
  return describeCheckpoint(checkpoint);
}

/** Writes a safetensors file, whole or not at all; see {@link writeSafetensors}. */
export async function writeSafetensorsFile(
  path: string,
  source: TensorSource,
  options?: SafetensorsOptions,
): Promise<void> {
  await writeWholeFile(path, (sink) => writeSafetensors(sink, source, options));
}

/** Writes a PyTorch zip file, whole or not at all; see {@link writeTorchZip}. */
export async function writeTorchZipFile(path: string, source: TensorSource, options?: TorchZipOptions): Promise<void> {
  await writeWholeFile(path, (sink) => writeTorchZip(sink, source, options));
}
