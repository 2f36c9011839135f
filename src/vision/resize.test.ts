import { describe, expect, it } from 'vitest';
import { noiseImage } from '../../test/support/vision-images.ts';
import { createImage8 } from '../tensor/image.ts';
import { resizeArea, resizeNearest, resizePlanes } from './resize.ts';
import { antialiasedBicubicTaps, areaTaps, bilinearTaps } from './resize-taps.ts';

describe('resampling weights', () => {
  it.each([
    [antialiasedBicubicTaps, 64, 53],
    [antialiasedBicubicTaps, 64, 70],
    [antialiasedBicubicTaps, 2, 9],
    [bilinearTaps, 16, 256],
    [bilinearTaps, 30, 7],
    [areaTaps, 50, 7],
    [areaTaps, 5, 5],
  ])('%o from %d to %d add up to 1 within the input', (tapsOf, inputSize, outputSize) => {
    const { starts, weights, count } = tapsOf(inputSize, outputSize);
    for (let i = 0; i < outputSize; i++) {
      expect(weights.subarray(i * count, (i + 1) * count).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(starts[i]).toBeGreaterThanOrEqual(0);
      expect(starts[i] + count).toBeLessThanOrEqual(inputSize);
    }
  });
});

describe('resizePlanes', () => {
  it('enlarges bilinearly between pixel centers, repeating the edges', () => {
    const taps = bilinearTaps(2, 4);
    const wide = resizePlanes(Float32Array.of(0, 8), 1, bilinearTaps(1, 1), taps);
    expect(Array.from(wide)).toEqual([0, 2, 6, 8]);
  });

  it('keeps a ramp a ramp under the cubic kernel, exactly when enlarged and nearly when reduced', () => {
    const ramp = Float32Array.from({ length: 40 }, (_, x) => x);
    for (const size of [33, 64]) {
      const out = resizePlanes(ramp, 1, bilinearTaps(1, 1), antialiasedBicubicTaps(40, size));
      for (let x = 4; x < size - 4; x++) expect(out[x]).toBeCloseTo(((x + 0.5) * 40) / size - 0.5, size > 40 ? 4 : 1);
    }
  });

  it('treats planes apart', () => {
    const planes = Float32Array.from({ length: 2 * 6 * 6 }, (_, i) => (i < 36 ? 3 : 5));
    const out = resizePlanes(planes, 2, antialiasedBicubicTaps(6, 5), antialiasedBicubicTaps(6, 7));
    expect(new Set(Array.from(out.subarray(0, 35), (value) => value.toFixed(4)))).toEqual(new Set(['3.0000']));
    expect(new Set(Array.from(out.subarray(35), (value) => value.toFixed(4)))).toEqual(new Set(['5.0000']));
  });

  it('refuses planes of another size', () => {
    expect(() => resizePlanes(new Float32Array(5), 1, bilinearTaps(2, 4), bilinearTaps(2, 4))).toThrow(
      'planes of shape [1, 2, 2] need 4 elements (got 5)',
    );
  });
});

describe('resizeNearest', () => {
  it('takes the pixel at floor(i · in / out)', () => {
    const plane = Float32Array.from({ length: 24 }, (_, i) => i);
    expect(Array.from(resizeNearest(plane, [4, 6], [2, 4]))).toEqual([0, 1, 3, 4, 12, 13, 15, 16]);
  });
});

describe('resizeArea', () => {
  it('averages what each pixel covers', () => {
    const image = createImage8(4, 2, 3);
    [0, 10, 20, 40, 4, 6, 80, 60].forEach((value, i) => image.data.fill(value, i * 3, i * 3 + 3));
    expect(Array.from(resizeArea(image, 2, 1).data)).toEqual([5, 5, 5, 50, 50, 50]);
  });

  it('enlarges as OpenCV 4.6 does, also along an axis that shrinks then', () => {
    const image = createImage8(4, 2, 3);
    [10, 90, 250, 30, 0, 200, 100, 40].forEach((value, i) => image.data.fill(value, i * 3, i * 3 + 3));
    const [wide, narrow] = [resizeArea(image, 7, 5), resizeArea(image, 3, 5)];
    const row = (picture: typeof image, y: number): number[] =>
      Array.from({ length: picture.width }, (_, x) => picture.data[3 * (y * picture.width + x)]);
    expect([row(wide, 1), row(wide, 2), row(wide, 4)]).toEqual([
      [10, 30, 90, 170, 250, 85, 30],
      [5, 40, 145, 160, 175, 70, 35],
      [0, 50, 200, 150, 100, 55, 40],
    ]);
    expect([row(narrow, 0), row(narrow, 2)]).toEqual([
      [30, 170, 85],
      [40, 160, 70],
    ]);
  });

  it('copies an image of the same size', () => {
    const image = noiseImage(9, 5, 4);
    expect(resizeArea(image, 9, 5).data).toEqual(image.data);
  });
});
