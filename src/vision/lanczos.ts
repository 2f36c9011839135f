// Lanczos resizing of 8-bit RGB images [H,W,3], bit for bit as OpenCV's INTER_LANCZOS4: 8 taps, 11-bit weights.
import { roundHalfToEven } from './round-half-to-even.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const TAPS = 8;
/** Taps before the pixel that contains the sample position. */
const TAPS_BEFORE = 3;
/** Weights are whole numbers of 1/2048. */
const WEIGHT_SCALE = 1 << 11;
/** The distance between two values that share a double. */
const FIELD = 1 << 26;
/** Copies of the edge pixels on each side of a row, so that every tap is inside. */
const PADDING = 5;

/**
 * The Lanczos weights with a = 4 of the taps around a sample, up to a common factor. At tap t the distance is
 * d = fraction + 3 − t; sin(π·d) in sinc(d) · sinc(d/4) differs between taps only by its sign, so it is left out.
 */
function lanczosWeights(fraction: number): Float32Array {
  const weights = new Float32Array(TAPS);
  for (let t = 0; t < TAPS; t++) {
    const distance = fraction + TAPS_BEFORE - t;
    if (Math.abs(distance) < 1e-6) return new Float32Array(TAPS).fill(1, t, t + 1);
    const angle = (distance * Math.PI) / 4;
    weights[t] = ((t % 2 === 0 ? 1 : -1) * Math.sin(angle)) / (angle * angle);
  }
  return weights;
}

interface LanczosTaps {
  /** Input position of the first tap; may be outside the input by up to 4 on the left and 5 on the right. */
  starts: Int32Array;
  /** [outputSize, 8]. */
  weights: Float64Array;
}

/** Returns the taps of one axis; each position's weights add up to about `unit`. */
function lanczosTaps(inputSize: number, outputSize: number, unit: number): LanczosTaps {
  const starts = new Int32Array(outputSize);
  const weights = new Float64Array(outputSize * TAPS);
  const scale = inputSize / outputSize;
  for (let i = 0; i < outputSize; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(position);
    const fraction = Math.fround(position - floor);
    starts[i] = floor - TAPS_BEFORE;
    const row = lanczosWeights(fraction); // in single precision as OpenCV's, so that weights round alike
    const factor = Math.fround(1 / row.reduce((a, b) => Math.fround(a + b), 0));
    row.forEach((weight, t) => {
      weights[i * TAPS + t] = roundHalfToEven(Math.fround(weight * factor) * WEIGHT_SCALE) * (unit / WEIGHT_SCALE);
    });
  }
  return { starts, weights };
}

/**
 * Resizes images from one fixed size to another; owns its tables and row buffers, so that frames allocate nothing.
 *
 * The vertical pass comes first, on two bytes of a row at once: packed into one double 26 bits apart, their weighted sums
 * (22 bits and a sign) do not meet. No bit is lost between the passes, so their order does not change the result.
 *
 * @example
 * const resizer = new Lanczos4Resizer({ width: 420, height: 560 }, { width: 512, height: 512 });
 * const face = resizer.resize(crop.data);
 */
export class Lanczos4Resizer {
  readonly #source: Size;
  readonly #target: Size;
  readonly #horizontal: LanczosTaps;
  readonly #vertical: LanczosTaps;
  /** Ring of packed source rows; row y is in slot y mod 8. */
  readonly #packedRows: Float64Array[];
  readonly #rowInSlot = new Int32Array(TAPS);
  /** One vertically resized row in 1/2048, with copies of its edge pixels on both sides. */
  readonly #paddedRow: Float64Array;

  constructor(source: Size, target: Size) {
    this.#source = source;
    this.#target = target;
    this.#horizontal = lanczosTaps(source.width, target.width, 1 / WEIGHT_SCALE);
    this.#vertical = lanczosTaps(source.height, target.height, WEIGHT_SCALE); // whole numbers, so that packed sums are exact
    const half = Math.ceil((source.width * 3) / 2);
    this.#packedRows = Array.from({ length: TAPS }, () => new Float64Array(half));
    this.#paddedRow = new Float64Array((source.width + 2 * PADDING) * 3 + 1);
  }

