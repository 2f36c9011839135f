// Media files behind http(s) URLs: their names in errors, and a check that they can be read in parts.
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { wording } from '../util/wording.ts';

const REMEDY = 'Check the address and the network, or download the file first.';

/** Requests part of a file. The name and password in a URL go into a header, since `fetch` takes no URL that has them. */
export function fetchRange(url: URL, start: number, end: number, signal: AbortSignal | undefined): Promise<Response> {
  const headers = new Headers({ Range: `bytes=${start}-${end - 1}` });
  const address = new URL(url);
  if (url.username !== '' || url.password !== '') {
    const credentials = new TextEncoder().encode(decodeURIComponent(`${url.username}:${url.password}`));
    headers.set('Authorization', `Basic ${btoa(String.fromCharCode(...credentials))}`);
    address.username = '';
    address.password = '';
  }
  return fetch(address, { headers, signal });
}

/** Returns a URL as errors show it: without user name, password and query, which may contain secrets. */
export function displayUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/**
 * Asks for the first byte of a file, so that faults of the address are reported before anything is decoded. Returns the size of
 * the file in bytes.
 *
 * @throws LatentSyncError `download-failed` when the server cannot be reached, refuses, or does not support range requests;
 * `file-not-found` when it does not have the file; `media-unreadable` when it is empty.
 */
export async function checkRemoteFile(url: URL, { signal }: { signal?: AbortSignal } = {}): Promise<number> {
  const name = displayUrl(url);
  let response: Response;
  try {
    response = await fetchRange(url, 0, 1, signal);
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
  if (status === 416) {
    throw new LatentSyncError('media-unreadable', wording`${name} is empty.`, { remedy: 'Choose a media file.' });
  }
  if (status === 404 || status === 410) {
    throw new LatentSyncError('file-not-found', wording`${name} does not exist on its server (status ${status}).`, {
      remedy: 'Check the address.',
    });
  }
  if (response.ok) {
    throw new LatentSyncError('download-failed', wording`The server of ${name} does not support range requests.`, {
      remedy: 'Download the file first.',
    });
  }
  throw new LatentSyncError(
    'download-failed',
    wording`${name} cannot be read: the server answered with status ${status}.`,
    {
      remedy: REMEDY,
    },
  );
}

/** Retries for a part of a remote file, and the seconds before the first one; they double. */
const RETRIES = 4;
const FIRST_RETRY_SECONDS = 0.25;

/** Returns the seconds until a failed request is sent again; null when it is not. */
export function retryDelay(failures: number): number | null {
  return failures > RETRIES ? null : FIRST_RETRY_SECONDS * 2 ** (failures - 1);
}
