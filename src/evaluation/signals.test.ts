// Figures of signals, on signals whose figures are known.
import { describe, expect, it } from 'vitest';
import { bestShift, correlation, gapCorrelation, interceptOf, mean, smoothed, squaredDeviations } from './signals.ts';

/** An aperiodic signal: every value is another sine's. */
function wave(length: number, late = 0): number[] {
  return Array.from({ length }, (_, i) => Math.sin((i - late) * 0.7) + 0.6 * Math.sin((i - late) * 0.31 + 1));
}

describe('correlation', () => {
  it('is 1 for the same signal in other units, and −1 for its opposite', () => {
    const signal = wave(50);
    expect(
      correlation(
        signal,
        signal.map((value) => 3 * value - 7),
      ),
    ).toBeCloseTo(1, 12);
    expect(
      correlation(
        signal,
        signal.map((value) => -value),
      ),
    ).toBeCloseTo(-1, 12);
  });

  it("is Pearson's", () => {
    // Deviations (−1.5, −0.5, 0.5, 1.5) and (−1, −1, 1, 1): 4 / √(5 · 4).
    expect(correlation([1, 2, 3, 4], [0, 0, 2, 2])).toBeCloseTo(4 / Math.sqrt(20), 12);
  });

  it('is 0 when one of the signals stands still', () => {
    expect(correlation([1, 2, 3], [5, 5, 5])).toBe(0);
  });

  it('refuses signals of different lengths', () => {
    expect(() => correlation([1, 2], [1])).toThrow('b must have 2 values, as a has (got 1)');
  });
});

describe('bestShift', () => {
  it.each([-3, -1, 0, 2, 5])('finds a signal that is %d frames late', (late) => {
    expect(bestShift([{ measured: wave(60, late), asked: wave(60) }], 5)).toBe(late);
  });

  it('is of all pairs together', () => {
    const late = { measured: wave(60, 2), asked: wave(60) };
    const still = { measured: wave(60).fill(1), asked: wave(60) };
    expect(bestShift([still, late, still], 5)).toBe(2);
  });
});

it('a line through points gives its value at 0', () => {
  expect(interceptOf([1, 2, 3, 4], [5, 7, 9, 11])).toBeCloseTo(3, 12);
  expect(interceptOf([2, 2], [5, 7])).toBe(6);
});

it('means and deviations', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
  expect(squaredDeviations([1, 2, 6])).toBe(14);
  expect(squaredDeviations([])).toBe(0);
});

it('smoothing keeps the mean of a constant and spreads a peak over three frames', () => {
  expect(smoothed([2, 2, 2])).toEqual([2, 2, 2]);
  expect(smoothed([0, 0, 4, 0, 0])).toEqual([0, 1, 2, 1, 0]);
});

describe('gapCorrelation', () => {
  const signal = [3, 1, 4, 1, 5, 9, 2, 6];
  it('leaves out what is not known, and shifts', () => {
    const gaps = [3, NaN, 4, 1, 5, NaN, 2, 6];
    expect(gapCorrelation(gaps, signal)).toBeCloseTo(1, 12);
    expect(gapCorrelation(signal, [0, 0, ...signal], { shift: 2 })).toBeCloseTo(1, 12);
    expect(gapCorrelation(signal, signal.toReversed(), { from: 2, to: 6 })).toBeCloseTo(
      correlation([4, 1, 5, 9], [9, 5, 1, 4]),
      12,
    );
  });

  it('is unknown of too few values, and of a constant one', () => {
    expect(gapCorrelation(signal, signal, { fewest: 9 })).toBeUndefined();
    const constant = signal.map(() => 0.1 + 0.2);
    expect(gapCorrelation(signal, constant)).toBeUndefined();
    expect(gapCorrelation(constant, constant)).toBeUndefined();
  });
});
