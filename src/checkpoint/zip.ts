// Reader of zip archives by range reads: the central directory, zip64 included, then single entries.
// Format: PKWARE APPNOTE 6.3, sections 4.3 to 4.5.
import { quoted } from '../util/printable.ts';
import type { ByteSource } from './byte-source.ts';
import { corrupt } from './checkpoint-error.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const LONGEST_DIRECTORY = 64 * 2 ** 20;
const ZIP64_EXTRA = 1;

/** One file within an archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0 for stored, 8 for deflated, others are not read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
}

interface Directory {
  offset: number;
  size: number;
  count: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads the end-of-directory record, and its 64-bit form if there is one. */
async function readEnd(source: ByteSource): Promise<Directory> {
  const { name, size } = source;
  const incomplete = corrupt(name, 'ends without a zip directory: it is incomplete');
  const tailLength = Math.min(size, END_LENGTH + LONGEST_COMMENT);
  const tail = viewOf(await source.read(size - tailLength, tailLength));
  let at = tailLength - END_LENGTH;
  while (
    at >= 0 &&
    (tail.getUint32(at, true) !== END || at + END_LENGTH + tail.getUint16(at + 20, true) !== tailLength)
  )
    at--;
  if (at < 0) throw incomplete;
  const end: Directory = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  let endOffset = size - tailLength + at;
  const hasLocator = at >= 20 && tail.getUint32(at - 20, true) === END_64_LOCATOR;
  if (hasLocator) {
    const recordOffset = Number(tail.getBigUint64(at - 12, true));
    if (recordOffset > endOffset - 20 - 56) throw corrupt(name, 'has a damaged zip64 directory');
    const record = viewOf(await source.read(recordOffset, 56));
    if (record.getUint32(0, true) !== END_64) throw corrupt(name, 'has a damaged zip64 directory');
    end.count = Number(record.getBigUint64(32, true));
    end.size = Number(record.getBigUint64(40, true));
    end.offset = Number(record.getBigUint64(48, true));
    endOffset = recordOffset;
  }
  if (end.offset + end.size !== endOffset) {
    throw corrupt(name, 'has a misplaced zip directory: bytes are missing or were added');
  }
  if (end.size > LONGEST_DIRECTORY)
    throw corrupt(name, `has a zip directory of ${end.size} bytes, more than is plausible`);
  return end;
}

/** Returns the 64-bit values of an entry's zip64 field, in the order in which they stand in for 0xffffffff. */
function zip64Values(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = extra.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) break;
    if (extra.getUint16(at, true) === ZIP64_EXTRA) {
      return Array.from({ length: length >> 3 }, (_, i) => Number(extra.getBigUint64(at + 4 + 8 * i, true)));
    }
    at += 4 + length;
  }
  return [];
}

function parseDirectory(name: string, bytes: Uint8Array, directory: Directory): Map<string, ZipEntry> {
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  const decoder = new TextDecoder();
  let at = 0;
  while (at < bytes.length) {
    const damaged = corrupt(name, `has a damaged zip directory (at its byte ${at})`);
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL_HEADER) throw damaged;
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > bytes.length) throw damaged;
    const wide = zip64Values(new DataView(bytes.buffer, bytes.byteOffset + at + 46 + nameLength, extraLength));
    const widened = (offset: number): number => {
      const value = view.getUint32(offset, true);
      if (value !== 0xffffffff) return value;
      const replacement = wide.shift();
      if (replacement === undefined || !Number.isSafeInteger(replacement)) throw damaged;
      return replacement;
    };
    const size = widened(at + 24); // the zip64 field gives size, compressed size, offset, in this order
    const compressedSize = widened(at + 20);
    const headerOffset = widened(at + 42);
    const entry: ZipEntry = {
      name: decoder.decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      compressedSize,
      size,
      headerOffset,
    };
    if (entries.has(entry.name)) throw corrupt(name, `lists ${quoted(entry.name)} twice in its zip directory`);
    if (headerOffset + 30 + compressedSize > directory.offset) {
      throw corrupt(name, `places its part ${quoted(entry.name)} outside the archive`);
    }
    entries.set(entry.name, entry);
    at = next;
  }
  if (entries.size !== directory.count) {
    throw corrupt(name, `declares ${directory.count} parts in its zip directory but lists ${entries.size}`);
  }
  return entries;
}

