// Training clips in files on disk: opened for reading in parts, written whole or not at all.
import { writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { FileSource } from '../../checkpoint/file-source-node.ts';
import { TrainingClip, trainingClipTensors, type TrainingClipContents } from './training-clip.ts';

/** Suffix of every clip's file name. */
export const CLIP_SUFFIX = '.safetensors';

/**
 * Opens a clip's file.
 *
 * @throws LatentSyncError `file-not-found`, `input-invalid` or `checkpoint-corrupt`.
 */
export async function openTrainingClip(path: string): Promise<TrainingClip> {
  return TrainingClip.open(await FileSource.open(path));
}

/**
 * Writes a clip's file, under another name until it is complete.
 *
 * @throws LatentSyncError `output-not-writable`, `insufficient-disk`, or `aborted` when the signal fires.
 */
export async function writeTrainingClip(
  path: string,
  contents: TrainingClipContents,
  signal?: AbortSignal,
): Promise<void> {
  const { source, metadata } = trainingClipTensors(contents);
  await writeSafetensorsFile(path, source, { metadata, signal });
}
