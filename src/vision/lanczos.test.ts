import { describe, expect, it } from 'vitest';
import { byteDifference, noiseImage, smoothImage } from '../../test/support/vision-images.ts';
import type { Image8 } from '../tensor/image.ts';
import { Lanczos4Resizer } from './lanczos.ts';
import type { Size } from './lanczos.ts';

/** The definition in floating point: normalized Lanczos weights with a = 4, edges repeated. */
function slowLanczos(image: Image8, target: Size): number[] {
  const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  const taps = (i: number, from: number, to: number): { index: number; weight: number }[] => {
    const position = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(position) - 3;
    const row = Array.from({ length: 8 }, (_, t) => ({
      index: Math.max(0, Math.min(from - 1, first + t)),
      weight: sinc(position - first - t) * sinc((position - first - t) / 4),
    }));
    const sum = row.reduce((total, { weight }) => total + weight, 0);
    return row.map(({ index, weight }) => ({ index, weight: weight / sum }));
  };
  const out: number[] = [];
  for (let y = 0; y < target.height; y++) {
    for (let x = 0; x < target.width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const row of taps(y, image.height, target.height)) {
          for (const column of taps(x, image.width, target.width)) {
            sum += row.weight * column.weight * image.data[(row.index * image.width + column.index) * 3 + channel];
          }
        }
        out.push(Math.max(0, Math.min(255, Math.round(sum))));
      }
    }
  }
  return out;
}

describe('Lanczos4Resizer', () => {
  it.each([
    [21, 28, 32, 32],
    [19, 13, 40, 9],
    [3, 2, 7, 8],
  ])('resizes %d×%d to %d×%d by the Lanczos formula', (width, height, targetWidth, targetHeight) => {
    const image = noiseImage(width, height, 3);
    const target = { width: targetWidth, height: targetHeight };
    const difference = byteDifference(
      new Lanczos4Resizer(image, target).resize(image.data),
      slowLanczos(image, target),
    );
    expect(difference.maximum).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.1); // 11-bit weights
  });

  it('copies an image of the same size', () => {
    const image = noiseImage(23, 17, 3);
    expect(Array.from(new Lanczos4Resizer(image, image).resize(image.data))).toEqual(Array.from(image.data));
  });

  it.each([0, 1, 127, 200, 254])('keeps a constant image of %d constant', (level) => {
    const source = { width: 210, height: 280 };
    const resizer = new Lanczos4Resizer(source, { width: 256, height: 256 });
    const result = resizer.resize(new Uint8Array(210 * 280 * 3).fill(level));
    expect(new Set(result)).toEqual(new Set([level]));
  });

  it('gives the same result when its buffers are used again', () => {
    const image = smoothImage(42, 56, 3);
    const resizer = new Lanczos4Resizer(image, { width: 64, height: 64 });
    const first = resizer.resize(image.data);
    resizer.resize(noiseImage(42, 56, 3).data);
    expect(resizer.resize(image.data)).toEqual(first);
  });

  it('refuses images of another size', () => {
    const resizer = new Lanczos4Resizer({ width: 4, height: 4 }, { width: 8, height: 8 });
    expect(() => resizer.resize(new Uint8Array(47))).toThrow('takes 48 bytes and gives 192 (got 47 and 192)');
  });
});
