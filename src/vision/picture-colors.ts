// Samples of a picture's planes ↔ RGB as the networks know it.
import type { PictureLayout } from '../tensor/picture.ts';
import { chromaScale, lumaScale, lumaWeights } from '../tensor/yuv-encoding.ts';
import { toneCurveOf, type ToneCurve } from './tone-curve.ts';
import type { Span } from './warp.ts';

/** Values of one plane each, in the order of `colorPlanes`. */
export type PlaneValues = readonly Float32Array[];

/** Y'CbCr ↔ R'G'B': what the differences of color count. */
interface Matrix {
  red: number;
  green: number;
  blue: number;
  /** From Cb to blue, and from Cr to red. */
  cb: number;
  cr: number;
}

/** Converts the colors of the pictures of one layout. HDR passes a {@link ToneCurve}. */
export class PictureColors {
  readonly #colors: PictureLayout['format']['colors'];
  readonly #matrix: Matrix;
  readonly #luma: { zero: number; span: number };
  readonly #chroma: { zero: number; span: number };
  /** The largest value of a sample. */
  readonly #largest: number;
  readonly #curve: ToneCurve | undefined;
  readonly #color = new Float64Array(3);

  constructor({ format, encoding, transfer }: Pick<PictureLayout, 'format' | 'encoding' | 'transfer'>) {
    const [red, blue] = lumaWeights[encoding.matrix];
    this.#colors = format.colors;
    this.#matrix = { red, green: 1 - red - blue, blue, cb: 2 * (1 - blue), cr: 2 * (1 - red) };
    this.#luma = lumaScale(format.depth, encoding.fullRange);
    this.#chroma = chromaScale(format.depth, encoding.fullRange);
    this.#largest = 2 ** format.depth - 1;
    this.#curve = toneCurveOf(transfer);
  }

  /** Returns 8-bit RGB, side by side, of the values of as many samples of each plane; rounded, and limited to 0–255. */
  toRgb(planes: PlaneValues): Uint8ClampedArray<ArrayBuffer> {
    const rgb = new Uint8ClampedArray(3 * planes[0].length);
    const color = this.#color;
    for (let i = 0, to = 0; i < planes[0].length; i++, to += 3) {
      this.#decode(planes, i);
      this.#curve?.toSdr(color);
      rgb[to] = 255 * color[0];
      rgb[to + 1] = 255 * color[1];
      rgb[to + 2] = 255 * color[2];
    }
    return rgb;
  }

  /** Returns planes of that many values each, as {@link fromPixelValues} fills them. */
  createPlanes(count: number): Float32Array[] {
    return Array.from({ length: this.#colors === 'gray' ? 1 : 3 }, () => new Float32Array(count));
  }

  /**
   * Returns the values of each plane, not rounded, of RGB as planes [3, …] in −1 … 1; values beyond are limited.
   *
   * @param range - pixels of which values are wanted, [start, end); default: all.
   * @param out - planes that receive them; new ones by default.
   */
  fromPixelValues(
    pixelValues: Float32Array,
    [start, end]: Span = [0, pixelValues.length / 3],
    out: Float32Array[] = this.createPlanes(pixelValues.length / 3),
  ): Float32Array[] {
    const count = pixelValues.length / 3;
    const { red, green, blue, cb, cr } = this.#matrix;
    const { zero, span } = this.#luma;
    const [first, second, third] = [out[0], out[1] ?? out[0], out[2] ?? out[0]];
    const [curve, color, chroma, largest] = [this.#curve, this.#color, this.#chroma, this.#largest];
    const isRgb = this.#colors === 'rgb' || this.#colors === 'rgba';
    const isGray = this.#colors === 'gray';
    for (let i = start; i < end; i++) {
      let r = fraction(pixelValues[i]);
      let g = fraction(pixelValues[i + count]);
      let b = fraction(pixelValues[i + 2 * count]);
      if (curve) {
        color[0] = r;
        color[1] = g;
        color[2] = b;
        curve.toHdr(color);
        r = color[0];
        g = color[1];
        b = color[2];
      }
      if (isRgb) {
        first[i] = zero + span * r;
        second[i] = zero + span * g;
        third[i] = zero + span * b;
        continue;
      }
      const luma = red * r + green * g + blue * b;
      first[i] = zero + span * luma;
      if (isGray) continue;
      // At full range, the most saturated colors are half a value beyond the largest.
      second[i] = Math.min(largest, chroma.zero + (chroma.span * (b - luma)) / cb);
      third[i] = Math.min(largest, chroma.zero + (chroma.span * (r - luma)) / cr);
    }
    return out;
  }

  /** Values → the color at hand, 0 … 1. */
  #decode(planes: PlaneValues, i: number): void {
    const color = this.#color;
    const { zero, span } = this.#luma;
    const first = (planes[0][i] - zero) / span;
    switch (this.#colors) {
      case 'gray':
        color.fill(first);
        return;
      case 'yuv': {
        const { red, green, blue, cb, cr } = this.#matrix;
        const toBlue = (cb * (planes[1][i] - this.#chroma.zero)) / this.#chroma.span;
        const toRed = (cr * (planes[2][i] - this.#chroma.zero)) / this.#chroma.span;
        color[0] = first + toRed;
        color[1] = first - (red * toRed + blue * toBlue) / green;
        color[2] = first + toBlue;
        return;
      }
      default:
        color[0] = first;
        color[1] = (planes[1][i] - zero) / span;
        color[2] = (planes[2][i] - zero) / span;
    }
  }
}

/** Returns where a value of −1 … 1 is between them, 0 … 1. */
function fraction(value: number): number {
  return value < -1 ? 0 : value > 1 ? 1 : 0.5 * value + 0.5;
}
