// Where a checkpoint's bytes come from: range reads of a file, a Blob or an array, never all of it at once.
import { corrupt } from './checkpoint-error.ts';

/** Random access to the bytes of one file. */
export interface ByteSource {
  /** The file, as the user named it; error messages begin with it. */
  readonly name: string;
  /** Absolute path, behind all links, when the source is a file on disk: ONNX Runtime follows no links out of a folder. */
  readonly path?: string;
  /** Total bytes. */
  readonly size: number;
  /**
   * Returns exactly `length` bytes from `offset` on, in memory of their own.
   *
   * @throws RangeError when the range leaves the source.
   * @throws LatentSyncError when the file cannot be read or has become shorter.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Releases the file; further reads fail. May be called twice. */
  close(): Promise<void>;
}

/** Throws a RangeError unless the range lies within the source. */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > source.size
  ) {
    throw new RangeError(`Bytes ${offset} to ${offset + length} are not in ${source.name} (${source.size} bytes).`);
  }
}

/** A file that the user chose in a browser, or any other Blob. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #blob: Blob;

  /** @param name - defaults to the File's name. */
  constructor(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob') {
    this.name = name;
    this.size = blob.size;
    this.#blob = blob;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
    if (bytes.length !== length) throw corrupt(this.name, 'became shorter while it was read');
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Bytes that are already in memory. */
export class BytesSource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      checkRange(this, offset, length);
      resolve(this.#bytes.slice(offset, offset + length));
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
