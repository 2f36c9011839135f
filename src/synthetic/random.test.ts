// Seeded numbers and noise.
import { describe, expect, it } from 'vitest';
import { noise2, SeededRandom } from './random.ts';

describe('SeededRandom', () => {
  it('repeats a seed and tells seeds and forks apart', () => {
    const take = (random: SeededRandom): number[] => Array.from({ length: 5 }, () => random.next());
    expect(take(new SeededRandom(3))).toEqual(take(new SeededRandom(3)));
    expect(take(new SeededRandom(3))).not.toEqual(take(new SeededRandom(4)));
    const used = new SeededRandom(3);
    take(used);
    expect(take(used.fork('a'))).toEqual(take(new SeededRandom(3).fork('a')));
    expect(take(used.fork('a'))).not.toEqual(take(used.fork('b')));
  });

  it('is uniform and normal as it says', () => {
    const random = new SeededRandom(11);
    const uniform = Array.from({ length: 4000 }, () => random.next());
    const normal = Array.from({ length: 4000 }, () => random.normal(2, 3));
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(Math.abs(mean(normal) - 2)).toBeLessThan(0.15);
    expect(Math.sqrt(mean(normal.map((value) => (value - 2) ** 2)))).toBeCloseTo(3, 0);
  });
});

describe('noise2', () => {
  it('is smooth and stays within ±1', () => {
    for (let i = 0; i < 500; i++) {
      const [x, y] = [i * 0.173 - 40, i * 0.311 - 70];
      expect(Math.abs(noise2(x, y, 1))).toBeLessThanOrEqual(1);
      expect(Math.abs(noise2(x + 1e-4, y, 1) - noise2(x, y, 1))).toBeLessThan(1e-3);
    }
  });
});
