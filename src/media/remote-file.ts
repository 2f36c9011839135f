// Media files behind http(s) URLs: their names in errors, and a check that they can be read in parts.
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { wording } from '../util/wording.ts';

const REMEDY = 'Check the address and the network, or download the file first.';

/** Returns a URL as errors show it: without user name, password and query, which may contain secrets. */
export function displayUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/**
<<<<<<< HEAD
 * Asks for the first byte of a file, so that faults of the address are reported before anything is decoded.
=======
 * Asks for the first byte of a file, so that what is wrong with the address is said before anything is decoded. Returns the
 * file's size in bytes.
>>>>>>> d84a54d (Media is read by FFmpeg itself, in a process of its own)
 *
 * @throws LatentSyncError `download-failed` when the server cannot be reached, refuses, or cannot send parts of a file;
 * `file-not-found` when it does not have the file.
 */
export async function checkRemoteFile(url: URL, { signal }: { signal?: AbortSignal } = {}): Promise<number> {
  const name = displayUrl(url);
  let response: Response;
  try {
    response = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal });
    await response.body?.cancel();
  } catch (error) {
    throwIfAborted(signal);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new LatentSyncError('download-failed', wording`${name} cannot be reached: ${messageOf(cause)}.`, {
      remedy: REMEDY,
      cause: error,
    });
  }
  const { status } = response;
  const size = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
  if (status === 206 && size > 0) return size;
  if (status === 404 || status === 410) {
    throw new LatentSyncError('file-not-found', wording`${name} does not exist on its server (status ${status}).`, {
      remedy: 'Check the address.',
    });
  }
  if (response.ok) {
    throw new LatentSyncError('download-failed', wording`The server of ${name} cannot send parts of a file.`, {
      remedy: 'Download the file first.',
    });
  }
  throw new LatentSyncError('download-failed', wording`${name} cannot be read: the server says ${status}.`, {
    remedy: REMEDY,
  });
}

/** Retries for a part of a remote file, and the seconds before the first one; they double. */
const RETRIES = 4;
const FIRST_RETRY_SECONDS = 0.25;

/** Returns the seconds until a failed request is sent again; null when it is not. */
export function retryDelay(failures: number): number | null {
  return failures > RETRIES ? null : FIRST_RETRY_SECONDS * 2 ** (failures - 1);
}
