import { describe, expect, it } from 'vitest';
import { byteDifference, cropMatrix, noiseImage, smoothImage } from '../../test/support/vision-images.ts';
import { invertAffine, transformPoint } from './geometry.ts';
import type { AffineMatrix } from './geometry.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { warpAffine } from './warp.ts';

/** The definition, pixel by pixel: bilinear, constant outside, truncated. */
function slowWarp(image: Image8, matrix: AffineMatrix, width: number, height: number, fill: number): number[] {
  const inverse = invertAffine(matrix);
  const at = (x: number, y: number, channel: number): number =>
    x >= 0 && y >= 0 && x < image.width && y < image.height
      ? image.data[(y * image.width + x) * image.channels + channel]
      : fill;
  return Array.from({ length: width * height * 3 }, (_, i) => {
    const [u, v] = transformPoint(inverse, [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]);
    const [x, y] = [Math.floor(u), Math.floor(v)];
    const above = (1 - (u - x)) * at(x, y, i % 3) + (u - x) * at(x + 1, y, i % 3);
    const below = (1 - (u - x)) * at(x, y + 1, i % 3) + (u - x) * at(x + 1, y + 1, i % 3);
    return Math.floor((1 - (v - y)) * above + (v - y) * below + 1e-6);
  });
}

describe('warpAffine', () => {
  it.each([3, 4] as const)('copies an image of %d channels under the identity', (channels) => {
    const image = noiseImage(31, 22, channels);
    const copy = warpAffine(image, [1, 0, 0, 0, 1, 0], 31, 22);
    const colors = Array.from(image.data).filter((_, i) => i % channels < 3);
    expect(Array.from(copy.data)).toEqual(colors);
  });

  it('moves whole pixels without mixing them and fills the rest', () => {
    const image = noiseImage(5, 4, 3);
    const result = warpAffine(image, [1, 0, 2, 0, 1, 1], 6, 5, { fill: 9 });
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 6; x++) {
        const inside = x >= 2 && y >= 1;
        expect(result.data[(y * 6 + x) * 3]).toBe(inside ? image.data[((y - 1) * 5 + x - 2) * 3] : 9);
      }
    }
  });

  it.each([
    [3, 0.7, 14],
    [4, 2.3, -33],
    [4, 0.31, 171],
    [4, 1, 90],
  ] as const)('equals the definition for %d channels, scale %d, %d degrees', (channels, scale, degrees) => {
    const image = noiseImage(60, 47, channels);
    const matrix = cropMatrix({ width: 52, height: 40 }, { x: 41, y: 14, scale, degrees });
    const result = warpAffine(image, matrix, 52, 40, { fill: 200 });
    const difference = byteDifference(result.data, slowWarp(image, matrix, 52, 40, 200));
    expect(difference.maximum).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.001);
  });

  it('keeps a constant image constant', () => {
    const image = createImage8(40, 40, 4, new Uint8Array(6400).fill(200));
    const result = warpAffine(
      image,
      cropMatrix({ width: 20, height: 20 }, { x: 20, y: 20, scale: 1.3, degrees: 7 }),
      20,
      20,
    );
    expect(new Set(result.data)).toEqual(new Set([200]));
  });

  it('comes close to the original when warped back', () => {
    const image = smoothImage(120, 100, 3);
    const matrix = cropMatrix({ width: 240, height: 240 }, { x: 60, y: 50, scale: 1.8, degrees: 11 });
    const there = warpAffine(image, matrix, 240, 240);
    const back = warpAffine(there, invertAffine(matrix), 120, 100);
    for (let y = 20; y < 80; y++) {
      for (let x = 20; x < 100; x++) {
        const i = (y * 120 + x) * 3;
        expect(Math.abs(back.data[i] - image.data[i])).toBeLessThanOrEqual(4);
      }
    }
  });

  it('fills everything when the image is out of sight', () => {
    const result = warpAffine(noiseImage(10, 10, 4), [1, 0, 500, 0, 1, 0], 8, 8);
    expect(new Set(result.data)).toEqual(new Set([127]));
  });

  it('reads RGBA pixels at any offset in a buffer', () => {
    const image = noiseImage(9, 7, 4);
    const shifted = new Uint8Array(image.data.length + 1);
    shifted.set(image.data, 1);
    const moved = createImage8(9, 7, 4, shifted.subarray(1));
    const matrix = cropMatrix({ width: 9, height: 7 }, { x: 4, y: 3, scale: 1.1, degrees: 5 });
    expect(warpAffine(moved, matrix, 9, 7).data).toEqual(warpAffine(image, matrix, 9, 7).data);
  });
});
