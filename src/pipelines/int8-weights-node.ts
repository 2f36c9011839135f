// The weights of a graph with int8 layers, in a file of the cache directory that is made when first needed.
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { byteLengthOf } from '../checkpoint/stored-tensor.ts';
import { cacheDirectory, ensureDirectory } from '../hub/cache-directory-node.ts';
import { evictFiles } from '../hub/cache-eviction-node.ts';
import { fileSize, fileVersion } from '../hub/files-node.ts';
import { checkDisk } from '../hub/resources-node.ts';
import { int8Checkpoint } from '../nn/int8-checkpoint.ts';
import type { Graph } from '../onnx/graph.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';

const EXTENSION = '.safetensors';

/** Incremented whenever the same weights give different integers than before, so that older files are no longer found. */
const VERSION = 1;

/** Options of {@link openInt8Weights}. */
export interface Int8WeightsOptions {
  /** Default `int8` in the cache directory; created when first written to. */
  directory?: string;
  /** Size that the folder is kept below when a file is added. Default 6 GB. */
  maxBytes?: number;
  /** Less is quantized at every start, which takes less than a second. Default 64 MB. */
  leastBytes?: number;
  signal?: AbortSignal;
  /** Stage `quantize`, in bytes. */
  onProgress?: OnProgress;
}

/**
 * Returns what a graph with int8 layers reads of a checkpoint: from a file that an earlier call kept, or quantized now. The file
 * belongs to this version of the original file and to the choice of layers. Small ones are not kept.
 *
 * @throws LatentSyncError with code `insufficient-disk` or `output-not-writable` when the file cannot be kept.
 */
export async function openInt8Weights(
  graph: Graph,
  original: Checkpoint,
  options: Int8WeightsOptions = {},
): Promise<Checkpoint> {
  const { directory = join(cacheDirectory(), 'int8'), maxBytes = 6e9, leastBytes = 64e6, signal, onProgress } = options;
  const quantized = int8Checkpoint(graph, original);
  let bytes = 0;
  for (const { dtype, shape } of quantized.tensors.values()) bytes += byteLengthOf(dtype, shape) ?? Infinity;
  if (original.path === undefined || bytes < leastBytes) return quantized;
  const content = [VERSION, await fileVersion(original.path), [...graph.int8Weights], [...quantized.tensors.keys()]];
  const path = join(directory, createHash('sha256').update(JSON.stringify(content)).digest('hex') + EXTENSION);
  const kept = await reopened(path);
  if (kept) return kept;
  await ensureDirectory(directory);
  await checkDisk(bytes, directory, 'A copy of the weights in 8-bit integers', {
    remedy: wording`Free up some space there, set LATENTSYNC_HOME to a folder on another disk, or set ${option('dtype', 'float32')}.`,
  });
  await writeSafetensorsFile(path, quantized, {
    signal,
    onProgress: (progress) => {
      onProgress?.({ ...progress, stage: 'quantize' });
    },
  });
  await evictFiles(directory, { extension: EXTENSION, maxBytes: Math.max(maxBytes, bytes) });
  return openCheckpointFile(path);
}

/** Returns the kept file; undefined when there is none, or it is damaged. */
async function reopened(path: string): Promise<Checkpoint | undefined> {
  if ((await fileSize(path)) === undefined) return undefined;
  try {
    const kept = await openCheckpointFile(path);
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined); // another process may just have removed it
    return kept;
  } catch (error) {
    if (error instanceof LatentSyncError) return undefined;
    throw error;
  }
}
