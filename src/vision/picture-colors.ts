// Samples of a picture's planes ↔ RGB as the networks know it.
import type { PictureLayout } from '../tensor/picture.ts';
import { chromaScale, lumaScale, lumaWeights } from '../tensor/yuv-encoding.ts';
import { toneCurveOf, type ToneCurve } from './tone-curve.ts';

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

  /**
   * Returns the values of each plane, not rounded, of RGB as planes [3, …] in −1 … 1; values beyond are limited. Of pixels outside
   * [first, end), the values are 0.
   */
  fromPixelValues(pixelValues: Float32Array, first = 0, end: number = pixelValues.length / 3): Float32Array[] {
    const count = pixelValues.length / 3;
    const planes = Array.from({ length: this.#colors === 'gray' ? 1 : 3 }, () => new Float32Array(count));
    const color = this.#color;
    for (let i = first; i < end; i++) {
      for (let channel = 0, at = i; channel < 3; channel++, at += count) {
        color[channel] = Math.min(1, Math.max(0, 0.5 * pixelValues[at] + 0.5));
      }
      this.#curve?.toHdr(color);
      this.#encode(planes, i);
    }
    return planes;
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

  /** The color at hand → values. */
  #encode(planes: PlaneValues, i: number): void {
    const color = this.#color;
    const r = color[0];
    const g = color[1];
    const b = color[2];
    const { zero, span } = this.#luma;
    if (this.#colors === 'rgb' || this.#colors === 'rgba') {
      planes[0][i] = zero + span * r;
      planes[1][i] = zero + span * g;
      planes[2][i] = zero + span * b;
      return;
    }
    const { red, green, blue, cb, cr } = this.#matrix;
    const luma = red * r + green * g + blue * b;
    planes[0][i] = zero + span * luma;
    if (this.#colors === 'gray') return;
    // At full range, the most saturated colors are half a value beyond the largest.
    planes[1][i] = Math.min(this.#largest, this.#chroma.zero + (this.#chroma.span * (b - luma)) / cb);
    planes[2][i] = Math.min(this.#largest, this.#chroma.zero + (this.#chroma.span * (r - luma)) / cr);
  }
}
