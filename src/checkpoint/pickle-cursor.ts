// The literals of a pickle: numbers and texts, read one after the other from bytes.
import { PickleError } from './pickle-values.ts';

const MAX_INTEGER_BYTES = 256;
const MAX_INTEGER_DIGITS = 600;

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reads forward through a pickle's bytes; past their end it throws a truncated {@link PickleError}. */
export class PickleCursor {
  /** The next byte. */
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** Moves past `length` bytes and returns where they begin. */
  skip(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) {
      throw new PickleError('ends in the middle of its pickle', { truncated: true });
    }
    this.at = start + length;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** An 8-byte length. */
  u64(): number {
    const value = Number(this.#view.getBigUint64(this.skip(8), true));
    if (!Number.isSafeInteger(value)) throw new PickleError('has a pickle with an impossible length');
    return value;
  }

  /** The one big-endian number of the format. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return this.#bytes.slice(start, start + length);
  }

  text(length: number): string {
    const start = this.skip(length);
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, start + length));
    } catch (cause) {
      throw new PickleError('has text in its pickle that is not UTF-8', { cause });
    }
  }

  /** Python 2's str: text where it is ASCII, bytes otherwise. */
  python2String(length: number): string | Uint8Array {
    const bytes = this.bytes(length);
    return bytes.every((byte) => byte < 128) ? this.#decoder.decode(bytes) : bytes;
  }

  /** Text up to a line feed, which is skipped. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new PickleError('ends in the middle of its pickle', { truncated: true });
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A two's-complement integer of any length; a bigint only where a number cannot hold it. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw new PickleError('has an integer in its pickle that is too long');
    let value = 0n;
    for (const byte of this.bytes(length).reverse()) value = (value << 8n) | BigInt(byte);
    return integer(BigInt.asIntN(8 * length, value));
  }

  /** An integer, or a bool written as 00 or 01, in a line of digits. */
  decimal(): number | bigint | boolean {
    const text = this.line();
    if (text === '00' || text === '01') return text === '01';
    if (text.length > MAX_INTEGER_DIGITS || !/^-?\d+L?$/.test(text)) {
      throw new PickleError('has an integer in its pickle that is not a number');
    }
    return integer(BigInt(text.replace('L', '')));
  }
}
