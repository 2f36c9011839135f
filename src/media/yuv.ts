// 8-bit Y'CbCr 4:2:0 (I420) ↔ RGBA: [H,W] + 2·[H/2,W/2] ↔ [H,W,4]. Chroma is repeated on the way out and averaged on
// the way back, so untouched pixels return to their original values.

import type { PixelBox, PixelSteps } from '../tensor/image.ts';
import { lumaWeights, type YuvEncoding } from '../tensor/yuv-encoding.ts';

/** Rows of a picture: from the first, up to and without the last. */
export interface Rows {
  from: number;
  to: number;
}

const ONE = 1 << 16; // fixed point with 16 fractional bits
const HALF = ONE >> 1;

/** Values out of Y'CbCr, from −CLAMP_FROM on, limited to 0–255: a table takes two thirds of the time of a clamped array. */
const CLAMP_FROM = 640;
const clamped = Uint8Array.from({ length: 2048 }, (_, index) => Math.min(255, Math.max(0, index - CLAMP_FROM)));
const CLAMP_BIAS = CLAMP_FROM * ONE + HALF;
const OPAQUE = 0xff000000;

/** Returns the bytes of an I420 picture: luma, then two chroma planes of half the size, rounded up. */
export function i420ByteLength(width: number, height: number): number {
  return width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}

/** Converts I420 pictures of one size and encoding, whose planes lie one after another without padding. */
export class I420Converter {
  readonly #width: number;
  readonly #cbStart: number;
  readonly #crStart: number;
  readonly #lumaOf: Int32Array;
  readonly #crToRed: number;
  readonly #cbToGreen: number;
  readonly #crToGreen: number;
  readonly #cbToBlue: number;

  constructor(width: number, height: number, { matrix, fullRange }: YuvEncoding) {
    this.#width = width;
    this.#cbStart = width * height;
    this.#crStart = this.#cbStart + ((width + 1) >> 1) * ((height + 1) >> 1);
    const [red, blue] = lumaWeights[matrix];
    const green = 1 - red - blue;
    const chromaScale = fullRange ? 1 : 255 / 224;
    const lumaOffset = fullRange ? 0 : 16;
    const fromLuma = Math.round((fullRange ? 1 : 255 / 219) * ONE);
    this.#lumaOf = Int32Array.from({ length: 256 }, (_, value) => fromLuma * (value - lumaOffset));
    this.#crToRed = Math.round(2 * (1 - red) * chromaScale * ONE);
    this.#cbToBlue = Math.round(2 * (1 - blue) * chromaScale * ONE);
    this.#cbToGreen = Math.round(((-2 * blue * (1 - blue)) / green) * chromaScale * ONE);
    this.#crToGreen = Math.round(((-2 * red * (1 - red)) / green) * chromaScale * ONE);
  }

