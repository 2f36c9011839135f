// Delaunay triangulation of points in the plane (Bowyer–Watson with a walk to the containing triangle).

/**
 * Returns the Delaunay triangles of the points as vertex indices, counter-clockwise, three for each triangle.
 *
 * @param points - x and y of each point, alternating; no two may coincide.
 */
export function delaunay(points: Float64Array): Uint32Array {
  const count = points.length / 2;
  const bounds = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  for (let i = 0; i < count; i++) {
    bounds[0] = Math.min(bounds[0], points[2 * i]);
    bounds[1] = Math.min(bounds[1], points[2 * i + 1]);
    bounds[2] = Math.max(bounds[2], points[2 * i]);
    bounds[3] = Math.max(bounds[3], points[2 * i + 1]);
  }
  const size = 50 * Math.max(bounds[2] - bounds[0], bounds[3] - bounds[1], 1e-9);
  const midX = (bounds[0] + bounds[2]) / 2;
  const midY = (bounds[1] + bounds[3]) / 2;
  const xs = new Float64Array(count + 3);
  const ys = new Float64Array(count + 3);
  for (let i = 0; i < count; i++) {
    xs[i] = points[2 * i]!;
    ys[i] = points[2 * i + 1]!;
  }
  xs.set([midX - size, midX + size, midX], count);
  ys.set([midY - size, midY - size, midY + size], count);

  // Triangle t has corners[3t…] and, across the edge opposite to corner k, the neighbor neighbors[3t+k] (−1: none).
  const corners: number[] = [count, count + 1, count + 2];
  const neighbors: number[] = [-1, -1, -1];
  const alive: boolean[] = [true];
  const side = (a: number, b: number, p: number): number =>
    (xs[b] - xs[a]) * (ys[p] - ys[a]) - (ys[b] - ys[a]) * (xs[p] - xs[a]);
  const inCircle = (t: number, p: number): boolean => {
    const ax = xs[corners[3 * t]] - xs[p];
    const ay = ys[corners[3 * t]] - ys[p];
    const bx = xs[corners[3 * t + 1]] - xs[p];
    const by = ys[corners[3 * t + 1]] - ys[p];
    const cx = xs[corners[3 * t + 2]] - xs[p];
    const cy = ys[corners[3 * t + 2]] - ys[p];
    const a2 = ax * ax + ay * ay;
    const b2 = bx * bx + by * by;
    const c2 = cx * cx + cy * cy;
    return ax * (by * c2 - cy * b2) - ay * (bx * c2 - cx * b2) + a2 * (bx * cy - cx * by) > 0;
  };

  let last = 0;
  for (let p = 0; p < count; p++) {
    let t = last;
    for (let crossed = true; crossed;) {
      crossed = false;
      for (let k = 0; k < 3; k++) {
        const next = neighbors[3 * t + k];
        if (next >= 0 && side(corners[3 * t + ((k + 1) % 3)], corners[3 * t + ((k + 2) % 3)], p) < 0) {
          t = next;
          crossed = true;
          break;
        }
      }
    }
    last = insert(p, t);
  }

  function insert(p: number, containing: number): number {
    const cavity = [containing];
    const inCavity = new Set(cavity);
    const rim: { a: number; b: number; outer: number }[] = [];
    for (let index = 0; index < cavity.length; index++) {
      const t = cavity[index];
      for (let k = 0; k < 3; k++) {
        const next = neighbors[3 * t + k];
        if (next >= 0 && inCavity.has(next)) continue;
        if (next >= 0 && inCircle(next, p)) {
          inCavity.add(next);
          cavity.push(next);
        } else {
          rim.push({ a: corners[3 * t + ((k + 1) % 3)], b: corners[3 * t + ((k + 2) % 3)], outer: next });
        }
      }
    }
    // An edge met before its outer triangle joined the cavity is interior after all.
    const edges = rim.filter(({ outer }) => outer < 0 || !inCavity.has(outer));
    for (const t of cavity) alive[t] = false;
    const byStart = new Map<number, number>();
    const created = edges.map(({ a, b, outer }, index) => {
      const t = index < cavity.length ? cavity[index] : alive.length;
      alive[t] = true;
      corners[3 * t] = p;
      corners[3 * t + 1] = a;
      corners[3 * t + 2] = b;
      neighbors[3 * t] = outer;
      byStart.set(a, t);
      if (outer >= 0) {
        for (let k = 0; k < 3; k++)
          if (corners[3 * outer + k] !== a && corners[3 * outer + k] !== b) neighbors[3 * outer + k] = t;
      }
      return t;
    });
    edges.forEach(({ b }, index) => {
      const t = created[index];
      const next = byStart.get(b)!;
      neighbors[3 * t + 1] = next;
      neighbors[3 * next + 2] = t;
    });
    return created[0];
  }

  const triangles: number[] = [];
  for (let t = 0; t < alive.length; t++) {
    const [a, b, c] = [corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]];
    if (alive[t] && a < count && b < count && c < count) triangles.push(a, b, c);
  }
  return Uint32Array.from(triangles);
}
