// Downloads one file so that interruptions cost nothing and wrong content is never accepted.
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import { PartialDownload } from './partial-download-node.ts';
import { send, withRetries } from './request-node.ts';
import type { HubResponse, RetryOptions } from './request-node.ts';
import { TransferError } from './transfer-error.ts';

/** What a server declares about a file. */
export interface RemoteFile {
  /** Length in bytes. */
  size: number | undefined;
  /** Lower-case hexadecimal. */
  sha256: string | undefined;
}

interface TransferOptions {
  /** Access token, sent to the origin of the URL only. */
  token?: string;
  retry?: RetryOptions;
  signal?: AbortSignal;
}

/** One download. */
export interface DownloadOptions extends TransferOptions {
  url: string;
  /** Where the finished file goes; an existing one is replaced only when the new one is complete and verified. */
  destination: string;
  /** Length that the file must have; undefined if unknown. */
  size?: number;
  /** sha256 that the file must have, lower-case hexadecimal; undefined if unknown. */
  sha256?: string;
  /** Receives the bytes of the file that are on disk. */
  onBytes?: (bytes: number) => void;
}

/** For a server that has sent nothing yet: give up after four consecutive failures and 7 s of waiting. */
const FIRST_CONTACT = { attempts: 4, stallSeconds: 15 };

function lengthFrom(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag !== null && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

/**
 * Returns what a hub declares about a file: Hugging Face gives length and sha256 of a large file in `X-Linked-Size` and
 * `X-Linked-ETag`, on the redirect that leads to its storage. What a server does not declare is undefined.
 *
 * @throws TransferError when the file does not exist or the server is unreachable (which is not retried).
 */
export async function inspectFile(url: string, options: TransferOptions = {}): Promise<RemoteFile> {
  const { token, retry, signal } = options;
  return withRetries(
    async () => {
      try {
        using response = await send({
          url,
          method: 'HEAD',
          token,
          signal,
          stallSeconds: retry?.stallSeconds ?? FIRST_CONTACT.stallSeconds,
          isEnough: (headers) => headers.has('x-linked-etag') || headers.has('x-linked-size'),
        });
        const { headers } = response;
        const isEncoded = headers.has('content-encoding');
        const tag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
        return {
          size: lengthFrom(headers.get('x-linked-size') ?? (isEncoded ? null : headers.get('content-length'))),
          sha256: /^[0-9a-f]{64}$/.test(tag) ? tag : undefined,
        };
      } catch (error) {
        const cannotSay = error instanceof TransferError && (error.status === 405 || error.status === 501);
        if (cannotSay) return { size: undefined, sha256: undefined };
        throw error;
      }
    },
    { ...retry, attempts: retry?.attempts ?? FIRST_CONTACT.attempts, signal, retryUnreachable: false },
  );
}

/**
 * Downloads a file to `<destination>.part`, continuing what an earlier attempt left, and gives it its name once length and
 * sha256 are right. A broken connection is resumed where it broke.
 *
 * @throws TransferError when the server keeps failing; the part is kept for the next attempt.
 * @throws LatentSyncError with code `download-failed` when the content is wrong; nothing is kept.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { url, destination, size, sha256, retry, signal, onBytes } = options;
  const file = await PartialDownload.open(destination, { size, sha256 }, signal);
  try {
    onBytes?.(file.length);
    await withRetries(() => transfer(file, options), { ...retry, signal, progress: () => file.length });
    const actual = file.sha256();
    if (sha256 !== undefined && actual !== sha256) {
      await file.discard();
      throw new LatentSyncError(
        'download-failed',
        wording`${url} has the wrong content: its sha256 is ${actual} instead of ${sha256}. What was received has been deleted.`,
        {
          remedy:
            'Try again. If it happens twice, the server or something in between changes the file: use another HF_ENDPOINT.',
        },
      );
    }
    await file.finish();
  } finally {
    await file.close();
  }
}

/** Requests what is still missing and appends it. */
async function transfer(file: PartialDownload, options: DownloadOptions): Promise<void> {
  const { url, token, retry, signal, onBytes } = options;
  const { size, sha256, etag } = file.identity;
  if (size !== undefined && file.length === size && file.length > 0) return;
  if (sha256 === undefined && etag === undefined) await file.restart(); // nothing could tell whether a rest belongs to it
  const headers =
    file.length > 0 ? { range: `bytes=${file.length}-`, ...(etag === undefined ? {} : { 'if-range': etag }) } : {};
  using response = await send({ url, method: 'GET', headers, token, signal, stallSeconds: retry?.stallSeconds });
  if (response.status === 416) {
    if (response.headers.get('content-range') === `bytes */${file.length}`) return; // it was complete
    await file.restart();
    throw new TransferError(`${url} has fewer bytes than were already received`, { retryable: true });
  }
  const total = await beginBody(file, response, options);
  for await (const chunk of response.chunks()) {
    if (total !== undefined && file.length + chunk.length > total) {
      await file.restart();
      throw new TransferError(`${url} sends more than the expected ${total} bytes`);
    }
    await file.append(chunk);
    onBytes?.(file.length);
  }
  if (total !== undefined && file.length < total) {
    throw new TransferError(`the connection ended after ${file.length} of ${total} bytes`, { retryable: true });
  }
}

/** Checks that the body continues the part, and starts over if it does not; returns the length of the whole file. */
async function beginBody(
  file: PartialDownload,
  response: HubResponse,
  { url, size }: DownloadOptions,
): Promise<number | undefined> {
  const { status, headers } = response;
  let announced: number | undefined;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    if (!range || Number(range[1]) !== file.length) {
      await file.restart();
      throw new TransferError(`${url} sends a range other than the requested one`, { retryable: true });
    }
    announced = lengthFrom(range[2]);
  } else {
    if (file.length > 0) await file.restart(); // the server ignores ranges, or the content has changed
    announced = headers.has('content-encoding') ? undefined : lengthFrom(headers.get('content-length'));
  }
  const total = size ?? (status === 206 ? file.identity.size : undefined) ?? announced;
  if (announced !== undefined && announced !== total) {
    throw new TransferError(`${url} declares ${announced} bytes instead of ${total}.`, {
      remedy:
        'Something else may be answering in its place, such as a sign-in page or a proxy, or the mirror in HF_ENDPOINT is out of date.',
    });
  }
  if (file.length === 0) await file.describe({ size: total, etag: strongEtag(headers) });
  return total;
}
