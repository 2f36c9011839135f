import { describe, expect, it } from 'vitest';
import type { Point } from './geometry.ts';
import { quadraticFitWeights, smoothedLandmarks } from './landmark-smoothing.ts';

describe('quadraticFitWeights', () => {
  it('are those that Savitzky and Golay tabulated', () => {
    const times = (radius: number, factor: number): number[] =>
      quadraticFitWeights(radius).map((weight) => Math.round(weight * factor * 1e9) / 1e9);
    expect(times(2, 35)).toEqual([-3, 12, 17, 12, -3]);
    expect(times(3, 21)).toEqual([-2, 3, 6, 7, 6, 3, -2]);
    expect(times(4, 231)).toEqual([-21, 14, 39, 54, 59, 54, 39, 14, -21]);
  });
});

describe('smoothedLandmarks', () => {
  const track = Array.from({ length: 9 }, (_, i): Point[] => [
    [i % 2, 10 + 3 * i],
    [i * i, -i],
  ]);

  it('keeps quadratic motion and damps alternation', () => {
    const [first, second] = smoothedLandmarks(track, 4, 3);
    expect(first[0]).toBeCloseTo((7 + 2 * 3 * 0 + 2 * 6 * 1 + -2 * 2 * 1 - 7) / 21 + 0, 9);
    expect(first[1]).toBeCloseTo(22, 9);
    expect(second[0]).toBeCloseTo(16, 9);
    expect(second[1]).toBeCloseTo(-4, 9);
  });

  it('changes nothing at the ends of a track', () => {
    for (const frame of [0, 1, 7, 8]) expect(smoothedLandmarks(track, frame, 3)).toBe(track[frame]);
  });
});
