// FileSource: range reads of a file on disk through one open handle.
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { wording } from '../util/wording.ts';
import { checkRange, type ByteSource } from './byte-source.ts';
import { corrupt } from './checkpoint-error.ts';

// One read(2) is limited to 2 GiB.
const LONGEST_READ = 2 ** 30;

/** A regular file on disk. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closed: Promise<void> | undefined;

  private constructor(name: string, path: string, size: number, handle: FileHandle) {
    this.name = name;
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /**
   * Opens a file.
   *
   * @throws LatentSyncError `file-not-found`, or `input-invalid` when it is not a regular file or may not be read.
   */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      const stats = await stat(path); // before it is opened: opening a pipe would wait for its writer
      if (!stats.isFile()) {
        const what = stats.isDirectory() ? 'is a folder' : 'is not a regular file';
        throw new LatentSyncError('input-invalid', wording`${path} ${what}.`, { remedy: 'Choose a checkpoint file.' });
      }
      handle = await open(path, 'r');
      const { size } = await handle.stat();
      return new FileSource(path, await realpath(path), size, handle);
    } catch (error) {
      await handle?.close();
      throw fileError(error, path);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    if (this.#closed) throw new Error(`${this.name} has been closed.`);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const wanted = Math.min(length - done, LONGEST_READ);
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.#handle.read(bytes, done, wanted, offset + done));
      } catch (error) {
        throw fileError(error, this.name);
      }
      if (bytesRead === 0) throw corrupt(this.name, 'became shorter while it was being read');
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }
}
