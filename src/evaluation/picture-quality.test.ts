// PSNR, SSIM, flicker and changes of made pictures whose figures are known.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { flicker, greatestChange, psnr, ssim, type Faces } from './picture-quality.ts';

const SIDE = 32;
const whole = { x: 0, y: 0, width: SIDE, height: SIDE };

/** Gray frames of given brightness at each pixel. */
function faces(frames: number, value: (frame: number, x: number, y: number) => number): Faces {
  const data = new Uint8Array(frames * SIDE * SIDE * 3);
  for (let i = 0; i < frames * SIDE * SIDE; i++) {
    const pixel = i % (SIDE * SIDE);
    data.fill(value(Math.floor(i / (SIDE * SIDE)), pixel % SIDE, Math.floor(pixel / SIDE)), 3 * i, 3 * i + 3);
  }
  return new Tensor('uint8', [frames, SIDE, SIDE, 3], data);
}

const pattern = (_: number, x: number, y: number): number => 100 + ((x * 7 + y * 13) % 50);

describe('psnr', () => {
  it('of an error of 5 everywhere is 20 log(255 / 5)', () => {
    const off = faces(2, (...at) => pattern(...at) + 5);
    expect(psnr(faces(2, pattern), off, whole)).toBeCloseTo(20 * Math.log10(51), 10);
    expect(psnr(off, off, whole)).toBe(Infinity);
  });

  it('sees nothing outside the region', () => {
    const off = faces(1, (frame, x, y) => (x < 8 ? 0 : pattern(frame, x, y)));
    expect(psnr(faces(1, pattern), off, { x: 8, y: 0, width: 24, height: 32 })).toBe(Infinity);
  });
});

describe('ssim', () => {
  it('of the same pictures is 1', () => {
    expect(ssim(faces(2, pattern), faces(2, pattern), whole)).toBeCloseTo(1, 12);
  });

  it('of two constants is the term of luminance alone', () => {
    const [a, b] = [100, 120];
    const c1 = (0.01 * 255) ** 2;
    const expected = (2 * a * b + c1) / (a * a + b * b + c1);
    expect(
      ssim(
        faces(1, () => a),
        faces(1, () => b),
        whole,
      ),
    ).toBeCloseTo(expected, 10);
  });

  it('of a pattern against its mirrored brightness is negative', () => {
    const negative = faces(1, (...at) => 250 - pattern(...at));
    expect(ssim(faces(1, pattern), negative, whole)).toBeLessThan(-0.5);
  });

  it('refuses a region smaller than its window', () => {
    expect(() => ssim(faces(1, pattern), faces(1, pattern), { x: 0, y: 0, width: 10, height: 20 })).toThrow(
      'at least 11×11 pixels (got 10×20)',
    );
  });
});

describe('flicker', () => {
  it('of steady brightening is none, of alternating by 6 is 6', () => {
    expect(
      flicker(
        faces(5, (frame) => 100 + 10 * frame),
        whole,
      ),
    ).toBeCloseTo(0, 10);
    expect(
      flicker(
        faces(5, (frame) => 100 + 6 * (frame % 2)),
        whole,
      ),
    ).toBeCloseTo(6, 10);
  });
});

describe('greatestChange', () => {
  it('heeds only what the mask keeps', () => {
    const changed = faces(2, (frame, x, y) => pattern(frame, x, y) + (x < 4 ? 50 : frame === 1 && x === 20 ? 3 : 0));
    const mask = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE < 4 ? 0 : 1));
    expect(greatestChange(faces(2, pattern), changed, mask)).toBe(3);
    expect(greatestChange(faces(2, pattern), faces(2, pattern), mask)).toBe(0);
  });
});