async function inflate(name: string, entry: ZipEntry, compressed: Uint8Array): Promise<Uint8Array> {
  const out = new Uint8Array(entry.size);
  let length = 0;
  const stream = new Blob([compressed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  try {
    for await (const chunk of stream) {
      if (length + chunk.length > out.length) break;
      out.set(chunk, length);
      length += chunk.length;
    }
  } catch {
    throw corrupt(name, `has a part ${quoted(entry.name)} that cannot be inflated`);
  }
  if (length !== out.length)
    throw corrupt(name, `has a part ${quoted(entry.name)} whose size differs from the declared one`);
  return out;
}

/** A zip archive of any size, of which only the directory is held in memory. */
export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #source: ByteSource;

  private constructor(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>) {
    this.#source = source;
    this.entries = entries;
  }

  /**
   * Reads an archive's directory.
   *
   * @throws LatentSyncError `checkpoint-corrupt` when it is missing, damaged or inconsistent.
   */
  static async open(source: ByteSource): Promise<ZipArchive> {
    if (source.size < END_LENGTH) throw corrupt(source.name, `has ${source.size} bytes, too few for a zip archive`);
    const directory = await readEnd(source);
    const bytes = await source.read(directory.offset, directory.size);
    return new ZipArchive(source, parseDirectory(source.name, bytes, directory));
  }

  /** Returns where an entry's bytes lie in the archive as they are; compressed ones as well. */
  async #locateData(entry: ZipEntry): Promise<number> {
    const { name } = this.#source;
    const label = quoted(entry.name);
    const nameBytes = new TextEncoder().encode(entry.name);
    const fixedLength = 30;
    const header = await this.#source.read(
      entry.headerOffset,
      Math.min(fixedLength + nameBytes.length, this.#source.size - entry.headerOffset),
    );
    const view = viewOf(header);
    if (view.getUint32(0, true) !== LOCAL_HEADER || view.getUint16(8, true) !== entry.method) {
      throw corrupt(name, `has no valid header before its part ${label}`);
    }
    const sameName =
      view.getUint16(26, true) === nameBytes.length && nameBytes.every((byte, i) => header[fixedLength + i] === byte);
    if (!sameName) throw corrupt(name, `has another name for its part ${label} than its directory does`);
    const offset = entry.headerOffset + fixedLength + nameBytes.length + view.getUint16(28, true);
    if (offset + entry.compressedSize > this.#source.size)
      throw corrupt(name, `ends in the middle of its part ${label}`);
    return offset;
  }

  /**
   * Returns where the bytes of a stored entry lie in the file.
   *
   * @throws LatentSyncError `checkpoint-corrupt` when the entry is compressed, encrypted or damaged.
   */
  async locate(entry: ZipEntry): Promise<{ offset: number; length: number }> {
    const { name } = this.#source;
    if (entry.encrypted) throw corrupt(name, `has an encrypted part ${quoted(entry.name)}`, 'Save it unencrypted.');
    if (entry.method !== 0 || entry.compressedSize !== entry.size) {
      throw corrupt(
        name,
        `has a compressed part ${quoted(entry.name)}; PyTorch stores its parts uncompressed`,
        'Use the file as torch.save wrote it, not repacked by another program.',
      );
    }
    return { offset: await this.#locateData(entry), length: entry.size };
  }

  /**
   * Returns the contents of a stored or deflated entry.
   *
   * @param limit - the most bytes that it may have.
   */
  async read(entry: ZipEntry, limit: number): Promise<Uint8Array> {
    const { name } = this.#source;
    if (entry.size > limit || entry.compressedSize > limit) {
      throw corrupt(name, `has a part ${quoted(entry.name)} of ${entry.size} bytes, more than is plausible (${limit})`);
    }
    if (entry.method !== 8 || entry.encrypted) {
      const { offset, length } = await this.locate(entry);
      return this.#source.read(offset, length);
    }
    const compressed = await this.#source.read(await this.#locateData(entry), entry.compressedSize);
    return inflate(name, entry, compressed);
  }
}
