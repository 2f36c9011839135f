// Audio features kept on disk: [T, layers + 1, n_state] float32 under a key of audio, encoder and windowing, as safetensors.
import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSink } from '../checkpoint/byte-sink.ts';
import { UNFINISHED_EXTENSION, writeWholeFile } from '../util/whole-file-node.ts';
import { FileSource } from '../checkpoint/file-source-node.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import { writeSafetensors } from '../checkpoint/safetensors-writer.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { systemErrorCode } from '../util/file-errors.ts';
import type { FeatureOrigin, FeatureStore } from './feature-store.ts';
import { cacheDirectory, ensureDirectory } from './cache-directory-node.ts';
import { fileSha256 } from './files-node.ts';

/** Incremented whenever the same origin gives different numbers than before, so that older entries are no longer found. */
const FEATURE_VERSION = 1;

const EXTENSION = '.safetensors';
const TENSOR_NAME = 'features';
const ABANDONED_MILLISECONDS = 3_600_000;

const identities = new Map<string, { size: number; mtimeMs: number; sha256: Promise<string> }>();

/** Returns the sha256 of a weights file; it is read again only when its length or modification time has changed. */
export async function weightsIdentity(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const known = identities.get(path);
  if (known?.size === size && known.mtimeMs === mtimeMs) return known.sha256;
  const sha256 = fileSha256(path);
  identities.set(path, { size, mtimeMs, sha256 });
  return sha256;
}

/** Returns the key of features: the same for the same sound with the same encoder, regardless of file names. */
export function featureKey({ audio, encoder, windowMode }: FeatureOrigin): string {
  return createHash('sha256')
    .update(JSON.stringify([FEATURE_VERSION, audio, encoder, windowMode]))
    .digest('hex');
}

function contentSha256(tensor: Tensor): string {
  return createHash('sha256').update(tensor.bytes).digest('hex');
}

/** A folder of features, shared by all processes; the least recently used entries are removed when it grows too large. */
export class FeatureCache implements FeatureStore {
  readonly directory: string;
  readonly #maxBytes: number;

  /**
   * @param options.directory Default `features` in the cache directory; created when first written to.
   * @param options.maxBytes Size that the folder is kept below; default 2 GB. An entry above a quarter of it is not kept.
   */
  constructor(options: { directory?: string; maxBytes?: number } = {}) {
    this.directory = options.directory ?? join(cacheDirectory(), 'features');
    this.#maxBytes = options.maxBytes ?? 2e9;
  }

  #path(key: string): string {
    return join(this.directory, key + EXTENSION);
  }

  /** Returns the features of an origin, [T, layers + 1, n_state]; undefined if there is no entry or it is damaged. */
  async read(origin: FeatureOrigin): Promise<Tensor<'float32'> | undefined> {
    const key = featureKey(origin);
    const path = this.#path(key);
    let source: FileSource;
    try {
      source = await FileSource.open(path);
    } catch {
      return undefined; // missing, or not readable by this user
    }
    try {
      const contents = await readSafetensors(source);
      const tensor = await contents.readTensor(TENSOR_NAME);
      const { metadata } = contents;
      const isWhole = metadata.key === key && metadata.sha256 === contentSha256(tensor);
      if (!isWhole || !tensor.is('float32') || tensor.shape.length !== 3) return undefined;
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined); // another process may just have removed it
      return tensor;
    } catch (error) {
      if (error instanceof LatentSyncError || error instanceof RangeError) return undefined; // damaged
      throw error;
    } finally {
      await source.close();
    }
  }

  /**
   * Keeps features; other processes see either the old entry or the complete new one.
   *
   * @param tensor [T, layers + 1, n_state]
   * @returns Whether they are kept: false when they are too large, or the disk is full or not writable.
   */
  async write(origin: FeatureOrigin, tensor: Tensor<'float32'>): Promise<boolean> {
    if (tensor.shape.length !== 3) {
      throw new RangeError(`tensor must have the shape [T, layers + 1, n_state] (got [${tensor.shape.join(', ')}]).`);
    }
    if (tensor.bytes.length > this.#maxBytes / 4) return false;
    const key = featureKey(origin);
    try {
      await ensureDirectory(this.directory);
      await writeWholeFile(this.#path(key), (sink) => writeEntry(sink, key, tensor));
      await this.#evict();
      return true;
    } catch (error) {
      // A cache that cannot be written costs time, not the job.
      if (error instanceof LatentSyncError || systemErrorCode(error) !== undefined) return false;
      throw error;
    }
  }

  /** Removes what killed processes left behind, and the least recently used entries until the rest fits. */
  async #evict(): Promise<void> {
    const entries: { path: string; size: number; usedAt: number }[] = [];
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const stats = await stat(path).catch(() => undefined); // another process may just have removed it
      if (!stats) continue;
      if (name.endsWith(EXTENSION)) entries.push({ path, size: stats.size, usedAt: stats.mtimeMs });
      else if (name.endsWith(UNFINISHED_EXTENSION) && Date.now() - stats.mtimeMs > ABANDONED_MILLISECONDS) {
        await rm(path, { force: true });
      }
    }
    let total = entries.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of entries.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#maxBytes) break;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

function writeEntry(sink: ByteSink, key: string, tensor: Tensor<'float32'>): Promise<void> {
  return writeSafetensors(
    sink,
    { tensors: new Map([[TENSOR_NAME, tensor]]), read: () => Promise.resolve(tensor) },
    { metadata: { key, sha256: contentSha256(tensor) } },
  );
}
