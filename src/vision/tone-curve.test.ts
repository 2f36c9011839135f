import { describe, expect, it } from 'vitest';
import { toneCurveOf } from './tone-curve.ts';

const white = { pq: 0.5806888810416109, hlg: 0.75 }; // 203 nits (ITU-R BT.2408)

describe.each(['pq', 'hlg'] as const)('the curve of %s', (transfer) => {
  const { toSdr, toHdr } = toneCurveOf(transfer)!;
  const sdr = (value: number): number => {
    const color = Float64Array.of(value, value, value);
    toSdr(color);
    return color[1];
  };

  it('shows black as black, and keeps grays in order, without limiting any', () => {
    expect(sdr(0)).toBeCloseTo(0, 6);
    let before = -1;
    for (let i = 0; i <= 100; i++) {
      const value = sdr(i / 100);
      expect(value).toBeGreaterThanOrEqual(before);
      if (i > 20) expect(value).toBeGreaterThan(before);
      before = value;
    }
    expect(before).toBeCloseTo(1, 3);
  });

  it('shows white of pictures as bright, and leaves room for what is brighter', () => {
    expect(sdr(white[transfer])).toBeGreaterThan(0.75);
    expect(sdr(white[transfer])).toBeLessThan(0.95);
  });

  it('has an inverse', () => {
    for (const r of [0, 0.1, 0.35, 0.6, 0.9, 1]) {
      for (const g of [0, 0.2, 0.5, 0.8, 1]) {
        for (const b of [0, 0.3, 0.7, 1]) {
          const color = Float64Array.of(r, g, b);
          toHdr(color);
          for (const value of color) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1 + 1e-9);
          }
          toSdr(color);
          // Some colors of the screen lie a little outside what rounded constants of the two primaries map back.
          [r, g, b].forEach((value, i) => {
            expect(Math.abs(color[i] - value)).toBeLessThan(0.01);
          });
        }
      }
    }
  });
});

describe('SDR', () => {
  it('has no curve', () => {
    expect(toneCurveOf('sdr')).toBeUndefined();
  });
});
