import { describe, expect, it } from 'vitest';
import { intersectionOverUnion, invertAffine, transformPoint } from './geometry.ts';

describe('invertAffine', () => {
  it('undoes a transform', () => {
    const matrix = [1.5, -0.3, 20, 0.4, 1.2, -7] as const;
    const [x, y] = transformPoint(invertAffine(matrix), transformPoint(matrix, [3, 4]));
    expect(x).toBeCloseTo(3, 12);
    expect(y).toBeCloseTo(4, 12);
  });

  it('refuses a transform onto a line', () => {
    expect(() => invertAffine([1, 2, 0, 2, 4, 0])).toThrow('has no inverse (determinant 0)');
    expect(() => invertAffine([NaN, 0, 0, 0, 1, 0])).toThrow(RangeError);
  });
});

describe('intersectionOverUnion', () => {
  it('is 1 for equal boxes, 0 for disjoint ones, and the ratio of areas between', () => {
    const box = { x: 10, y: 10, width: 20, height: 10 };
    expect(intersectionOverUnion(box, box)).toBe(1);
    expect(intersectionOverUnion(box, { ...box, x: 30 })).toBe(0);
    expect(intersectionOverUnion(box, { ...box, x: 20 })).toBeCloseTo(100 / 300, 12);
  });
});
