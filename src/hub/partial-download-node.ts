// A download in progress: `<file>.part` next to its destination, with a note that says which content it belongs to.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../util/sync-folder-node.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { throwIfAborted } from '../util/abort.ts';
import { fileError } from '../util/file-errors.ts';
import { ensureDirectory } from './cache-directory-node.ts';

/** Which content a part belongs to; a part of other content is not continued. */
export interface ContentIdentity {
  size: number | undefined;
  sha256: string | undefined;
  /** Strong entity tag of the server that sends the content. */
  etag: string | undefined;
}

const READ_SIZE = 1 << 20;

/** Returns the names of the files that an unfinished download leaves next to its destination. */
export function partPaths(destination: string): { part: string; note: string } {
  return { part: `${destination}.part`, note: `${destination}.part.json` };
}

function parseNote(text: string): ContentIdentity | undefined {
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null) return undefined;
    const fields = new Map<string, unknown>(Object.entries(note));
    const [size, sha256, etag] = ['size', 'sha256', 'etag'].map((name) => fields.get(name));
    return {
      size: typeof size === 'number' ? size : undefined,
      sha256: typeof sha256 === 'string' ? sha256 : undefined,
      etag: typeof etag === 'string' ? etag : undefined,
    };
  } catch {
    return undefined; // a damaged note is ignored
  }
}

/** The bytes received so far, their running sha256, and what they are a part of. */
export class PartialDownload {
  readonly #destination: string;
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #length = 0;
  #identity: ContentIdentity;

  private constructor(destination: string, handle: FileHandle, identity: ContentIdentity) {
    this.#destination = destination;
    this.#handle = handle;
    this.#identity = identity;
  }

  /**
   * Opens the part of a destination, with what an earlier, interrupted download left there when it is surely a part of the
   * same content: the same sha256, or, where that is unknown, the same length and an entity tag that the server can confirm.
   */
  static async open(
    destination: string,
    expected: { size: number | undefined; sha256: string | undefined },
    signal?: AbortSignal,
  ): Promise<PartialDownload> {
    const { part, note } = partPaths(destination);
    await ensureDirectory(dirname(destination));
    const found = parseNote(await readFile(note, 'utf8').catch(() => ''));
    const sameContent =
      found !== undefined &&
      found.sha256 === expected.sha256 &&
      (expected.size === undefined || found.size === expected.size) &&
      (found.sha256 !== undefined || found.etag !== undefined);
    if (!sameContent) await rm(part, { force: true });
    await (await open(part, 'a')).close(); // creates it where it is absent
    const handle = await open(part, 'r+');
    const file = new PartialDownload(destination, handle, {
      ...expected,
      ...(sameContent ? { size: found.size, etag: found.etag } : { etag: undefined }),
    });
    try {
      if (sameContent) await file.#takeUp(signal);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return file;
  }

  /** Bytes received so far. */
  get length(): number {
    return this.#length;
  }

  /** What the bytes are a part of. */
  get identity(): Readonly<ContentIdentity> {
    return this.#identity;
  }

  async #takeUp(signal: AbortSignal | undefined): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await this.#handle.read(buffer, 0, READ_SIZE, this.#length);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
    const { size } = this.#identity;
    if (size !== undefined && this.#length > size) await this.restart();
  }

  /** Notes, before the first byte, what the server says it is about to send. */
  async describe(identity: { size: number | undefined; etag: string | undefined }): Promise<void> {
    this.#identity = { ...this.#identity, ...identity };
    await writeWholeFile(partPaths(this.#destination).note, JSON.stringify(this.#identity));
  }

  /** Discards what was received. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#length = 0;
  }

  /** @throws LatentSyncError with code `insufficient-disk` when the disk is full. */
  async append(chunk: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < chunk.length;) {
        const { bytesWritten } = await this.#handle.write(
          chunk,
          written,
          chunk.length - written,
          this.#length + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw fileError(error, this.#destination, { doing: 'write' });
    }
    this.#hash.update(chunk);
    this.#length += chunk.length;
  }

  /** Returns the sha256 of the bytes received so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Gives the finished file its name; nothing may be done with the part afterward. */
  async finish(): Promise<void> {
    const { part, note } = partPaths(this.#destination);
    await this.#handle.sync();
    await this.#handle.close();
    await rename(part, this.#destination);
    await syncFolder(dirname(this.#destination));
    await rm(note, { force: true });
  }

  /** Deletes the part. */
  async discard(): Promise<void> {
    const { part, note } = partPaths(this.#destination);
    await this.#handle.close();
    await rm(part, { force: true });
    await rm(note, { force: true });
  }

  /** Leaves the part for a later download to continue; does nothing once it is finished or discarded. */
  async close(): Promise<void> {
    if (this.#handle.fd >= 0) await this.#handle.close();
  }
}
