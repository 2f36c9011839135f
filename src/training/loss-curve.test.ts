import { describe, expect, it } from 'vitest';
import { lossCurve } from './loss-curve.ts';

const entry = (step: number, loss: number) => ({ step, loss, learningRate: 1e-3, gradientNorm: 1, seconds: step });

describe('lossCurve', () => {
  it('falls to the right when the loss falls, within the picture', () => {
    const svg = lossCurve(
      Array.from({ length: 3000 }, (_, i) => entry(i + 1, 2 * 0.999 ** i)),
      'a <run>',
    );
    const points = /points="([^"]+)"/
      .exec(svg)![1]
      .split(' ')
      .map((pair) => pair.split(',').map(Number));
    expect(points.length).toBeLessThanOrEqual(600);
    for (const [index, [x, y]] of points.entries()) {
      expect(x).toBeGreaterThan(index === 0 ? 60 : points[index - 1][0]);
      expect(x).toBeLessThanOrEqual(760);
      expect(y).toBeGreaterThan(index === 0 ? 30 : points[index - 1][1]);
      expect(y).toBeLessThan(320);
    }
    expect(svg).toContain('a &#60;run&#62;');
    expect(svg.match(/<text[^>]*>0\.(5|2|1)</g)).toHaveLength(3);
  });

  it('has numbers at its side when the loss hardly changes', () => {
    const svg = lossCurve([entry(1, 0.081), entry(2, 0.078), entry(3, 0.062)], 'level');
    expect(Array.from(svg.matchAll(/text-anchor="end"[^>]*>([^<]+)</g), ([, label]) => label)).toEqual([
      '0.06',
      '0.07',
      '0.08',
    ]);
  });

  it('is drawn from a single step, and refused without any', () => {
    expect(lossCurve([entry(1, 0.5)], 'short')).toContain('<polyline');
    expect(() => lossCurve([], 'none')).toThrow('The log must have an entry');
  });
});
