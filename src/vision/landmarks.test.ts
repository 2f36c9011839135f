import { describe, expect, it } from 'vitest';
import type { Point } from './geometry.ts';
import { alignmentPointsFrom106, alignmentPointsFromMesh, roundAlignmentPoints } from './landmarks.ts';

/** All points at the origin but the given ones. */
function landmarks(count: number, places: Record<number, Point>): Point[] {
  return Array.from({ length: count }, (_, i): Point => places[i] ?? [0, 0]);
}

describe('alignmentPointsFrom106', () => {
  it('averages five points of each eyebrow and four of the nose', () => {
    const places = {
      ...Object.fromEntries([43, 48, 49, 50, 51].map((i) => [i, [10, i] as const])),
      ...Object.fromEntries([101, 102, 103, 104, 105].map((i) => [i, [i, 20] as const])),
      ...Object.fromEntries([74, 77, 83, 86].map((i) => [i, [i, 30] as const])),
    };
    expect(alignmentPointsFrom106(landmarks(106, places))).toEqual([
      [10, 48.2],
      [103, 20],
      [80, 30],
    ]);
  });

  it('refuses too few points', () => {
    expect(() => alignmentPointsFrom106(landmarks(68, {}))).toThrow('at least 106 points (got 68)');
  });
});

describe('alignmentPointsFromMesh', () => {
  it('lies on both eyebrows and on the nose, mirrored for a mirrored face', () => {
    const left = [70, 63, 105, 66, 107];
    const right = [300, 293, 334, 296, 336];
    const places = {
      ...Object.fromEntries(left.map((index, k) => [index, [-5 + k, 10 + k] as const])),
      ...Object.fromEntries(right.map((index, k) => [index, [5 - k, 10 + k] as const])),
      5: [0, 20] as const,
      4: [0, 24] as const,
      48: [-2, 26] as const,
      278: [2, 26] as const,
    };
    for (const count of [468, 478]) {
      expect(alignmentPointsFromMesh(landmarks(count, places))).toEqual([
        [-3, 12],
        [3, 12],
        [0, 24],
      ]);
    }
  });
});

describe('roundAlignmentPoints', () => {
  it('rounds halves to even', () => {
    expect(
      roundAlignmentPoints([
        [0.5, 1.5],
        [2.5, 3.49],
        [7.51, 12],
      ]),
    ).toEqual([
      [0, 2],
      [2, 3],
      [8, 12],
    ]);
  });
});
