import { describe, expect, it } from 'vitest';
import { invertAffine, transformPoint } from './geometry.ts';
import type { AffineMatrix } from './geometry.ts';
import { AffineSmoother, estimateSimilarity, faceTemplate } from './similarity.ts';
import type { AlignmentPoints } from './similarity.ts';

const template = faceTemplate(256);

function moved(matrix: AffineMatrix): AlignmentPoints {
  return [
    transformPoint(matrix, template.points[0]),
    transformPoint(matrix, template.points[1]),
    transformPoint(matrix, template.points[2]),
  ];
}

function expectClose(actual: readonly number[], expected: readonly number[], digits = 9): void {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits);
  });
}

describe('faceTemplate', () => {
  it('is 210×280 at 256 and 420×560 at 512', () => {
    expect(faceTemplate(256)).toMatchObject({ width: 210, height: 280 });
    expect(faceTemplate(512)).toMatchObject({ width: 420, height: 560 });
  });
});

describe('estimateSimilarity', () => {
  it.each([0, 20, 90, 179, -140])('recovers a turn of %d degrees exactly', (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const [cos, sin] = [0.7 * Math.cos(angle), 0.7 * Math.sin(angle)];
    const placed: AffineMatrix = [cos, -sin, 300, sin, cos, 80];
    const { affineMatrix, noseBias } = estimateSimilarity(moved(placed), template.points);
    expectClose(affineMatrix, invertAffine(placed));
    if (degrees === 0) expectClose(noseBias, [0, 0]);
  });

  it('stays a rotation when the points are mirrored', () => {
    const { affineMatrix } = estimateSimilarity(moved([-1, 0, 400, 0, 1, 0]), template.points);
    const [a, b, , c, d] = affineMatrix;
    expect(a).toBeCloseTo(d, 12);
    expect(b).toBeCloseTo(-c, 12);
    expect(a * d - b * c).toBeGreaterThan(0);
  });

  it('refuses points that coincide', () => {
    const point = [5, 5] as const;
    expect(() => estimateSimilarity([point, point, point], template.points)).toThrow('must differ and be finite');
    expect(() => estimateSimilarity([[NaN, 0], point, point], template.points)).toThrow('must differ and be finite');
  });
});

describe('AffineSmoother', () => {
  const first: AlignmentPoints = [
    [100, 100],
    [180, 104],
    [141, 160],
  ];
  const second: AlignmentPoints = [
    [101, 100],
    [181, 104],
    [145, 150],
  ];

  it('adds the nose bias, four fifths new and one fifth old', () => {
    const smoother = new AffineSmoother(template.points);
    const one = estimateSimilarity(first, template.points);
    const two = estimateSimilarity(second, template.points);
    const matrix = smoother.next(first);
    expect(matrix[2]).toBeCloseTo(one.affineMatrix[2] + one.noseBias[0], 12);
    expect(smoother.next(second)[5]).toBeCloseTo(
      two.affineMatrix[5] + 0.2 * one.noseBias[1] + 0.8 * two.noseBias[1],
      12,
    );
  });

  it('starts anew after a reset', () => {
    const smoother = new AffineSmoother(template.points);
    smoother.next(first);
    smoother.reset();
    expect(smoother.next(second)).toEqual(new AffineSmoother(template.points).next(second));
  });
});
