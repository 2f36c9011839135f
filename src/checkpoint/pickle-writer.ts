// Writer of pickles, protocol 2, for plain values and tensors: the counterpart of pickle.ts.
// Opcodes: Python's Lib/pickletools.py; the tensors' form: torch/_tensor.py (__reduce_ex__), torch/serialization.py.

/** A plain value to be pickled: undefined is not one. */
export type PlainValue =
  null | boolean | number | bigint | string | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** A contiguous tensor that begins its own storage. */
export interface PickledTensor {
  /** The storage's class, such as `FloatStorage`. */
  readonly storageType: string;
  readonly storageKey: string;
  readonly shape: readonly number[];
}

/** Collects a pickle. Values are written in the order of the calls, containers around them. */
export class PickleWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  constructor() {
    this.#op(0x80, 2); // PROTO 2
  }

  #reserve(count: number): DataView {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const view = new DataView(this.#bytes.buffer, this.#length, count);
    this.#length += count;
    return view;
  }

  #op(...bytes: number[]): void {
    const view = this.#reserve(bytes.length);
    bytes.forEach((byte, i) => {
      view.setUint8(i, byte);
    });
  }

  #global(module: string, name: string): void {
    this.#op(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)); // GLOBAL
  }

  #integer(value: bigint): void {
    if (value >= -0x80000000n && value <= 0x7fffffffn) {
      this.#op(0x4a); // BININT
      this.#reserve(4).setInt32(0, Number(value), true);
      return;
    }
    const bytes: number[] = [];
    let rest = value;
    do {
      bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    } while (!(rest === 0n && bytes[bytes.length - 1] < 128) && !(rest === -1n && bytes[bytes.length - 1] >= 128));
    if (bytes.length > 255) throw new RangeError('An integer must have at most 255 bytes to be pickled.');
    this.#op(0x8a, bytes.length, ...bytes); // LONG1
  }

  #tuple(values: readonly number[]): void {
    this.#op(0x28); // MARK
    for (const value of values) this.value(value);
    this.#op(0x74); // TUPLE
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#op(0x58); // BINUNICODE
    this.#reserve(4).setUint32(0, bytes.length, true);
    const start = this.#length;
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  /** Writes a plain value; numbers that are integers become int, others float; objects become dict. */
  value(value: PlainValue): this {
    if (value === null) this.#op(0x4e);
    else if (typeof value === 'boolean') this.#op(value ? 0x88 : 0x89);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'bigint' || Number.isSafeInteger(value)) this.#integer(BigInt(value as number | bigint));
    else if (typeof value === 'number') {
      this.#op(0x47); // BINFLOAT, big-endian
      this.#reserve(8).setFloat64(0, value);
    } else if (Array.isArray(value)) {
      this.#op(0x5d, 0x28); // EMPTY_LIST, MARK
      for (const item of value as readonly PlainValue[]) this.value(item);
      this.#op(0x65); // APPENDS
    } else this.dict(Object.entries(value), ([, item]) => this.value(item));
    return this;
  }

  /** Writes a dict whose values `writeValue` writes. */
  dict<T>(entries: readonly (readonly [string, T])[], writeValue: (entry: readonly [string, T]) => void): this {
    this.#op(0x7d); // EMPTY_DICT
    return this.#items(entries, writeValue);
  }

  /** Writes a collections.OrderedDict, as a state dict is one. */
  orderedDict<T>(entries: readonly (readonly [string, T])[], writeValue: (entry: readonly [string, T]) => void): this {
    this.#global('collections', 'OrderedDict');
    this.#op(0x29, 0x52); // EMPTY_TUPLE, REDUCE
    return this.#items(entries, writeValue);
  }

  #items<T>(entries: readonly (readonly [string, T])[], writeValue: (entry: readonly [string, T]) => void): this {
    this.#op(0x28); // MARK
    for (const entry of entries) {
      this.#text(entry[0]);
      writeValue(entry);
    }
    this.#op(0x75); // SETITEMS
    return this;
  }

  /** Writes a tensor as a reference to its storage. */
  tensor({ storageType, storageKey, shape }: PickledTensor): this {
    const count = shape.reduce((product, size) => product * size, 1);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, size) => product * Math.max(1, size), 1),
    );
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#op(0x28, 0x28); // MARK, MARK: the arguments, the storage's id
    this.#text('storage');
    this.#global('torch', storageType);
    this.#text(storageKey);
    this.#text('cpu');
    this.value(count);
    this.#op(0x74, 0x51); // TUPLE, BINPERSID
    this.value(0);
    this.#tuple(shape);
    this.#tuple(strides);
    this.#op(0x89); // requires_grad: NEWFALSE
    this.#global('collections', 'OrderedDict');
    this.#op(0x29, 0x52, 0x74, 0x52); // EMPTY_TUPLE, REDUCE: no hooks; TUPLE, REDUCE
    return this;
  }

  /** Ends the pickle and returns it. */
  finish(): Uint8Array {
    this.#op(0x2e); // STOP
    return this.#bytes.slice(0, this.#length);
  }
}
