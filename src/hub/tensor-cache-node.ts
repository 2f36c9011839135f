// Tensors kept on disk between jobs, each group of them under a key, as safetensors: damaged entries are not found, old ones leave.
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSource } from '../checkpoint/file-source-node.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import { writeSafetensors } from '../checkpoint/safetensors-writer.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { systemErrorCode } from '../util/file-errors.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { cacheDirectory, ensureDirectory } from './cache-directory-node.ts';
import { evictFiles } from './cache-eviction-node.ts';

const EXTENSION = '.safetensors';

/**
 * A folder of tensors, shared by all processes. Whenever one is written, entries that were not used for 30 days are removed, and
 * those unused for longest when the folder grows too large.
 */
export class TensorCache {
  readonly directory: string;
  readonly #maxBytes: number;

  /**
   * @param name - of the folder in the cache directory; created when first written to.
   * @param options.directory Another folder.
   * @param options.maxBytes Size that the folder is kept below. An entry above a quarter of it is not kept.
   */
  constructor(name: string, { directory, maxBytes }: { directory?: string; maxBytes: number }) {
    this.directory = directory ?? join(cacheDirectory(), name);
    this.#maxBytes = maxBytes;
  }

  /** Returns the key of everything that an entry depends on, as JSON tells it apart. */
  static key(origin: unknown): string {
    return createHash('sha256').update(JSON.stringify(origin)).digest('hex');
  }

  #path(key: string): string {
    return join(this.directory, key + EXTENSION);
  }

  /** Returns the tensors of a key by name; undefined if there is no entry or it is damaged. */
  async read(key: string): Promise<Map<string, Tensor> | undefined> {
    const path = this.#path(key);
    let source: FileSource;
    try {
      source = await FileSource.open(path);
    } catch {
      return undefined; // missing, or not readable by this user
    }
    try {
      const contents = await readSafetensors(source);
      const tensors = new Map<string, Tensor>();
      for (const name of contents.tensors.keys()) tensors.set(name, await contents.readTensor(name));
      const { metadata } = contents;
      if (metadata.key !== key || metadata.sha256 !== contentSha256(tensors)) return undefined;
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined); // another process may just have removed it
      return tensors;
    } catch (error) {
      if (error instanceof LatentSyncError || error instanceof RangeError) return undefined; // damaged
      throw error;
    } finally {
      await source.close();
    }
  }

  /**
   * Keeps tensors; other processes see either the old entry or the complete new one.
   *
   * @returns Whether they are kept: false when they are too large, or the disk is full or not writable.
   */
  async write(key: string, tensors: ReadonlyMap<string, Tensor>): Promise<boolean> {
    const byteLength = [...tensors.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (byteLength > this.#maxBytes / 4) return false;
    const metadata = { key, sha256: contentSha256(tensors) };
    const source = { tensors, read: (name: string) => Promise.resolve(tensors.get(name)!) };
    try {
      await ensureDirectory(this.directory);
      await writeWholeFile(this.#path(key), (sink) => writeSafetensors(sink, source, { metadata }));
      await evictFiles(this.directory, { extension: EXTENSION, maxBytes: this.#maxBytes });
      return true;
    } catch (error) {
      // A cache that cannot be written costs time, not the job.
      if (error instanceof LatentSyncError || systemErrorCode(error) !== undefined) return false;
      throw error;
    }
  }
}

function contentSha256(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  for (const [name, { bytes }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0`).update(bytes);
  return hash.digest('hex');
}
