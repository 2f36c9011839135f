// Files and folders that live only as long as this process: unless it is killed, its end removes them.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileError } from './file-errors.ts';

const remaining = new Set<string>();

function removeRemaining(): void {
  for (const path of remaining) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process is exiting: there is no one left to tell.
    }
  }
}

/**
 * Has a file or folder removed if the process exits before the work on it is done, for example at a second Ctrl-C.
 *
 * @param path - need not exist; it must belong to this process alone.
 * @returns A function to call when the path is gone or has become something to keep.
 */
export function removeAtExit(path: string): () => void {
  if (!process.listeners('exit').includes(removeRemaining)) process.on('exit', removeRemaining);
  remaining.add(path);
  return () => {
    remaining.delete(path);
  };
}

/** A new, empty folder. Disposing of it removes it with all that is in it. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;
  readonly #forget: () => void;

  private constructor(path: string) {
    this.path = path;
    this.#forget = removeAtExit(path);
  }

  /**
   * Creates a folder.
   *
   * @param prefix - start of its name.
   * @param parent - an existing folder to create it in. Default: the system's folder for temporary files.
   * @throws LatentSyncError `output-not-writable`.
   */
  static async create(prefix: string, parent?: string): Promise<TemporaryFolder> {
    const place = parent ?? tmpdir();
    try {
      return new TemporaryFolder(await mkdtemp(join(place, prefix)));
    } catch (error) {
      throw fileError(error, place, {
        doing: 'create',
        what: 'A temporary folder in',
        remedy: parent === undefined ? 'Set TMPDIR to a folder that you may write to.' : undefined,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    this.#forget();
  }
}
