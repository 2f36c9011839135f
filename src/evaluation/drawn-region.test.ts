// Color, border and flicker of drawn regions, on faces whose figures are known.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { pasteOpacity } from '../vision/paste-opacity.ts';
import { borderStep, colorDifference, skinFlicker } from './drawn-region.ts';
import type { Faces } from './picture-quality.ts';

const SIZE = 64;
const opacity = pasteOpacity(SIZE);

/** Frames of given colors at each pixel. */
function faces(frames: number, color: (frame: number, pixel: number) => readonly [number, number, number]): Faces {
  const data = new Uint8Array(frames * SIZE * SIZE * 3);
  for (let i = 0; i < frames * SIZE * SIZE; i++) {
    data.set(color(Math.floor(i / (SIZE * SIZE)), i % (SIZE * SIZE)), 3 * i);
  }
  return new Tensor('uint8', [frames, SIZE, SIZE, 3], data);
}
const gray = (level: number) => [level, level, level] as const;
const texture = (pixel: number): number => 100 + ((pixel * 37) % 23);
const source = faces(1, (_, pixel) => gray(texture(pixel)));

describe('colorDifference', () => {
  const region = { x: 10, y: 40, width: 8, height: 8 };

  it('is the distance in L*a*b*', () => {
    // L* of sRGB 119 and 128 is 50.03 and 53.59; a* and b* of pure red are 80.1 and 67.2 at L* 53.2.
    const whole = (color: readonly [number, number, number]): Faces => faces(2, () => color);
    expect(colorDifference(whole(gray(119)), whole(gray(128)), region)[1]).toBeCloseTo(53.59 - 50.03, 1);
    expect(colorDifference(whole(gray(0)), whole([255, 0, 0]), region)[0]).toBeCloseTo(Math.hypot(53.2, 80.1, 67.2), 0);
  });

  it('is of the region alone, and of its mean', () => {
    const swapped = faces(1, (_, pixel) => gray(texture(pixel ^ 1)));
    expect(colorDifference(source, swapped, region)[0]).toBeCloseTo(0, 10);
    const elsewhere = faces(1, (_, pixel) => gray(pixel < 20 * SIZE ? 0 : texture(pixel)));
    expect(colorDifference(source, elsewhere, region)).toEqual([0]);
  });
});

describe('borderStep', () => {
  it('is none of the source itself, whatever edges it has', () => {
    expect(borderStep(source, source)).toEqual({ mean: 0, percentile99: 0 });
  });

  it('is nearly the height of a region that is brighter', () => {
    const brighter = faces(1, (_, pixel) => gray(texture(pixel) + (opacity[pixel] >= 0.5 ? 8 : 0)));
    const { mean, percentile99 } = borderStep(source, brighter);
    expect(mean).toBeGreaterThan(6.5);
    expect(mean).toBeLessThan(8);
    expect(percentile99).toBeLessThanOrEqual(8.01);
  });

  it('counts a step in a part of the border in the percentile', () => {
    const part = faces(1, (_, pixel) => gray(texture(pixel) + (opacity[pixel] >= 0.5 && pixel % SIZE < 6 ? 40 : 0)));
    const { mean, percentile99 } = borderStep(source, part);
    expect(percentile99).toBeGreaterThan(4 * mean);
  });

  it('wants faces of the same shape', () => {
    expect(() =>
      borderStep(
        source,
        faces(2, () => gray(0)),
      ),
    ).toThrow('[1, 64, 64, 3] (got [2, 64, 64, 3])');
  });
});

describe('skinFlicker', () => {
  const alternating = (height: number): Faces =>
    faces(6, (frame, pixel) => gray(texture(pixel) + height * (frame % 2)));

  it('is relative to that of the source', () => {
    expect(skinFlicker(alternating(4), alternating(6))).toBeCloseTo(1.5, 10);
  });

  it('sees no mouth and nothing beyond the drawn region', () => {
    const mouth = faces(6, (frame, pixel) => {
      const isMouth = Math.hypot((pixel % SIZE) - SIZE / 2, pixel / SIZE - 0.635 * SIZE) < 0.1 * SIZE;
      return gray(texture(pixel) + 4 * (frame % 2) + (isMouth || pixel < 0.3 * SIZE * SIZE ? 50 * (frame % 2) : 0));
    });
    expect(skinFlicker(alternating(4), mouth)).toBeCloseTo(1, 10);
  });
});
