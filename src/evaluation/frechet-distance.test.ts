// Fréchet distances between features whose Gaussians are known.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.ts';
import { frechetDistance } from './frechet-distance.ts';

/** Features whose columns are independent, and have the given means and deviations exactly. */
function features(means: readonly number[], deviations: readonly number[]): Tensor<'float32'> {
  const rows = 2 ** means.length;
  const scale = Math.sqrt((rows - 1) / rows); // the covariance is unbiased
  const data = Array.from({ length: rows }, (_, row) =>
    means.map((mean, i) => mean + ((row >> i) & 1 ? 1 : -1) * deviations[i] * scale),
  );
  return Tensor.float32([rows, means.length], Float32Array.from(data.flat()));
}

describe('frechetDistance', () => {
  it('is 0 between the same features, and the squared distance of means that differ', () => {
    const a = features([1, 2, 3], [1, 0.5, 2]);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 6);
    expect(frechetDistance(a, features([4, 2, -1], [1, 0.5, 2]))).toBeCloseTo(9 + 16, 5);
  });

  it('is the squared difference of deviations of independent features', () => {
    expect(frechetDistance(features([0, 0], [1, 4]), features([0, 0], [3, 1]))).toBeCloseTo(4 + 9, 5);
  });

  it('takes fewer rows than features, and features that never change', () => {
    const a = Tensor.float32([2, 4], Float32Array.of(0, 0, 0, 5, 2, 0, 0, 5));
    const b = Tensor.float32([2, 4], Float32Array.of(0, 0, 0, 5, 0, 2, 0, 5));
    // Covariances of 2 along different axes; the means are √2 apart.
    expect(frechetDistance(a, b)).toBeCloseTo(2 + 2 + 2, 5);
  });

  it('refuses a single row, and features of other lengths', () => {
    const a = features([0, 0], [1, 1]);
    expect(() => frechetDistance(a, Tensor.float32([1, 2]))).toThrow('got [4, 2] and [1, 2]');
    expect(() => frechetDistance(a, features([0], [1]))).toThrow('got [4, 2] and [2, 1]');
  });
});
