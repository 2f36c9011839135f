// Which triangle covers each sample of the picture: z-buffered scan conversion of projected triangles.

/** Decides at a sample inside triangle t, with barycentric weights of its corners 1 and 2, whether the surface is there. */
export type CoverageTest = (t: number, w1: number, w2: number) => boolean;

/** What {@link VisibilityBuffer.draw} needs to know of the triangles. */
export interface Drawing {
  /** [n, 3] sample coordinates x (right) and y (down), and distance from the camera. */
  projected: Float32Array;
  /** [m, 3] vertex indices; front faces run clockwise in the picture, as counter-clockwise ones do after y points down. */
  triangles: Uint32Array;
  /** Whether triangle t is seen from behind too; defaults to never. */
  twoSided?: (t: number) => boolean;
  /** Returns the test for triangle t, or undefined when the triangle is solid. */
  coverage?: (t: number) => CoverageTest | undefined;
}

/** The nearest triangle and its distance at each sample of a `width` × `height` raster. */
export class VisibilityBuffer {
  readonly width: number;
  readonly height: number;
  /** Distance from the camera of the nearest surface; Infinity where there is none. */
  readonly depth: Float32Array;
  /** Index of the nearest triangle; −1 where there is none. */
  readonly triangle: Int32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.depth = new Float32Array(width * height);
    this.triangle = new Int32Array(width * height);
    this.clear();
  }

  /** Forgets all that was drawn. */
  clear(): void {
    this.depth.fill(Infinity);
    this.triangle.fill(-1);
  }

  /** Draws triangles; samples lie at the centres of raster cells, edges belong to the triangle on their right or below. */
  draw({ projected, triangles, twoSided, coverage }: Drawing): void {
    const count = triangles.length / 3;
    const { width, height, depth, triangle } = this;
    for (let t = 0; t < count; t++) {
      const a = 3 * triangles[3 * t]!;
      const b = 3 * triangles[3 * t + 1]!;
      const c = 3 * triangles[3 * t + 2]!;
      const ax = projected[a]!;
      const ay = projected[a + 1]!;
      const bx = projected[b]!;
      const by = projected[b + 1]!;
      const cx = projected[c]!;
      const cy = projected[c + 1]!;
      const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
      // Counter-clockwise in space (y up) is a negative area here, where y points down.
      if (area === 0 || (area > 0 && !twoSided?.(t))) continue;
      const firstX = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
      const lastX = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
      const firstY = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
      const lastY = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
      if (firstX > lastX || firstY > lastY) continue;
      const test = coverage?.(t);
      const inverse = 1 / area;
      const az = projected[a + 2]!;
      const bz = projected[b + 2]! - az;
      const cz = projected[c + 2]! - az;
      // Barycentric weights of corners b and c and their steps in x and y.
      const w1x = (cy - ay) * inverse;
      const w1y = -(cx - ax) * inverse;
      const w2x = -(by - ay) * inverse;
      const w2y = (bx - ax) * inverse;
      const startX = firstX + 0.5 - ax;
      for (let y = firstY; y <= lastY; y++) {
        const dy = y + 0.5 - ay;
        let w1 = startX * w1x + dy * w1y;
        let w2 = startX * w2x + dy * w2y;
        let index = y * width + firstX;
        for (let x = firstX; x <= lastX; x++, index++, w1 += w1x, w2 += w2x) {
          if (w1 < 0 || w2 < 0 || w1 + w2 > 1) continue;
          const z = az + w1 * bz + w2 * cz;
          if (z >= depth[index]! || (test && !test(t, w1, w2))) continue;
          depth[index] = z;
          triangle[index] = t;
        }
      }
    }
  }
}
