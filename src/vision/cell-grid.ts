// CellGrid: means over the cells of a grid [G,G] that lies over an aligned face, of the face's own planes and of pictures' planes.
import type { Plane } from '../tensor/picture.ts';
import type { AffineMatrix } from './geometry.ts';
import type { Span } from './warp.ts';

/** Cells along an axis, at most. */
const LARGEST_GRID = 64;

/** Of the lines of large faces, only so many are looked at for each row of cells. */
const LINES_PER_CELL = 4;

/** Where a plane's samples are seen: its lines [first, end), and of a line the samples [first, end). */
export interface PlaneArea {
  lines: Span;
  samples: (line: number) => Span;
}

/**
 * Averages values over cells with the weights by which cells are interpolated bilinearly: a value belongs to the four cells around
 * it, the nearer, the more. Owns its tables.
 */
export class CellGrid {
  /** G. */
  readonly size: number;
  readonly #resolution: number;
  /** `[R]`: the first of the two nearest cells of each row or column, and how near the other is. */
  readonly #cells: Int32Array;
  readonly #nearness: Float32Array;
  /** `[G]`: sums of the weights of rows or columns. */
  readonly #totals: Float32Array;
  /** `[G, G]` */
  readonly #weights: Float32Array;
  /** `[R]` */
  readonly #above: Float32Array;
  readonly #below: Float32Array;

  /** @param resolution - side of the faces in pixels. */
  constructor(resolution: number) {
    const size = 2 ** Math.floor(Math.log2(Math.min(LARGEST_GRID, resolution / 2)));
    const places = Array.from({ length: resolution }, (_, x) =>
      Math.min(size - 1, Math.max(0, ((x + 0.5) * size) / resolution - 0.5)),
    );
    this.size = size;
    this.#resolution = resolution;
    this.#cells = Int32Array.from(places, (place) => Math.min(size - 2, Math.floor(place)));
    this.#nearness = Float32Array.from(places, (place, x) => place - this.#cells[x]);
    this.#totals = new Float32Array(size);
    for (let x = 0; x < resolution; x++) {
      this.#totals[this.#cells[x]] += 1 - this.#nearness[x];
      this.#totals[this.#cells[x] + 1] += this.#nearness[x];
    }
    this.#weights = new Float32Array(size * size);
    this.#above = new Float32Array(resolution);
    this.#below = new Float32Array(resolution);
  }

  /** Returns the matrix to cells that belongs to one to the face's pixels. */
  toCells([a, b, tx, c, d, ty]: AffineMatrix): AffineMatrix {
    const scale = this.size / this.#resolution;
    const shift = (t: number): number => (t + 0.5) * scale - 0.5;
    return [a * scale, b * scale, shift(tx), c * scale, d * scale, shift(ty)];
  }

  /** Returns the means of a plane of the face, `[R, R]`. */
  meansOfFace(values: Float32Array): Float32Array {
    const [size, resolution, cells, nearness, totals] = [
      this.size,
      this.#resolution,
      this.#cells,
      this.#nearness,
      this.#totals,
    ];
    // Along the columns first, a row of sums for the cells above and one for those below.
    let above = this.#above.fill(0);
    let below = this.#below.fill(0);
    const means = new Float32Array(size * size);
    const gather = (sums: Float32Array, cellRow: number): void => {
      const to = cellRow * size;
      for (let x = 0; x < resolution; x++) {
        const part = nearness[x] * sums[x];
        means[to + cells[x]] += sums[x] - part;
        means[to + cells[x] + 1] += part;
      }
    };
    for (let y = 0, row = 0; y < resolution; y++) {
      if (cells[y] > row) {
        gather(above, row++);
        [above, below] = [below, above.fill(0)];
      }
      const low = nearness[y];
      const high = 1 - low;
      for (let x = 0, i = y * resolution; x < resolution; x++, i++) {
        above[x] += high * values[i];
        below[x] += low * values[i];
      }
    }
    gather(above, size - 2);
    gather(below, size - 1);
    for (let i = 0; i < means.length; i++) means[i] /= totals[i % size] * totals[Math.floor(i / size)];
    return means;
  }

  /**
   * Returns the means of a picture's plane, 0 where it has no samples. Where a cell has eight lines or more, it skips some.
   *
   * @param toCells - maps samples to cells.
   * @param area - samples to look at, all of them between the centers of the outermost cells.
   */
  meansOfPlane(plane: Plane, toCells: AffineMatrix, { lines, samples }: PlaneArea): Float32Array {
    const { data, offset, step, stride } = plane;
    const [a, b, tx, c, d, ty] = toCells;
    const { size } = this;
    const weights = this.#weights.fill(0);
    const means = new Float32Array(size * size);
    const linesPerCell = 1 / Math.sqrt(Math.abs(a * d - b * c));
    const lineStep = Math.max(1, Math.floor(linesPerCell / LINES_PER_CELL));
    for (let y = lines[0]; y < lines[1]; y += lineStep) {
      const rowU = b * y + tx;
      const rowV = d * y + ty;
      const [first, end] = samples(y);
      for (let x = first, from = offset + y * stride + first * step; x < end; x++, from += step) {
        const u = a * x + rowU;
        const v = c * x + rowV;
        const column = u | 0;
        const row = v | 0;
        const fu = u - column;
        const fv = v - row;
        const belowRight = fu * fv;
        const right = fu - belowRight;
        const below = fv - belowRight;
        const here = 1 - fu - below;
        const p = row * size + column;
        const q = p + size;
        const value = data[from];
        weights[p] += here;
        weights[p + 1] += right;
        weights[q] += below;
        weights[q + 1] += belowRight;
        means[p] += here * value;
        means[p + 1] += right * value;
        means[q] += below * value;
        means[q + 1] += belowRight * value;
      }
    }
    for (let i = 0; i < means.length; i++) if (weights[i] > 0) means[i] /= weights[i];
    return means;
  }
}
