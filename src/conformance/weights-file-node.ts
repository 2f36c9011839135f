// Weights derived from names: in memory if they are small, in a temporary file if they are as large as the official ones.
import { open, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { writeSafetensors } from '../checkpoint/safetensors-writer.ts';
import type { TensorSource, WriteOptions } from '../checkpoint/tensor-source.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import type { Module } from '../nn/module.ts';
import { cacheDirectory, ensureDirectory } from '../hub/cache-directory-node.ts';
import { availableDisk, checkDisk, checkMemory } from '../hub/resources-node.ts';
import { elementCount } from '../tensor/tensor.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';

/** Networks with more bytes of weights than this have them in a file. */
const LARGEST_IN_MEMORY = 64 * 2 ** 20;
/** Space for a file's header and for other programs. */
const SPARE_BYTES = 64 * 2 ** 20;
const PURPOSE = 'Verifying a network of this size';
const WEIGHTS_FILE = 'weights.safetensors';
/** Peak memory of all processes per byte of weights (measured with the official UNet: 1.14), and in addition to the weights. */
const MEMORY_PER_BYTE = 1.2;
const BASE_MEMORY = 500e6;
/** `f_type` of file systems in memory (Linux): tmpfs and ramfs. */
const MEMORY_FILE_SYSTEMS = [0x01021994, 0x858458f6];

/** Weights of hashed networks. Disposing it closes them and removes their files. */
export class HashedWeights implements AsyncDisposable {
  readonly #options: WriteOptions;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #folders: TemporaryFolder[] = [];

  /** @param options - for writing files: `signal`, and `onProgress` with the stage `write`. */
  constructor(options: WriteOptions) {
    this.#options = options;
  }

  /**
   * Returns the weights that stand for a prefix.
   *
   * @throws LatentSyncError `insufficient-memory` or `insufficient-disk` before anything is written, for large weights.
   */
  async of(network: Module, prefix: string): Promise<Checkpoint> {
    const weights = hashedCheckpoint(network, prefix);
    const bytes =
      4 * Array.from(weights.tensors.values(), ({ shape }) => elementCount(shape)).reduce((a, b) => a + b, 0);
    if (bytes <= LARGEST_IN_MEMORY) return weights;
    await checkMemory(bytes * MEMORY_PER_BYTE + BASE_MEMORY, PURPOSE, {
      remedy: 'Close other programs, or leave the networks of the official sizes out.',
    });
    const folder = await TemporaryFolder.create('latentsync-verify-', await folderFor(bytes + SPARE_BYTES));
    this.#folders.push(folder);
    const path = join(folder.path, WEIGHTS_FILE);
    await writeFile(path, weights, this.#options);
    const checkpoint = await openCheckpointFile(path);
    this.#checkpoints.push(checkpoint);
    return checkpoint;
  }

  /** Paths of the existing files. */
  get files(): string[] {
    return this.#folders.map(({ path }) => join(path, WEIGHTS_FILE));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const checkpoint of this.#checkpoints.splice(0)) await checkpoint[Symbol.asyncDispose]();
    for (const folder of this.#folders.splice(0)) await folder[Symbol.asyncDispose]();
  }
}

/** Writes without waiting for the disk: the file lives only as long as this program. */
async function writeFile(path: string, source: TensorSource, options: WriteOptions): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await writeSafetensors({ write: (bytes) => handle.writeFile(bytes) }, source, options);
  } finally {
    await handle.close();
  }
}

/** Returns the folder for temporary files if it is on a disk and has room, the cache directory otherwise. */
async function folderFor(bytes: number): Promise<string> {
  const temporary = tmpdir();
  const { type } = await statfs(temporary);
  if (!MEMORY_FILE_SYSTEMS.includes(type) && (await availableDisk(temporary)) >= bytes) return temporary;
  const cache = await ensureDirectory(cacheDirectory());
  await checkDisk(bytes, cache, PURPOSE, {
    remedy: 'Free up some space there, or set LATENTSYNC_HOME or TMPDIR to a folder on another disk.',
  });
  return cache;
}
