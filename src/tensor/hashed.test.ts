import { describe, expect, it } from 'vitest';
import { fillHashed, hashedParameterRange } from './hashed.ts';

describe('fillHashed', () => {
  it('gives the same values for a tensor whole or in parts', () => {
    const whole = new Float32Array(100);
    const part = new Float32Array(40);
    fillHashed(whole, 'a');
    fillHashed(part, 'a', 1, 0, 60);
    expect(part).toEqual(whole.slice(60));
    expect(new Set(whole).size).toBeGreaterThan(95);
    expect(Math.max(...whole.map(Math.abs))).toBeLessThanOrEqual(1);
  });
});

describe('hashedParameterRange', () => {
  it('scales weights by fan-in and centers norm weights at one', () => {
    expect(hashedParameterRange('conv.weight', [8, 4, 3, 3]).scale).toBeCloseTo(Math.sqrt(3 / 36), 12);
    expect(hashedParameterRange('norm.weight', [8])).toEqual({ scale: 0.1, offset: 1 });
    expect(hashedParameterRange('norm.bias', [8])).toEqual({ scale: 0.05, offset: 0 });
  });
});
