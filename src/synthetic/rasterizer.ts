// Which triangle covers each sample of the picture: z-buffered scan conversion of projected triangles.

/** Decides at a sample inside triangle t, with barycentric weights of its corners 1 and 2, whether the surface is there. */
export type CoverageTest = (t: number, w1: number, w2: number) => boolean;

/** How triangles of one material are drawn. */
export interface RasterMaterial {
  /** Whether they are seen from behind too; defaults to false. */
  twoSided?: boolean;
  /** Cuts holes; absent for solid surfaces. */
  coverage?: CoverageTest;
}

/** What {@link VisibilityBuffer.draw} needs to know of the triangles. */
export interface Drawing {
  /** [n, 3] sample coordinates x (right) and y (down), and distance from the camera. */
  projected: Float32Array;
  /** [m, 3] vertex indices; fronts run counter-clockwise as seen on the picture. */
  triangles: Uint32Array;
  /** [m] index of each triangle's material. */
  materials: Uint8Array;
  looks: readonly RasterMaterial[];
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

  /** Clears everything drawn. */
  clear(): void {
    this.depth.fill(Infinity);
    this.triangle.fill(-1);
  }

  /** Draws triangles. Samples lie at the centers of raster cells; one on a shared edge belongs to the triangle drawn first. */
  draw({ projected, triangles, materials, looks }: Drawing): void {
    const { width, height, depth, triangle } = this;
    const twoSided = looks.map((look) => look.twoSided ?? false);
    const coverage = looks.map((look) => look.coverage);
    for (let t = 0; t < materials.length; t++) {
      const a = 3 * triangles[3 * t];
      const b = 3 * triangles[3 * t + 1];
      const c = 3 * triangles[3 * t + 2];
      const ax = projected[a];
      const ay = projected[a + 1];
      const ux = projected[b] - ax;
      const uy = projected[b + 1] - ay;
      const vx = projected[c] - ax;
      const vy = projected[c + 1] - ay;
      // y points down: a front has negative area.
      const area = ux * vy - uy * vx;
      if (area === 0 || (area > 0 && !twoSided[materials[t]])) continue;
      const firstY = Math.max(0, Math.ceil(ay + Math.min(0, uy, vy) - 0.5));
      const lastY = Math.min(height - 1, Math.floor(ay + Math.max(0, uy, vy) - 0.5));
      if (firstY > lastY) continue;
      const leftmost = Math.max(0, Math.ceil(ax + Math.min(0, ux, vx) - 0.5));
      const rightmost = Math.min(width - 1, Math.floor(ax + Math.max(0, ux, vx) - 0.5));
      if (leftmost > rightmost) continue;
      const test = coverage[materials[t]];
      const inverse = 1 / area;
      const az = projected[a + 2];
      const bz = projected[b + 2] - az;
      const cz = projected[c + 2] - az;
      // Weights of corners b and c, and of a, change by these steps with x; the row's span is where none is negative.
      const w1x = vy * inverse;
      const w2x = -uy * inverse;
      const w0x = -w1x - w2x;
      const zx = w1x * bz + w2x * cz;
      const [zero0, zero1, zero2] = [-1 / w0x, -1 / w1x, -1 / w2x];
      for (let y = firstY; y <= lastY; y++) {
        const dy = y + 0.5 - ay;
        const w1 = -dy * vx * inverse;
        const w2 = dy * ux * inverse;
        const w0 = 1 - w1 - w2;
        let low = leftmost + 0.5 - ax;
        let high = rightmost + 0.5 - ax;
        if (w0x > 0) low = Math.max(low, w0 * zero0);
        else if (w0x < 0) high = Math.min(high, w0 * zero0);
        if (w1x > 0) low = Math.max(low, w1 * zero1);
        else if (w1x < 0) high = Math.min(high, w1 * zero1);
        if (w2x > 0) low = Math.max(low, w2 * zero2);
        else if (w2x < 0) high = Math.min(high, w2 * zero2);
        const first = Math.ceil(low + ax - 0.5 - 1e-9);
        const last = Math.floor(high + ax - 0.5 + 1e-9);
        let dx = first + 0.5 - ax;
        let z = az + (w1 + dx * w1x) * bz + (w2 + dx * w2x) * cz;
        for (let index = y * width + first, end = y * width + last; index <= end; index++, dx++, z += zx) {
          if (z >= depth[index] || (test !== undefined && !test(t, w1 + dx * w1x, w2 + dx * w2x))) continue;
          depth[index] = z;
          triangle[index] = t;
        }
      }
    }
  }
}
