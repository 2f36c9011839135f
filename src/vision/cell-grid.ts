// CellGrid: means over the cells of a grid [G,G] that lies over an aligned face, of the face's own planes and of pictures' planes.
import type { Plane } from '../tensor/picture.ts';
import type { AffineMatrix } from './geometry.ts';
import type { Span } from './warp.ts';

/** Cells along an axis, at most. */
const LARGEST_GRID = 64;

/** Of the lines of large faces, only so many are looked at for each row of cells. */
const LINES_PER_CELL = 4;

/** Weights up to here are rounding errors. */
const NEGLIGIBLE = 1e-6;

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
  /** `[R]`: the first of the two nearest cells of each row, and how near the other is; the same for columns. */
  readonly #cells: Int32Array;
  readonly #nearness: Float32Array;
  /** `[G]`: the first column of each cell; those of the last one belong to the one before. */
  readonly #firstColumns: Int32Array;
  /** `[G]`: sums of the weights of columns. */
  readonly #columnWeights: Float32Array;
  /** `[G]`: sums of the weights of rows, and what one row has in each cell. */
  readonly #rowWeights: Float32Array;
  readonly #line: Float32Array;
  /** `[G, G]` */
  readonly #weights: Float32Array;

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
    this.#firstColumns = Int32Array.from({ length: size }, (_, cell) => places.findIndex((place) => place >= cell));
    this.#firstColumns[size - 1] = resolution;
    this.#columnWeights = new Float32Array(size);
    for (let x = 0; x < resolution; x++) {
      this.#columnWeights[this.#cells[x]] += 1 - this.#nearness[x];
      this.#columnWeights[this.#cells[x] + 1] += this.#nearness[x];
    }
    this.#rowWeights = new Float32Array(size);
    this.#line = new Float32Array(size);
    this.#weights = new Float32Array(size * size);
  }

  /** Returns the matrix to cells that belongs to one to the face's pixels. */
  toCells([a, b, tx, c, d, ty]: AffineMatrix): AffineMatrix {
    const scale = this.size / this.#resolution;
    const shift = (t: number): number => (t + 0.5) * scale - 0.5;
    return [a * scale, b * scale, shift(tx), c * scale, d * scale, shift(ty)];
  }

  /**
   * Returns the means of a plane of the face, `[R, R]`, 0 where no row was looked at.
   *
   * @param rows - rows to look at; default: all. Where a cell has eight rows or more, some of them are skipped.
   */
  meansOfFace(values: Float32Array, [firstRow, endRow]: Span = [0, this.#resolution]): Float32Array {
    const { size } = this;
    const rowWeights = this.#rowWeights.fill(0);
    const line = this.#line;
    const means = new Float32Array(size * size);
    const rowStep = Math.max(1, Math.floor(this.#resolution / size / LINES_PER_CELL));
    for (let y = firstRow; y < endRow; y += rowStep) {
      this.#sumUp(values, y * this.#resolution, line);
      const row = this.#cells[y];
      const below = this.#nearness[y];
      const above = 1 - below;
      rowWeights[row] += above;
      rowWeights[row + 1] += below;
      for (let column = 0, i = row * size; column < size; column++, i++) {
        means[i] += above * line[column];
        means[i + size] += below * line[column];
      }
    }
    for (let row = 0, i = 0; row < size; row++) {
      const weight = rowWeights[row] || 1;
      for (let column = 0; column < size; column++, i++) means[i] /= weight * this.#columnWeights[column];
    }
    return means;
  }

  /** Sums up the values of a row by column of cells. */
  #sumUp(values: Float32Array, start: number, line: Float32Array): void {
    const [firstColumns, nearness] = [this.#firstColumns, this.#nearness];
    let left = 0;
    for (let cell = 0, x = 0; cell < this.size - 1; cell++) {
      let sum = 0;
      let right = 0;
      for (const end = firstColumns[cell + 1]; x < end; x++) {
        const value = values[start + x];
        sum += value;
        right += nearness[x] * value;
      }
      line[cell] = left + sum - right;
      left = right;
    }
    line[this.size - 1] = left;
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
      for (let x = first, from = offset + y * stride + first * step; x < end;) {
        // Samples between the same four cells are summed up first: 1, u, v and u·v of each, and of its value.
        const column = (a * x + rowU) | 0;
        const row = (c * x + rowV) | 0;
        const cellU = rowU - column;
        const cellV = rowV - row;
        let u = a * x + cellU;
        let v = c * x + cellV;
        let count = 0;
        let sumU = 0;
        let sumV = 0;
        let sumUV = 0;
        let total = 0;
        let totalU = 0;
        let totalV = 0;
        let totalUV = 0;
        do {
          const value = data[from];
          const uv = u * v;
          count++;
          sumU += u;
          sumV += v;
          sumUV += uv;
          total += value;
          totalU += u * value;
          totalV += v * value;
          totalUV += uv * value;
          x++;
          from += step;
          u = a * x + cellU;
          v = c * x + cellV;
        } while (x < end && u >= 0 && u < 1 && v >= 0 && v < 1);
        const p = row * size + column;
        const q = p + size;
        weights[p] += count - sumU - sumV + sumUV;
        weights[p + 1] += sumU - sumUV;
        weights[q] += sumV - sumUV;
        weights[q + 1] += sumUV;
        means[p] += total - totalU - totalV + totalUV;
        means[p + 1] += totalU - totalUV;
        means[q] += totalV - totalUV;
        means[q + 1] += totalUV;
      }
    }
    for (let i = 0; i < means.length; i++) means[i] = weights[i] > NEGLIGIBLE ? means[i] / weights[i] : 0;
    return means;
  }
}