  /**
   * Writes a part of a picture as RGBA (alpha 255).
   *
   * @param part - begins at an even column and row, and ends at such, or at the edge of the picture.
   * @param pixels - receives each pixel as one number: three bytes of color below alpha. All machines that run JavaScript are little-endian.
   * @param steps - where pixels of the picture are in `pixels`.
   */
  convert(i420: Uint8Array, { left, top, right, bottom }: PixelBox, pixels: Uint32Array, steps: PixelSteps): void {
    const { first, stepX, stepY } = steps;
    const [width, lumaOf, cbStart, crStart] = [this.#width, this.#lumaOf, this.#cbStart, this.#crStart];
    const [crToRed, cbToGreen, crToGreen, cbToBlue] = [this.#crToRed, this.#cbToGreen, this.#crToGreen, this.#cbToBlue];
    const chromaWidth = (width + 1) >> 1;
    // Two rows and two columns at a time share one value of each kind of chroma.
    for (let row = top; row + 1 < bottom; row += 2) {
      let cb = cbStart + (row >> 1) * chromaWidth + (left >> 1);
      let cr = crStart + (row >> 1) * chromaWidth + (left >> 1);
      let to = first + left * stepX + row * stepY;
      const end = row * width + right - 1;
      for (let at = row * width + left; at < end; at += 2) {
        const u = i420[cb++] - 128;
        const v = i420[cr++] - 128;
        const r = Math.imul(crToRed, v) + CLAMP_BIAS;
        const g = Math.imul(cbToGreen, u) + Math.imul(crToGreen, v) + CLAMP_BIAS;
        const b = Math.imul(cbToBlue, u) + CLAMP_BIAS;
        pixels[to] = rgbaOf(lumaOf[i420[at]], r, g, b);
        pixels[to + stepX] = rgbaOf(lumaOf[i420[at + 1]], r, g, b);
        pixels[to + stepY] = rgbaOf(lumaOf[i420[at + width]], r, g, b);
        pixels[to + stepX + stepY] = rgbaOf(lumaOf[i420[at + width + 1]], r, g, b);
        to += 2 * stepX;
      }
    }
    // The last column and row of odd sizes.
    if (right & 1)
      for (let y = top; y < bottom; y++)
        pixels[first + (right - 1) * stepX + y * stepY] = this.pixelAt(i420, right - 1, y);
    if (bottom & 1)
      for (let x = left; x < right; x++)
        pixels[first + x * stepX + (bottom - 1) * stepY] = this.pixelAt(i420, x, bottom - 1);
  }

  /** Returns a pixel as {@link I420Converter.convert} writes it. */
  pixelAt(i420: Uint8Array, x: number, y: number): number {
    const chroma = (y >> 1) * ((this.#width + 1) >> 1) + (x >> 1);
    const u = i420[this.#cbStart + chroma] - 128;
    const v = i420[this.#crStart + chroma] - 128;
    const r = Math.imul(this.#crToRed, v) + CLAMP_BIAS;
    const g = Math.imul(this.#cbToGreen, u) + Math.imul(this.#crToGreen, v) + CLAMP_BIAS;
    const b = Math.imul(this.#cbToBlue, u) + CLAMP_BIAS;
    return rgbaOf(this.#lumaOf[i420[y * this.#width + x]], r, g, b);
  }
}

/** Returns a pixel of a luma and what its chroma adds to each color. */
function rgbaOf(luma: number, r: number, g: number, b: number): number {
  return clamped[(luma + r) >> 16] | (clamped[(luma + g) >> 16] << 8) | (clamped[(luma + b) >> 16] << 16) | OPAQUE;
}

/**
 * Returns RGBA (alpha 255) of an I420 picture whose planes lie one after another without padding.
 *
 * @param rgba - array for the result; by default a new one.
 * @param rows - which rows to convert, from an even one up to an even one or the last; by default all.
 * @throws RangeError when a byte count does not fit the size.
 */
export function i420ToRgba(
  i420: Uint8Array,
  width: number,
  height: number,
  encoding: YuvEncoding,
  rgba = new Uint8ClampedArray(width * height * 4),
  rows: Rows = { from: 0, to: height },
): Uint8ClampedArray<ArrayBuffer> {
  checkByteLength(i420.length, i420ByteLength(width, height), 'I420', width, height);
  checkByteLength(rgba.length, width * height * 4, 'RGBA', width, height);
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const part = { left: 0, top: rows.from, right: width, bottom: rows.to };
  const steps = { first: 0, stepX: 1, stepY: width };
  new I420Converter(width, height, encoding).convert(i420, part, pixels, steps);
  return rgba;
}

/**
 * Writes an RGBA picture [H,W,4] as I420 of even size into `i420`; an odd width or height grows by one repeated edge
 * column or row, since 4:2:0 video has no odd sizes. Alpha is ignored.
 *
 * @throws RangeError when a byte count does not fit the size.
 */
export function rgbaToEvenI420(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  { matrix, fullRange }: YuvEncoding,
  i420: Uint8Array,
): void {
  const evenWidth = width + (width & 1);
  const evenHeight = height + (height & 1);
  checkByteLength(rgba.length, width * height * 4, 'RGBA', width, height);
  checkByteLength(i420.length, i420ByteLength(evenWidth, evenHeight), 'I420', evenWidth, evenHeight);
  const [red, blue] = lumaWeights[matrix];
  const green = 1 - red - blue;
  const lumaScale = (fullRange ? 1 : 219 / 255) * ONE;
  const chromaScale = (fullRange ? 1 : 224 / 255) * ONE;
  const redToY = Math.round(red * lumaScale);
  const greenToY = Math.round(green * lumaScale);
  const blueToY = Math.round(blue * lumaScale);
  const yOffset = (fullRange ? 0 : 16 * ONE) + HALF;
  const redToCb = Math.round((-red / (2 * (1 - blue))) * chromaScale);
  const greenToCb = Math.round((-green / (2 * (1 - blue))) * chromaScale);
  const greenToCr = Math.round((-green / (2 * (1 - red))) * chromaScale);
  const blueToCr = Math.round((-blue / (2 * (1 - red))) * chromaScale);
  const blueToCb = -redToCb - greenToCb; // gray stays exactly gray, regardless of rounding
  const redToCr = -greenToCr - blueToCr;
  const chromaOffset = 4 * (128 * ONE + HALF) - 1; // four pixels are summed; chroma 255.5 must not reach 256

  let cb = evenWidth * evenHeight;
  let cr = cb + (evenWidth >> 1) * (evenHeight >> 1);
  for (let row = 0; row < evenHeight; row += 2) {
    const top = row * width * 4;
    const bottom = row + 1 < height ? top + width * 4 : top;
    let y0 = row * evenWidth;
    let y1 = y0 + evenWidth;
    for (let column = 0; column < evenWidth; column += 2) {
      const p0 = top + column * 4;
      const p2 = bottom + column * 4;
      const step = column + 1 < width ? 4 : 0;
      const p1 = p0 + step;
      const p3 = p2 + step;
      const r0 = rgba[p0];
      const g0 = rgba[p0 + 1];
      const b0 = rgba[p0 + 2];
      const r1 = rgba[p1];
      const g1 = rgba[p1 + 1];
      const b1 = rgba[p1 + 2];
      const r2 = rgba[p2];
      const g2 = rgba[p2 + 1];
      const b2 = rgba[p2 + 2];
      const r3 = rgba[p3];
      const g3 = rgba[p3 + 1];
      const b3 = rgba[p3 + 2];
      i420[y0++] = (redToY * r0 + greenToY * g0 + blueToY * b0 + yOffset) >> 16;
      i420[y0++] = (redToY * r1 + greenToY * g1 + blueToY * b1 + yOffset) >> 16;
      i420[y1++] = (redToY * r2 + greenToY * g2 + blueToY * b2 + yOffset) >> 16;
      i420[y1++] = (redToY * r3 + greenToY * g3 + blueToY * b3 + yOffset) >> 16;
      const r = r0 + r1 + r2 + r3;
      const g = g0 + g1 + g2 + g3;
      const b = b0 + b1 + b2 + b3;
      i420[cb++] = (redToCb * r + greenToCb * g + blueToCb * b + chromaOffset) >> 18;
      i420[cr++] = (redToCr * r + greenToCr * g + blueToCr * b + chromaOffset) >> 18;
    }
  }
}

function checkByteLength(actual: number, expected: number, format: string, width: number, height: number): void {
  if (actual !== expected) {
    throw new RangeError(`A ${width}×${height} picture in ${format} has ${expected} bytes (got ${actual}).`);
  }
}
