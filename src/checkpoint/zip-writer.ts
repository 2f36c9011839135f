// Writer of zip archives with stored entries only, aligned, in zip64 form where sizes require it.
// Format: PKWARE APPNOTE 6.3, sections 4.3 to 4.5.
import type { ByteSink } from './byte-sink.ts';
import { CountingSink } from './tensor-source.ts';

const LIMIT = 0xffffffff;
const UTF8_NAMES = 0x0800;
const JANUARY_1980 = 0x0021;

// CRC-32 with the reflected polynomial 0xEDB88320: table k is for a byte that k more bytes follow.
const crcTables = Array.from({ length: 4 }, () => new Uint32Array(256));
const [table0, table1, table2, table3] = crcTables;
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table0[byte] = value;
}
for (let byte = 0; byte < 256; byte++) {
  for (let slice = 1; slice < 4; slice++) {
    const before = crcTables[slice - 1][byte];
    crcTables[slice][byte] = (before >>> 8) ^ table0[before & 0xff];
  }
}

/** Returns the CRC-32 of bytes as zip files use it (ISO 3309), as an unsigned 32-bit number. Four bytes at a time. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = table3[crc & 0xff] ^ table2[(crc >>> 8) & 0xff] ^ table1[(crc >>> 16) & 0xff] ^ table0[crc >>> 24];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ table0[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}

interface WrittenEntry {
  name: Uint8Array;
  size: number;
  crc: number;
  headerOffset: number;
}

/** Collects little-endian fields. */
class ZipFields {
  readonly #bytes: number[] = [];

  u16(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff, (value >>> 8) & 0xff);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.u16(value & 0xffff, value >>> 16);
    return this;
  }

  u64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }

  raw(bytes: Iterable<number>): this {
    this.#bytes.push(...bytes);
    return this;
  }

  get length(): number {
    return this.#bytes.length;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function capped(value: number): number {
  return Math.min(value, LIMIT);
}

/** Writes entries one after another; {@link ZipWriter.finish} adds the directory. */
export class ZipWriter {
  readonly #sink: CountingSink;
  readonly #entries: WrittenEntry[] = [];
  readonly #alignment: number;

  /** @param alignment - the entries' bytes begin at multiples of this. */
  constructor(sink: ByteSink, alignment = 1) {
    this.#sink = new CountingSink(sink);
    this.#alignment = alignment;
  }

  /**
   * Adds an entry.
   *
   * @param content - its size and CRC-32, which precede the bytes in the file, and the bytes in pieces.
   */
  async add(
    name: string,
    content: { size: number; crc: number; pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array> },
  ): Promise<void> {
    const { size, crc } = content;
    const entry: WrittenEntry = { name: new TextEncoder().encode(name), size, crc, headerOffset: this.#sink.position };
    const extra = new ZipFields();
    const version = size >= LIMIT ? 45 : 10;
    if (size >= LIMIT) extra.u16(1, 16).u64(size, size);
    // Padding goes into an extra field of its own ("FB", as PyTorch names it): 4 bytes of head, then zeros.
    const unpadded = entry.headerOffset + 30 + entry.name.length + extra.length + 4;
    const padding = (this.#alignment - (unpadded % this.#alignment)) % this.#alignment;
    extra.u16(0x4246, padding).raw(new Uint8Array(padding));
    const header = new ZipFields()
      .u32(0x04034b50)
      .u16(version, UTF8_NAMES, 0, 0, JANUARY_1980)
      .u32(crc, capped(size), capped(size))
      .u16(entry.name.length, extra.length)
      .raw(entry.name)
      .raw(extra.bytes());
    await this.#sink.write(header.bytes());
    const start = this.#sink.position;
    for await (const piece of content.pieces) await this.#sink.write(piece);
    const written = this.#sink.position - start;
    if (written !== size) throw new RangeError(`Entry ${name} must have ${size} bytes as announced (got ${written}).`);
    this.#entries.push(entry);
  }

  /** Writes the directory; nothing may be added after it. */
  async finish(): Promise<void> {
    const offset = this.#sink.position;
    for (const { name, size, crc, headerOffset } of this.#entries) {
      const wide = [...(size >= LIMIT ? [size, size] : []), ...(headerOffset >= LIMIT ? [headerOffset] : [])];
      const extra = new ZipFields();
      if (wide.length > 0) extra.u16(1, 8 * wide.length).u64(...wide);
      const version = wide.length > 0 ? 45 : 10;
      const record = new ZipFields()
        .u32(0x02014b50)
        .u16(version, version, UTF8_NAMES, 0, 0, JANUARY_1980)
        .u32(crc, capped(size), capped(size))
        .u16(name.length, extra.length, 0, 0, 0)
        .u32(0, capped(headerOffset))
        .raw(name)
        .raw(extra.bytes());
      await this.#sink.write(record.bytes());
    }
    const size = this.#sink.position - offset;
    const count = this.#entries.length;
    const end = new ZipFields();
    if (offset >= LIMIT || size >= LIMIT || count >= 0xffff) {
      const recordOffset = this.#sink.position;
      end.u32(0x06064b50).u64(44).u16(45, 45).u32(0, 0).u64(count, count, size, offset);
      end.u32(0x07064b50, 0).u64(recordOffset).u32(1);
    }
    const shortCount = Math.min(count, 0xffff);
    end.u32(0x06054b50).u16(0, 0, shortCount, shortCount).u32(capped(size), capped(offset)).u16(0);
    await this.#sink.write(end.bytes());
  }
}
