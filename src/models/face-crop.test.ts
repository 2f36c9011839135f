import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import type { RotatedSquare } from '../vision/geometry.ts';
import { CropMemory, cropToFrame, CropSource } from './face-crop.ts';

/** An RGB image whose red is 2·x, green is 2·y and blue is 50. */
function ramps(width: number, height: number): Image8 {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([2 * (i % width), 2 * Math.floor(i / width), 50], i * 3);
  return createImage8(width, height, 3, data);
}

function square(centerX: number, centerY: number, side: number, angle = 0): RotatedSquare {
  return { centerX, centerY, side, angle };
}

describe('CropSource', () => {
  it('cuts out pixels as they are', () => {
    // Eight pixels from column 10 and row 20 on: their middle lies between the fourth and the fifth.
    const where = square(13.5, 23.5, 8);
    const crop = new CropSource(ramps(64, 64), where, 8).crop(where, 8);
    expect(Array.from(crop.subarray(0, 6))).toEqual([20, 40, 50, 22, 40, 50]);
    expect(Array.from(crop.subarray(8 * 3, 8 * 3 + 3))).toEqual([20, 42, 50]);
  });

  it.each([
    ['enlarged', square(30.2, 31.7, 6, 0.3)],
    ['shrunk a little', square(30.2, 31.7, 20, -0.5)],
    ['shrunk by means of blocks', square(30.2, 31.7, 40, 0.2)],
  ])('shows at every pixel, %s, what is at its place in the frame', (_, where) => {
    const size = 12;
    const crop = new CropSource(ramps(64, 64), where, size).crop(where, size);
    for (const [x, y] of [
      [0, 0],
      [11, 0],
      [5, 7],
      [11, 11],
    ]) {
      const [frameX, frameY] = cropToFrame(where, size, x, y);
      expect(Math.abs(crop[(y * size + x) * 3] - 2 * frameX)).toBeLessThan(0.51);
      expect(Math.abs(crop[(y * size + x) * 3 + 1] - 2 * frameY)).toBeLessThan(0.51);
    }
  });

  it('averages what it shrinks', () => {
    const checkered = createImage8(
      64,
      64,
      3,
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return (pixel + Math.floor(pixel / 64)) % 2 === 0 ? 0 : 200;
      }),
    );
    const where = square(31.5, 31.5, 32);
    const crop = new CropSource(checkered, where, 8).crop(where, 8);
    expect(new Set(crop)).toEqual(new Set([100]));
  });

  it('continues with the nearest pixel beyond the frame, or with black', () => {
    const where = square(0, 32, 16);
    const nearest = new CropSource(ramps(64, 64), where, 16).crop(where, 16);
    expect(Array.from(nearest.subarray(0, 3))).toEqual([0, 49, 50]);
    const black = new CropSource(ramps(64, 64), where, 16, { border: 'black' }).crop(where, 16);
    expect(Array.from(black.subarray(0, 3))).toEqual([0, 0, 0]);
    expect(black[15 * 3 + 2]).toBe(50);
  });

  it.each(['nearest', 'black'] as const)(
    'is the same of RGB and RGBA, and in memory used before, with %s beyond the frame',
    (border) => {
      const rgb = ramps(64, 48);
      const rgba = createImage8(64, 48, 4, new Uint8Array(64 * 48 * 4).fill(255));
      for (let i = 0; i < 64 * 48; i++) rgba.data.set(rgb.data.subarray(3 * i, 3 * i + 3), 4 * i);
      const memory = new CropMemory();
      for (const where of [square(50, 5, 40, 0.4), square(30, 24, 100), square(10, 40, 12, -1)]) {
        using source = new CropSource(rgba, where, 8, { border, memory });
        expect(source.crop(where, 8)).toEqual(new CropSource(rgb, where, 8, { border }).crop(where, 8));
      }
    },
  );

  it('serves crops that move within its region', () => {
    const source = new CropSource(ramps(64, 64), square(30, 30, 32), 8);
    const moved = square(32, 29, 32, 0.1);
    const [frameX, frameY] = cropToFrame(moved, 8, 2, 5);
    const crop = source.crop(moved, 8);
    expect(Math.abs(crop[(5 * 8 + 2) * 3] - 2 * frameX)).toBeLessThan(0.51);
    expect(Math.abs(crop[(5 * 8 + 2) * 3 + 1] - 2 * frameY)).toBeLessThan(0.51);
  });
});
