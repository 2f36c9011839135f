// Brightness and color differences of encoded planes [3,H,W] (BT.601, as JPEG and small videos have them), and what is done to them.
import { antialiasedBicubicTaps, areaTaps, bilinearTaps } from '../../vision/resize-taps.ts';
import { resizePlanes } from '../../vision/resize.ts';
import { gaussianBlur, type PlaneSize } from './blur.ts';

const RED = 0.299;
const BLUE = 0.114;
const GREEN = 1 - RED - BLUE;

/** Turns red, green and blue into luma 0 … 1 and color differences −½ … ½, in place. */
export function toLumaChroma(planes: Float32Array): void {
  const size = planes.length / 3;
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [planes[i], planes[size + i], planes[2 * size + i]];
    const luma = RED * r + GREEN * g + BLUE * b;
    planes[i] = luma;
    planes[size + i] = (b - luma) / (2 * (1 - BLUE));
    planes[2 * size + i] = (r - luma) / (2 * (1 - RED));
  }
}

/** The inverse of {@link toLumaChroma}, in place. */
export function toRgb(planes: Float32Array): void {
  const size = planes.length / 3;
  for (let i = 0; i < size; i++) {
    const luma = planes[i];
    const b = luma + 2 * (1 - BLUE) * planes[size + i];
    const r = luma + 2 * (1 - RED) * planes[2 * size + i];
    planes[i] = r;
    planes[size + i] = (luma - RED * r - BLUE * b) / GREEN;
    planes[2 * size + i] = b;
  }
}

/** Unsharp masking of the luma, in place: halos included. */
export function sharpen(
  planes: Float32Array,
  size: PlaneSize,
  { amount, radius }: { amount: number; radius: number },
): void {
  if (amount === 0) return;
  const luma = planes.subarray(0, size.width * size.height);
  const soft = luma.slice();
  gaussianBlur(soft, size, radius);
  for (let i = 0; i < luma.length; i++) luma[i] += amount * (luma[i] - soft[i]);
}

/** Returns planes that have lost what a picture smaller by `factor` cannot hold. */
export function coarsened(planes: Float32Array, { width, height }: PlaneSize, factor: number): Float32Array {
  if (factor === 1) return planes;
  const [columns, rows] = [Math.round(width / factor), Math.round(height / factor)];
  const small = resizePlanes(planes, 3, areaTaps(height, rows), areaTaps(width, columns));
  return resizePlanes(small, 3, antialiasedBicubicTaps(rows, height), antialiasedBicubicTaps(columns, width));
}

/**
 * Halves the resolution of color differences [2, H, W] along each axis, changes them there, and interpolates them again, in place.
 */
export function atHalfResolution(
  chroma: Float32Array,
  { width, height }: PlaneSize,
  change: (half: Float32Array, size: PlaneSize) => void,
): void {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = resizePlanes(chroma, 2, areaTaps(height, rows), areaTaps(width, columns));
  change(half, { width: columns, height: rows });
  chroma.set(resizePlanes(half, 2, bilinearTaps(rows, height), bilinearTaps(columns, width)));
}
