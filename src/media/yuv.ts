// 8-bit Y'CbCr 4:2:0 (I420) ↔ RGBA: [H,W] + 2·[H/2,W/2] ↔ [H,W,4]. Chroma is repeated on the way out and averaged on
// the way back, so untouched pixels return to their original values.

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

/**
 * Returns RGBA (alpha 255) of an I420 picture whose planes lie one after another without padding.
 *
 * @param rgba - array for the result; by default a new one.
 * @param rows - which rows to convert; by default all.
 * @throws RangeError when a byte count does not fit the size.
 */
export function i420ToRgba(
  i420: Uint8Array,
  width: number,
  height: number,
  { matrix, fullRange }: YuvEncoding,
  rgba = new Uint8ClampedArray(width * height * 4),
  rows: Rows = { from: 0, to: height },
): Uint8ClampedArray<ArrayBuffer> {
  checkByteLength(i420.length, i420ByteLength(width, height), 'I420', width, height);
  checkByteLength(rgba.length, width * height * 4, 'RGBA', width, height);
  const [red, blue] = lumaWeights[matrix];
  const green = 1 - red - blue;
  const lumaScale = fullRange ? 1 : 255 / 219;
  const chromaScale = fullRange ? 1 : 255 / 224;
  const lumaOffset = fullRange ? 0 : 16;
  const fromLuma = Math.round(lumaScale * ONE);
  const crToRed = Math.round(2 * (1 - red) * chromaScale * ONE);
  const cbToBlue = Math.round(2 * (1 - blue) * chromaScale * ONE);
  const cbToGreen = Math.round(((-2 * blue * (1 - blue)) / green) * chromaScale * ONE);
  const crToGreen = Math.round(((-2 * red * (1 - red)) / green) * chromaScale * ONE);

  const lumaOf = Int32Array.from({ length: 256 }, (_, value) => fromLuma * (value - lumaOffset));

  // A pixel is written as one number: three clamped bytes below alpha. All machines that run JavaScript are little-endian.
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const chromaWidth = (width + 1) >> 1;
  const cbStart = width * height;
  const crStart = cbStart + chromaWidth * ((height + 1) >> 1);
  for (let row = rows.from; row < rows.to; row++) {
    let cb = cbStart + (row >> 1) * chromaWidth;
    let cr = crStart + (row >> 1) * chromaWidth;
    const end = (row + 1) * width;
    for (let at = row * width; at < end; at += 2) {
      const u = i420[cb++] - 128;
      const v = i420[cr++] - 128;
      const r = Math.imul(crToRed, v) + CLAMP_BIAS;
      const g = Math.imul(cbToGreen, u) + Math.imul(crToGreen, v) + CLAMP_BIAS;
      const b = Math.imul(cbToBlue, u) + CLAMP_BIAS;
      const y0 = lumaOf[i420[at]];
      pixels[at] = clamped[(y0 + r) >> 16] | (clamped[(y0 + g) >> 16] << 8) | (clamped[(y0 + b) >> 16] << 16) | OPAQUE;
      if (at + 1 === end) break;
      const y1 = lumaOf[i420[at + 1]];
      pixels[at + 1] =
        clamped[(y1 + r) >> 16] | (clamped[(y1 + g) >> 16] << 8) | (clamped[(y1 + b) >> 16] << 16) | OPAQUE;
    }
  }
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
