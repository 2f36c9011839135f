// Images, matrices and references for tests of src/vision: deterministic, and computed the slow and obvious way.
import { createImage8, type Image8 } from '../../src/tensor/image.ts';
import type { AffineMatrix } from '../../src/vision/geometry.ts';

/** Returns an image of independent bytes. */
export function noiseImage(width: number, height: number, channels: 3 | 4): Image8 {
  const image = createImage8(width, height, channels);
  for (let i = 0; i < image.data.length; i++) image.data[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
  return image;
}

/** Returns an image of smooth waves. */
export function smoothImage(width: number, height: number, channels: 3 | 4): Image8 {
  const image = createImage8(width, height, channels);
  for (let i = 0; i < image.data.length; i++) {
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    image.data[i] = 128 + 90 * Math.sin(x / 13 + (i % channels)) * Math.cos(y / 17);
  }
  return image;
}

/** Returns the matrix that maps frame pixels to a crop of the given size, centered at (x, y), turned and scaled. */
export function cropMatrix(
  crop: { width: number; height: number },
  { x, y, scale, degrees }: { x: number; y: number; scale: number; degrees: number },
): AffineMatrix {
  const cos = scale * Math.cos((degrees * Math.PI) / 180);
  const sin = scale * Math.sin((degrees * Math.PI) / 180);
  return [cos, sin, crop.width / 2 - cos * x - sin * y, -sin, cos, crop.height / 2 + sin * x - cos * y];
}

/** Returns how many bytes differ, and the largest and the mean difference. */
export function byteDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): { count: number; maximum: number; mean: number } {
  if (actual.length !== expected.length) throw new Error(`${actual.length} bytes against ${expected.length}`);
  const result = { count: 0, maximum: 0, mean: 0 };
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference > 0) result.count++;
    result.maximum = Math.max(result.maximum, difference);
    result.mean += difference / expected.length;
  }
  return result;
}
