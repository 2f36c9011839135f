import { describe, expect, it } from 'vitest';
import { SmoothFill } from './smooth-fill.ts';

const SIZE = 32;
const grid = (value: (x: number, y: number) => number): Float32Array =>
  Float32Array.from({ length: SIZE * SIZE }, (_, i) => value(i % SIZE, Math.floor(i / SIZE)));

describe('SmoothFill', () => {
  it('continues a constant into gaps of any width', () => {
    const known = grid((x, y) => (Math.hypot(x - 16, y - 16) < 10 || x > 27 ? 0 : 1));
    const filled = new SmoothFill(SIZE, 1).fill(
      known.map((weight) => (weight > 0 ? 7 : 1000)),
      known,
    );
    for (const value of filled) expect(value).toBeCloseTo(7, 4);
  });

  it('bridges a gap between two values without a step, and stays between them', () => {
    const known = grid((x) => (x < 8 || x >= 24 ? 1 : 0));
    const filled = new SmoothFill(SIZE, 1).fill(
      grid((x) => (x < 16 ? 0 : 100)),
      known,
    );
    const row = Array.from(filled.subarray(16 * SIZE, 17 * SIZE));
    expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...row)).toBeLessThanOrEqual(100);
    for (let x = 1; x < SIZE; x++) expect(Math.abs(row[x] - row[x - 1])).toBeLessThan(25);
    expect(row[2]).toBeLessThan(5);
    expect(row[29]).toBeGreaterThan(95);
  });

  it('fills each channel by itself, and only those that are asked for', () => {
    const ones = new Float32Array(SIZE * SIZE).fill(1);
    const values = new Float32Array(2 * SIZE * SIZE).fill(3);
    values.fill(5, SIZE * SIZE);
    const fill = new SmoothFill(SIZE, 2);
    const both = fill.fill(values, ones);
    expect(both[40]).toBeCloseTo(3, 4);
    expect(both[SIZE * SIZE + 40]).toBeCloseTo(5, 4);
    values.fill(1);
    const first = fill.fill(values, ones, 1);
    expect(first[40]).toBeCloseTo(1, 4);
    expect(first[SIZE * SIZE + 40]).toBeCloseTo(5, 4);
  });

  it('is 0 where nothing is known at all', () => {
    const filled = new SmoothFill(4, 1).fill(new Float32Array(16).fill(9), new Float32Array(16));
    expect(Array.from(filled)).toEqual(Array.from({ length: 16 }, () => 0));
  });

  it('wants a power of two', () => {
    expect(() => new SmoothFill(48, 1)).toThrow('size must be a power of two (got 48)');
  });
});
