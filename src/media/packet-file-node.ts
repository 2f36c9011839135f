// Packet files: the encoded pictures of one segment of a video, and when each is shown; a checksum tells whether a file is whole.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { LatentSyncError } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { wording } from '../util/wording.ts';

/** An encoded picture. Times are numbers of pictures, counted from the start of the segment. */
export interface SegmentPacket {
  /** The picture that it shows. */
  shown: number;
  /** Its place in the order of decoding; below 0 where decoding begins before the first picture is shown. */
  decoded: number;
  isKey: boolean;
  data: Buffer;
  /** Its opacity, where that is encoded beside it. */
  alpha?: Buffer;
}

// A file is its packets, then the times of its pictures, then the trailer. Numbers are little-endian.
const PACKET_HEAD_BYTES = 17; // shown, decoded: int32; isKey: uint8; byte lengths of data and of alpha: uint32
const TIME_BYTES = 16; // start and duration: float64
const TRAILER_BYTES = 20; // pictures, packets: uint32; "LSPK"; version: uint32; checksum of everything before: uint32
const MAGIC = 'LSPK';
const VERSION = 2;

/** Bytes that are written at a time, at least. */
const PART_BYTES = 1 << 20;

/** Writes a packet file. */
export class PacketFileWriter {
  readonly #descriptor: number;
  readonly #times: { start: number; duration: number }[] = [];
  #parts: Buffer[] = [];
  #partBytes = 0;
  #packets = 0;
  #checksum = 0;

  /** @param path - of an existing, empty file. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r+');
  }

  /** Takes the times of the next picture, in seconds. */
  addPicture(start: number, duration: number): void {
    this.#times.push({ start, duration });
  }

  /** Writes a packet; reads its data before it returns. */
  addPacket({ shown, decoded, isKey, data, alpha }: SegmentPacket): void {
    const head = Buffer.alloc(PACKET_HEAD_BYTES);
    head.writeInt32LE(shown, 0);
    head.writeInt32LE(decoded, 4);
    head.writeUInt8(isKey ? 1 : 0, 8);
    head.writeUInt32LE(data.length, 9);
    head.writeUInt32LE(alpha?.length ?? 0, 13);
    this.#packets++;
    this.#add(head);
    this.#add(Buffer.from(data));
    if (alpha) this.#add(Buffer.from(alpha));
  }

  /** Completes the file; it is on disk afterward. */
  finish(): void {
    for (const { start, duration } of this.#times) {
      const times = Buffer.alloc(TIME_BYTES);
      times.writeDoubleLE(start, 0);
      times.writeDoubleLE(duration, 8);
      this.#add(times);
    }
    const trailer = Buffer.alloc(TRAILER_BYTES - 4);
    trailer.writeUInt32LE(this.#times.length, 0);
    trailer.writeUInt32LE(this.#packets, 4);
    trailer.write(MAGIC, 8, 'latin1');
    trailer.writeUInt32LE(VERSION, 12);
    this.#add(trailer);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(this.#checksum);
    this.#add(checksum);
    this.#write();
    fsyncSync(this.#descriptor);
    this.close();
  }

  /** Gives up the file, or what is left of it to do. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #add(bytes: Buffer): void {
    this.#checksum = crc32(bytes, this.#checksum);
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
    if (this.#partBytes >= PART_BYTES) this.#write();
  }

  #write(): void {
    const bytes = Buffer.concat(this.#parts);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done);
    this.#parts = [];
    this.#partBytes = 0;
  }
}

/** A packet file, open for reading. */
export class PacketFile implements AsyncDisposable {
  /** Start and duration of every picture, in seconds, one after another. */
  readonly times: Float64Array;
  readonly packetCount: number;
  readonly #handle: FileHandle;
  readonly #timesAt: number;

  private constructor(handle: FileHandle, timesAt: number, times: Float64Array, packetCount: number) {
    this.#handle = handle;
    this.#timesAt = timesAt;
    this.times = times;
    this.packetCount = packetCount;
  }

  /**
   * Opens a packet file, and reads all of it once for its checksum.
   *
   * @throws LatentSyncError `journal-damaged` when it is not whole; an error of the file system when it cannot be read.
   */
  static async open(path: string): Promise<PacketFile> {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const trailer = await readAt(handle, Math.max(0, size - TRAILER_BYTES), Math.min(size, TRAILER_BYTES));
      const isOurs = trailer.length === TRAILER_BYTES && trailer.toString('latin1', 8, 12) === MAGIC;
      if (!isOurs || trailer.readUInt32LE(12) !== VERSION) throw damaged(path);
      const timesAt = size - TRAILER_BYTES - TIME_BYTES * trailer.readUInt32LE(0);
      if (timesAt < 0 || (await checksumOf(handle, size - 4)) !== trailer.readUInt32LE(16)) throw damaged(path);
      const times = await readAt(handle, timesAt, size - TRAILER_BYTES - timesAt);
      const numbers = Float64Array.from({ length: times.length / 8 }, (_, i) => times.readDoubleLE(8 * i));
      return new PacketFile(handle, timesAt, numbers, trailer.readUInt32LE(4));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Number of pictures. */
  get pictureCount(): number {
    return this.times.length / 2;
  }

  /** Reads the packets in the order of decoding. */
  async *packets(): AsyncGenerator<SegmentPacket, void, undefined> {
    for (let at = 0; at < this.#timesAt;) {
      const head = await readAt(this.#handle, at, PACKET_HEAD_BYTES);
      const data = await readAt(this.#handle, at + PACKET_HEAD_BYTES, head.readUInt32LE(9));
      at += PACKET_HEAD_BYTES + data.length;
      const alphaBytes = head.readUInt32LE(13);
      const alpha = alphaBytes > 0 ? await readAt(this.#handle, at, alphaBytes) : undefined;
      at += alphaBytes;
      yield { shown: head.readInt32LE(0), decoded: head.readInt32LE(4), isKey: head.readUInt8(8) === 1, data, alpha };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function checksumOf(handle: FileHandle, end: number): Promise<number> {
  let checksum = 0;
  for (let at = 0; at < end; at += PART_BYTES) {
    checksum = crc32(await readAt(handle, at, Math.min(PART_BYTES, end - at)), checksum);
  }
  return checksum;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}

function damaged(path: string): LatentSyncError {
  return new LatentSyncError('journal-damaged', wording`${printable(path)} is not a whole segment of a video.`, {
    remedy: 'Start the same job once more: what is damaged is made again.',
  });
}
