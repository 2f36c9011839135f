import { describe, expect, it } from 'vitest';
import type { FaceDetection } from '../vision/face-selection.ts';
import { nonMaxSuppression, weightedNonMaxSuppression } from './face-candidates.ts';

function face(x: number, score: number): FaceDetection {
  return { box: { x, y: 0, width: 10, height: 10 }, score, landmarks: [[x + 1, 2]] };
}

describe('nonMaxSuppression', () => {
  it('keeps the best of overlapping faces and all that stand apart', () => {
    // Boxes shifted by 2 of 10 overlap by 8 / 12, by 6 of 10 by 4 / 16.
    const kept = nonMaxSuppression([face(2, 0.7), face(0, 0.9), face(6, 0.6), face(100, 0.8)], 0.4);
    expect(kept.map(({ box, score }) => [box.x, score])).toEqual([
      [0, 0.9],
      [100, 0.8],
      [6, 0.6],
    ]);
  });

  it('compares with kept faces only', () => {
    // The second is dropped for the first; the third overlaps with the second alone.
    expect(nonMaxSuppression([face(0, 0.9), face(3, 0.8), face(6, 0.7)], 0.4).map(({ box }) => box.x)).toEqual([0, 6]);
  });
});

describe('weightedNonMaxSuppression', () => {
  it('blends overlapping faces by score and keeps the best score', () => {
    const [blended, apart] = weightedNonMaxSuppression([face(3, 0.25), face(0, 0.75), face(50, 0.5)], 0.3);
    expect(blended.box).toEqual({ x: 0.75, y: 0, width: 10, height: 10 });
    expect(blended.landmarks).toEqual([[1.75, 2]]);
    expect(blended.score).toBe(0.75);
    expect(apart).toEqual(face(50, 0.5));
  });

  it('returns nothing for no candidates', () => {
    expect(weightedNonMaxSuppression([], 0.3)).toEqual([]);
  });
});
