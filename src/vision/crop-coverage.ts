// How much of each frame pixel the crop's rectangle covers, and the erosions of that picture, in closed form.
import type { AffineMatrix } from './geometry.ts';
import type { Size } from './lanczos.ts';
import { linearRange } from './warp.ts';
import type { Span } from './warp.ts';

/** The square window of an erosion: from `before` pixels above and left of a pixel to `after` below and right. */
export interface ErosionWindow {
  readonly before: number;
  readonly after: number;
}

/**
 * A picture of ones with the crop's size, warped bilinearly into the frame with zeros around: coverage(x, y) =
 * hat(u) · hat(v) at the crop position (u, v) of the frame pixel (x, y).
 *
 * The hats are concave where they are not 0, so the coverage is log-concave, and its minimum over any rectangle is at
 * one of the rectangle's corners: an erosion by a square costs four lookups, whatever its size. As in the reference, pixels
 * beyond the frame do not erode.
 */
export class CropCoverage {
  readonly #matrix: AffineMatrix;
  readonly #crop: Size;
  readonly #frame: Size;

  /** @param matrix - maps frame pixels to crop pixels. */
  constructor(matrix: AffineMatrix, crop: Size, frame: Size) {
    this.#matrix = matrix;
    this.#crop = crop;
    this.#frame = frame;
  }

  /** Returns the coverage of a frame pixel, 0 … 1. */
  at(x: number, y: number): number {
    const [a, b, tx, c, d, ty] = this.#matrix;
    return hat(a * x + b * y + tx, this.#crop.width) * hat(c * x + d * y + ty, this.#crop.height);
  }

  /** Returns the least coverage in the window around a frame pixel. */
  eroded(x: number, y: number, { before, after }: ErosionWindow): number {
    const left = Math.max(0, x - before);
    const right = Math.min(this.#frame.width - 1, x + after);
    const top = Math.max(0, y - before);
    const bottom = Math.min(this.#frame.height - 1, y + after);
    return Math.min(this.at(left, top), this.at(right, top), this.at(left, bottom), this.at(right, bottom));
  }

  /** Returns a part of a row outside which the eroded coverage is 0. */
  nonZeroSpan(y: number, window: ErosionWindow): Span {
    const [first, end] = this.#erodedSpan(y, window, 1);
    return end > first ? [Math.max(0, first - 1), Math.min(this.#frame.width, end + 1)] : [0, 0];
  }

  /** Returns a part of a row inside which the eroded coverage is 1. */
  solidSpan(y: number, window: ErosionWindow): Span {
    const [first, end] = this.#erodedSpan(y, window, 0);
    return end > first + 2 ? [first + 1, end - 1] : [0, 0];
  }

  /** Where all corners of the window are inside the crop's rectangle, enlarged by `margin` crop pixels on each side. */
  #erodedSpan(y: number, { before, after }: ErosionWindow, margin: number): Span {
    const { width, height } = this.#frame;
    const top = this.#span(Math.max(0, y - before), margin);
    const bottom = this.#span(Math.min(height - 1, y + after), margin);
    const first = Math.max(top[0], bottom[0]);
    const end = Math.min(top[1], bottom[1]);
    if (end <= first) return [0, 0];
    return [first > 0 ? first + before : 0, end < width ? end - after : width];
  }

  #span(y: number, margin: number): Span {
    const [a, b, tx, c, d, ty] = this.#matrix;
    const { width } = this.#frame;
    const inU = linearRange(a, b * y + tx, -margin, this.#crop.width - 1 + margin, width);
    const inV = linearRange(c, d * y + ty, -margin, this.#crop.height - 1 + margin, width);
    const first = Math.max(inU[0], inV[0]);
    const end = Math.min(inU[1], inV[1]);
    return end > first ? [first, end] : [0, 0];
  }
}

/** The bilinear warp of `size` ones with zeros around: 1 on [0, size − 1], falling to 0 at −1 and at `size`. */
function hat(position: number, size: number): number {
  return Math.max(0, Math.min(1, position + 1, size - position));
}
