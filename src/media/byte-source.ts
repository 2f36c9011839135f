// The bytes of a media file that is not a local path: in memory, in a blob, or behind an http(s) URL, read part by part.
import { OptionError } from '../util/assert.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import { unreadable } from './media-input.ts';
import { checkRemoteFile, displayUrl, fetchRange, retryDelay } from './remote-file.ts';

/** Bytes that can be read at any place. */
export interface MediaByteSource {
  readonly size: number;
  /** Returns `length` bytes, or what there is. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A media file that is not a local path. */
export interface LocatedBytes {
  bytes: MediaByteSource;
  /** What errors call the file. */
  name: string;
  /** Its name or path, whose ending tells some formats; empty where it has none. */
  path: string;
}

/**
 * Finds the bytes of a media file that is not a local path.
 *
 * @param role - what the file is used as, and the name of the option that it comes from.
 * @throws LatentSyncError `file-not-found`, `download-failed` or `media-unreadable`; OptionError for a URL of another protocol.
 */
export async function locateBytes(
  input: URL | Blob | ArrayBuffer | ArrayBufferView,
  role: 'video' | 'audio' | 'file',
  signal: AbortSignal | undefined,
): Promise<LocatedBytes> {
  if (input instanceof URL) {
    if (!/^https?:$/.test(input.protocol)) {
      throw new OptionError(role, 'be a URL of http: or https:, or in Node of file:', input.protocol);
    }
    const bytes = new RemoteBytes(input, await checkRemoteFile(input, { signal }));
    return { bytes, name: printable(displayUrl(input)), path: input.pathname };
  }
  const path = input instanceof File ? input.name : '';
  const name = path === '' ? `the ${role}` : printable(path);
  const bytes = bytesOf(input);
  if (bytes.size === 0) throw unreadable(name, 'is empty.', 'Choose a media file.');
  return { bytes, name, path };
}

/** Returns the bytes of a buffer or blob as a source. */
function bytesOf(input: Blob | ArrayBuffer | ArrayBufferView): MediaByteSource {
  if (input instanceof Blob) {
    return {
      size: input.size,
      read: async (offset, length) => new Uint8Array(await input.slice(offset, offset + length).arrayBuffer()),
    };
  }
  const bytes = ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** Bytes that are asked for at a time, at least, and how many such blocks are kept. */
const BLOCK_BYTES = 1 << 20;
const BLOCKS_KEPT = 16;

/** A file behind a URL, read in blocks by range requests. */
class RemoteBytes implements MediaByteSource {
  readonly size: number;
  readonly #url: URL;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(url: URL, size: number) {
    this.#url = url;
    this.size = size;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const result = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    for (let done = 0; done < result.length;) {
      const at = offset + done;
      const index = Math.floor(at / BLOCK_BYTES);
      const block = await this.#block(index, signal);
      const part = block.subarray(at - index * BLOCK_BYTES).subarray(0, result.length - done);
      result.set(part, done);
      done += part.length;
    }
    return result;
  }

  async #block(index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const block = this.#blocks.get(index) ?? (await this.#fetch(index, signal));
    // The one used last is kept longest.
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS_KEPT) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }

  async #fetch(index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const start = index * BLOCK_BYTES;
    const end = Math.min(start + BLOCK_BYTES, this.size);
    for (let failures = 1; ; failures++) {
      try {
        const response = await fetchRange(this.#url, start, end, signal);
        if (response.status !== 206) throw new Error(`the server answered with status ${response.status}`);
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (bytes.length !== end - start) throw new Error('the server sent a different number of bytes');
        return bytes;
      } catch (error) {
        const delay = signal?.aborted ? null : retryDelay(failures);
        if (delay === null) {
          throw new LatentSyncError(
            'download-failed',
            wording`${displayUrl(this.#url)} can no longer be read: ${messageOf(error)}.`,
            { remedy: 'Check the network, or download the file first.', cause: error },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, delay * 1000));
      }
    }
  }
}
