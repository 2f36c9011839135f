// Files written whole or not at all: into a temporary file next to the target, then renamed over it.
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '../util/file-errors.ts';
import { removeAtExit } from '../util/temporary-paths-node.ts';
import type { ByteSink } from './byte-sink.ts';

/** Returns what to throw when a file cannot be written: the error itself if it is not a system error. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 30));
    done += bytesWritten;
  }
}

/** The suffix of files that are being written. One left by a killed process is useless. */
export const UNFINISHED_EXTENSION = '.part';

/**
 * Writes a file, given its content or through a sink. The file appears, or is replaced, only once everything is written and on
 * disk; if the writer fails or is canceled, nothing is left behind.
 *
 * @throws LatentSyncError `output-not-writable` or `insufficient-disk`, and whatever the writer throws.
 */
export async function writeFileAtomically(
  path: string,
  contents: string | Uint8Array | ((sink: ByteSink) => Promise<void>),
): Promise<void> {
  const temporary = join(dirname(path), `.latentsync-${randomBytes(8).toString('hex')}${UNFINISHED_EXTENSION}`);
  const forget = removeAtExit(temporary);
  try {
    const handle = await open(temporary, 'wx');
    try {
      const sink = { write: (bytes: Uint8Array) => writeAll(handle, bytes) };
      if (typeof contents === 'function') await contents(sink);
      else await sink.write(typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to report
    throw fileError(error, path, { doing: 'write' });
  } finally {
    forget();
  }
}