  /**
   * Returns the resized bytes.
   *
   * @param out - receives the bytes when given.
   */
  resize(
    source: Uint8Array | Uint8ClampedArray,
    out: Uint8ClampedArray = new Uint8ClampedArray(this.#target.width * this.#target.height * 3),
  ): Uint8ClampedArray {
    const length = this.#target.width * 3;
    const expected = this.#source.width * this.#source.height * 3;
    if (source.length !== expected || out.length !== length * this.#target.height) {
      throw new RangeError(
        `This resizer takes ${expected} bytes and gives ${length * this.#target.height} (got ${source.length} and ${out.length}).`,
      );
    }
    this.#rowInSlot.fill(-1);
    const last = this.#source.height - 1;
    const { starts, weights } = this.#vertical;
    for (let y = 0; y < this.#target.height; y++) {
      const row = (t: number): Float64Array => this.#packedRow(source, Math.max(0, Math.min(last, starts[y] + t)));
      const taps = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)] as const;
      mixRows(taps, weights.subarray(y * TAPS, (y + 1) * TAPS), this.#paddedRow, PADDING * 3);
      this.#padRow();
      resizeRow(this.#paddedRow, this.#horizontal, out, y * length);
    }
    return out;
  }

  #packedRow(source: Uint8Array | Uint8ClampedArray, y: number): Float64Array {
    const slot = y % TAPS;
    const row = this.#packedRows[slot];
    if (this.#rowInSlot[slot] === y) return row;
    this.#rowInSlot[slot] = y;
    const length = this.#source.width * 3;
    const half = row.length;
    const low = y * length;
    for (let i = 0; i < length - half; i++) row[i] = source[low + i] + source[low + half + i] * FIELD;
    if (length < 2 * half) row[half - 1] = source[low + half - 1]!;
    return row;
  }

  #padRow(): void {
    const row = this.#paddedRow;
    const first = PADDING * 3;
    const end = first + this.#source.width * 3;
    for (let i = 0; i < first; i++) {
      row[i] = row[first + (i % 3)]!;
      row[end + i] = row[end - 3 + (i % 3)]!;
    }
  }
}

type EightRows = readonly [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];

/** Writes the weighted sums of packed rows, unpacked, from out[first] on. */
function mixRows(
  [r0, r1, r2, r3, r4, r5, r6, r7]: EightRows,
  weights: Float64Array,
  out: Float64Array,
  first: number,
): void {
  const a = weights[0];
  const b = weights[1];
  const c = weights[2];
  const d = weights[3];
  const e = weights[4];
  const f = weights[5];
  const g = weights[6];
  const h = weights[7];
  const half = r0.length;
  for (let x = 0; x < half; x++) {
    const packed = a * r0[x] + b * r1[x] + c * r2[x] + d * r3[x] + e * r4[x] + f * r5[x] + g * r6[x] + h * r7[x];
    const high = Math.floor(packed / FIELD + 0.5);
    out[first + x] = packed - high * FIELD;
    out[first + half + x] = high;
  }
}

/** Resizes one padded row to bytes from out[to] on, rounding; storing clamps. Unrolled: a loop over the taps takes half as long again. */
function resizeRow(padded: Float64Array, { starts, weights }: LanczosTaps, out: Uint8ClampedArray, to: number): void {
  for (let x = 0, w = 0; x < starts.length; x++, w += TAPS, to += 3) {
    const p = (starts[x] + PADDING) * 3;
    let weight = weights[w];
    let red = 0.5 + weight * padded[p];
    let green = 0.5 + weight * padded[p + 1];
    let blue = 0.5 + weight * padded[p + 2];
    weight = weights[w + 1];
    red += weight * padded[p + 3];
    green += weight * padded[p + 4];
    blue += weight * padded[p + 5];
    weight = weights[w + 2];
    red += weight * padded[p + 6];
    green += weight * padded[p + 7];
    blue += weight * padded[p + 8];
    weight = weights[w + 3];
    red += weight * padded[p + 9];
    green += weight * padded[p + 10];
    blue += weight * padded[p + 11];
    weight = weights[w + 4];
    red += weight * padded[p + 12];
    green += weight * padded[p + 13];
    blue += weight * padded[p + 14];
    weight = weights[w + 5];
    red += weight * padded[p + 15];
    green += weight * padded[p + 16];
    blue += weight * padded[p + 17];
    weight = weights[w + 6];
    red += weight * padded[p + 18];
    green += weight * padded[p + 19];
    blue += weight * padded[p + 20];
    weight = weights[w + 7];
    red += weight * padded[p + 21];
    green += weight * padded[p + 22];
    blue += weight * padded[p + 23];
    out[to] = red | 0;
    out[to + 1] = green | 0;
    out[to + 2] = blue | 0;
  }
}
