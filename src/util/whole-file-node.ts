// Files written whole or not at all: under a hidden name in their folder until they are complete and on disk, then renamed for good.
import { randomBytes } from 'node:crypto';
import { open, readlink, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileError, saysAbsent } from './file-errors.ts';
import { syncFolder } from './sync-folder-node.ts';
import { removeAtExit } from './temporary-paths-node.ts';
import type { Wording } from './wording.ts';

/** The suffix of files that are being written. One left by a killed process is useless. */
export const UNFINISHED_EXTENSION = '.part';

/** Well below the limit for names, whatever the characters. */
const LONGEST_STEM = 40;

/** Options of {@link WholeFile.create} and {@link writeWholeFile}. */
export interface WholeFileOptions {
  /** What to do when the file cannot be written, unless the disk is full. Default: depends on the reason. */
  remedy?: string | Wording;
  /** What messages call it. Default: its path. */
  name?: string;
  /** Its name until it is complete, beside the file, where nobody else uses that name. Default: a new name. */
  unfinishedName?: string;
}

/** A file being written. Disposing of it, or exiting, before {@link commit} deletes it; an existing file stays until then. */
export class WholeFile implements AsyncDisposable {
  /** Open for reading and writing. */
  readonly handle: FileHandle;
  /** Its name until it is complete, for another process that writes it. */
  readonly unfinishedPath: string;
  readonly #target: string;
  readonly #forget: () => void;
  readonly #inWords: (error: unknown) => unknown;
  #end = 0;
  #open = true;

  private constructor(handle: FileHandle, path: string, target: string, inWords: (error: unknown) => unknown) {
    this.handle = handle;
    this.unfinishedPath = path;
    this.#target = target;
    this.#inWords = inWords;
    this.#forget = removeAtExit(path);
  }

  /**
   * Starts a file. Where `path` is a link, the file that it leads to is replaced.
   *
   * @throws LatentSyncError `output-not-writable` or `insufficient-disk`, as do the methods.
   */
  static async create(path: string, options: WholeFileOptions = {}): Promise<WholeFile> {
    const { name = path, remedy } = options;
    const inWords = (error: unknown): unknown => fileError(error, name, { doing: 'write', remedy });
    const target = await linkTarget(path);
    const { unfinishedName = unfinishedNameOf(target, randomBytes(6).toString('hex')) } = options;
    const hidden = join(dirname(target), unfinishedName);
    try {
      return new WholeFile(await open(hidden, 'wx+'), hidden, target, inWords);
    } catch (error) {
      throw inWords(error);
    }
  }

  /** Writes all of the bytes at a position; default: after everything written so far. */
  async write(bytes: Uint8Array, position = this.#end): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        // Node writes at most 2 GiB at once.
        const count = Math.min(bytes.length - done, 2 ** 30);
        done += (await this.handle.write(bytes, done, count, position + done)).bytesWritten;
      }
    } catch (error) {
      throw this.#inWords(error);
    }
    this.#end = Math.max(this.#end, position + bytes.length);
  }

  /** Moves the complete file to its destination, replacing an existing one. It is there after a power cut, too. */
  async commit(): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.unfinishedPath, this.#target);
      this.#forget();
      this.#open = false;
      await syncFolder(dirname(this.#target));
    } catch (error) {
      throw this.#inWords(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.handle.close().catch(() => undefined); // already closed if commit failed halfway
    await rm(this.unfinishedPath, { force: true }).then(this.#forget, () => undefined); // if that fails, it is tried again at exit
  }
}

/** Returns a hidden name for a file that is not complete. The tag tells it from those of others. */
export function unfinishedNameOf(path: string, tag: string): string {
  const stem = Array.from(basename(path, extname(path)))
    .slice(0, LONGEST_STEM)
    .join('');
  return `.${stem}-${tag}${UNFINISHED_EXTENSION}`;
}

/**
 * Writes a file, given its content or by way of a function that writes it piece by piece. The file appears, or is replaced, only
 * once everything is written, and is on disk afterward; if the function fails or is canceled, nothing is left behind.
 *
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`, and whatever the function throws.
 *
 * @example
 * await writeWholeFile('report.json', JSON.stringify(report));
 * await writeWholeFile('weights.safetensors', (file) => writeSafetensors(file, checkpoint));
 */
export async function writeWholeFile(
  path: string,
  contents: string | Uint8Array | ((file: WholeFile) => Promise<void>),
  options: WholeFileOptions = {},
): Promise<void> {
  await using file = await WholeFile.create(path, options);
  if (typeof contents === 'function') await contents(file);
  else await file.write(typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
  await file.commit();
}

/** Returns the path behind links, so that a link stays one and its target is replaced; the target need not exist yet. */
export async function linkTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const target = saysAbsent(error) ? await readlink(path).catch(() => undefined) : undefined;
    return target === undefined ? path : linkTarget(resolve(dirname(path), target));
  }
}
