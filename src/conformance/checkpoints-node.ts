// A folder of checkpoint files: each must hold the tensors of expected.safetensors, or be refused.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { sameShape, toFloat32, toHalf, type Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { compareNames, type Comparison } from './comparison.ts';

/** The file whose tensors the others hold. */
export const EXPECTED = 'expected.safetensors';

/** Name prefixes of files that must be rejected. */
const REFUSED = ['malicious', 'truncated', 'huge_header', 'overlap', 'not_a_checkpoint', 'lfs_pointer'];

/** One file of the folder and its result. */
export interface CheckpointComparison {
  /** Name of the file. */
  file: string;
  comparison: Comparison;
}

/** Opens every checkpoint of a folder, and yields for each whether it has the expected content, or is rejected as expected. */
export async function* compareCheckpoints(directory: string): AsyncGenerator<CheckpointComparison> {
  await using expected = await openCheckpointFile(join(directory, EXPECTED));
  const files = (await readdir(directory)).filter((file) => /\.(safetensors|ckpt|pth?|bin|model)$/.test(file)).sort();
  for (const file of files) {
    if (file === EXPECTED) continue;
    const refused = REFUSED.some((start) => file.startsWith(start));
    const path = join(directory, file);
    yield { file, comparison: refused ? await compareRefusal(path) : await compareContents(path, expected) };
  }
}

/** Opens a file and reads all of it, which must end in an error of ours: anything else is a defect of the reader. */
async function compareRefusal(path: string): Promise<Comparison> {
  const comparison = { what: 'refused', measure: 'differences', tolerance: 0 } as const;
  try {
    await using checkpoint = await openCheckpointFile(path);
    for (const key of checkpoint.tensors.keys()) await checkpoint.read(key);
  } catch (error) {
    if (!(error instanceof LatentSyncError) || error.code !== 'checkpoint-corrupt') throw error;
    return { ...comparison, error: 0, passed: true };
  }
  return { ...comparison, error: 1, passed: false, message: 'The file was opened and read, and must be refused.' };
}

async function compareContents(path: string, expected: Checkpoint): Promise<Comparison> {
  await using checkpoint = await openCheckpointFile(path);
  const names = compareNames('tensors', [...expected.tensors.keys()], [...checkpoint.tensors.keys()]);
  if (!names.passed) return names;
  const different: string[] = [];
  for (const key of expected.tensors.keys()) {
    if (!sameTensor(await checkpoint.read(key), await expected.read(key))) different.push(key);
  }
  if (different.length === 0) return names;
  const message = `These tensors have other types, shapes or values: ${different.join(', ')}.`;
  return { ...names, error: different.length, passed: false, message };
}

/** Returns whether two tensors are the same to the last bit, the expected one rounded where the file is in half precision. */
function sameTensor(actual: Tensor, expected: Tensor): boolean {
  const isHalf = actual.dtype === 'float16' || actual.dtype === 'bfloat16';
  const isFloat = expected.dtype.includes('float');
  const wanted =
    isHalf && isFloat && actual.dtype !== expected.dtype ? toHalf(toFloat32(expected), actual.dtype) : expected;
  return (
    actual.dtype === wanted.dtype &&
    sameShape(actual.shape, wanted.shape) &&
    Buffer.compare(actual.bytes, wanted.bytes) === 0
  );
}
