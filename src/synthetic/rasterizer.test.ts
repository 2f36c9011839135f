// Scan conversion: every sample inside a triangle, none outside, nearest surface in front, fronts only.
import { describe, expect, it } from 'vitest';
import { VisibilityBuffer, type RasterMaterial } from './rasterizer.ts';

function drawn(width: number, height: number, triangles: number[][][], look: RasterMaterial = {}): VisibilityBuffer {
  const buffer = new VisibilityBuffer(width, height);
  buffer.draw({
    projected: Float32Array.from(triangles.flat(2)),
    triangles: Uint32Array.from({ length: 3 * triangles.length }, (_, i) => i),
    materials: new Uint8Array(triangles.length),
    looks: [look],
  });
  return buffer;
}

const front = [
  [1, 1, 5],
  [1, 9, 5],
  [9, 9, 5],
];

describe('VisibilityBuffer', () => {
  it('covers exactly the samples whose centers lie inside', () => {
    const { triangle } = drawn(10, 10, [front]);
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 10; x++) {
        const inside = x + 0.5 >= 1 && y + 0.5 <= 9 && x + 0.5 <= y + 0.5;
        expect(triangle[10 * y + x], `sample ${x},${y}`).toBe(inside ? 0 : -1);
      }
    }
  });

  it('leaves no gap along the edge that two triangles share', () => {
    const corners = [
      [0.3, 0.2, 3],
      [0.7, 19.6, 3],
      [19.4, 19.1, 3],
      [18.9, 0.6, 3],
    ];
    const [a, b, c, d] = corners;
    const both = drawn(20, 20, [
      [a, b, c],
      [a, c, d],
    ]);
    for (let y = 2; y < 18; y++)
      for (let x = 2; x < 18; x++) expect(both.triangle[20 * y + x]).toBeGreaterThanOrEqual(0);
  });

  it('keeps the nearest surface and its interpolated depth, whatever the order', () => {
    const far = front.map(([x, y]) => [x, y, 8]);
    const near = front.map(([x, y]) => [x, y, 2 + x]);
    for (const order of [
      [far, near],
      [near, far],
    ]) {
      const { triangle, depth } = drawn(10, 10, order);
      expect(triangle[10 * 7 + 3]).toBe(order.indexOf(near));
      expect(depth[10 * 7 + 3]).toBeCloseTo(5.5, 4);
      // Beyond x = 6 the flat one is nearer.
      expect(triangle[10 * 8 + 7]).toBe(order.indexOf(far));
    }
  });

  it('skips backs unless the material shows them', () => {
    const back = [front[0], front[2], front[1]];
    expect(drawn(10, 10, [back]).triangle[10 * 7 + 3]).toBe(-1);
    expect(drawn(10, 10, [back], { twoSided: true }).triangle[10 * 7 + 3]).toBe(0);
  });

  it('cuts holes where the material says so', () => {
    const { triangle } = drawn(10, 10, [front], { coverage: (_, w1) => w1 < 0.5 });
    // Corner 1 is the lower left one.
    expect(triangle[10 * 8 + 1]).toBe(-1);
    expect(triangle[10 * 2 + 1]).toBe(0);
  });
});
