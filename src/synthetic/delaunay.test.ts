// Delaunay triangulation: covers the hull, counter-clockwise, and no circumcircle holds another point.
import { describe, expect, it } from 'vitest';
import { delaunay } from './delaunay.ts';
import { SeededRandom } from './random.ts';

describe('delaunay', () => {
  const random = new SeededRandom(5);
  const points = Float64Array.from({ length: 400 }, () => random.uniform(-3, 3));
  const triangles = delaunay(points);
  const area = (t: number): number => {
    const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]];
    const [ax, ay] = [points[2 * a], points[2 * a + 1]];
    return ((points[2 * b] - ax) * (points[2 * c + 1] - ay) - (points[2 * b + 1] - ay) * (points[2 * c] - ax)) / 2;
  };

  it('makes counter-clockwise triangles that use every point', () => {
    for (let t = 0; t < triangles.length / 3; t++) expect(area(t)).toBeGreaterThan(0);
    expect(new Set(triangles).size).toBe(200);
  });

  it('leaves every circumcircle empty', () => {
    for (let t = 0; t < triangles.length / 3; t += 7) {
      const [a, b, c] = [0, 1, 2].map((k) => triangles[3 * t + k]) as [number, number, number];
      const [ax, ay, bx, by, cx, cy] = [a, b, c].flatMap((i) => [points[2 * i], points[2 * i + 1]]) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const d = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by));
      const ux =
        ((ax * ax + ay * ay) * (by - cy) + (bx * bx + by * by) * (cy - ay) + (cx * cx + cy * cy) * (ay - by)) / d;
      const uy =
        ((ax * ax + ay * ay) * (cx - bx) + (bx * bx + by * by) * (ax - cx) + (cx * cx + cy * cy) * (bx - ax)) / d;
      const radius = Math.hypot(ax - ux, ay - uy);
      for (let i = 0; i < 200; i++) {
        const distance = Math.hypot(points[2 * i] - ux, points[2 * i + 1] - uy);
        if (i !== a && i !== b && i !== c && distance < radius - 1e-7) expect.fail(`point ${i} lies in circle ${t}`);
      }
    }
  });

  it('covers a square exactly', () => {
    const square = delaunay(Float64Array.from([0, 0, 1, 0, 1, 1, 0, 1, 0.4, 0.6]));
    expect(square.length / 3).toBe(4);
  });
});
