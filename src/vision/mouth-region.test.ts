// The mouth's region of a face, in pixels and in latents, and the weights that go with it.
import { describe, expect, it } from 'vitest';
import { mouthRegion, mouthWeights } from './mouth-region.ts';

describe('mouthRegion', () => {
  it('is the middle half of the width, from 55 to 95 % of the height', () => {
    expect(mouthRegion(128)).toEqual({ x: 32, y: 70, width: 64, height: 52 });
  });

  it('covers in latents what it covers in pixels', () => {
    expect(mouthRegion(16)).toEqual({ x: 4, y: 8, width: 8, height: 8 });
  });
});

describe('mouthWeights', () => {
  it('has a mean of 1 and counts the mouth by so much more', () => {
    const weights = mouthWeights(32, 3);
    expect(weights.reduce((sum, value) => sum + value, 0) / weights.length).toBeCloseTo(1, 5);
    expect(weights[24 * 32 + 16] / weights[0]).toBeCloseTo(4, 5);
    expect(new Set(mouthWeights(32, 0))).toEqual(new Set([1]));
  });
});
