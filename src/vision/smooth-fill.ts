// SmoothFill: values known at some places of a grid [C,G,G] → the same, smooth, everywhere.
import { binomial } from './binomial.ts';

/** How much the coarser level counts where a finer one knows something, in cells that are fully known. */
const COARSE_WEIGHT = 0.1;

/** One level of the pyramid: weighted sums of cells, and what became of them. */
interface Level {
  size: number;
  /** [size, size] */
  weights: Float32Array;
  /** [C, size, size] */
  sums: Float32Array;
  /** [C, size, size] */
  filled: Float32Array;
}

/**
 * Fills gaps in a grid from what is known around them, the wider the gap, the smoother: values are pulled up a pyramid of weighted
 * means, and pushed down again, where each level adds what it knows to what the coarser ones say (Gortler et al., "The
 * Lumigraph", 1996, section 3.5, with binomial filters). Owns its tables; filling allocates nothing.
 */
export class SmoothFill {
  readonly #channels: number;
  /** From fine to coarse. */
  readonly #levels: Level[] = [];
  readonly #line: Float32Array;
  readonly #blurred: Float32Array;
  readonly #shares: Float32Array;

  /** @param size - side of the grid, a power of two. */
  constructor(size: number, channels: number) {
    if (size < 1 || !Number.isInteger(Math.log2(size))) {
      throw new RangeError(`size must be a power of two (got ${size}).`);
    }
    this.#channels = channels;
    for (let side = size; side >= 1; side /= 2) {
      const planes = (): Float32Array => new Float32Array(channels * side * side);
      this.#levels.push({ size: side, weights: new Float32Array(side * side), sums: planes(), filled: planes() });
    }
    this.#line = new Float32Array(size * size);
    this.#blurred = new Float32Array(size * size);
    this.#shares = new Float32Array(size * size);
  }

  /**
   * Returns the filled grid [C, size, size]; the next call changes it. All 0 if nothing is known.
   *
   * @param values - [C, size, size].
   * @param weights - how well the values of each cell are known, 0 … 1, [size, size].
   * @param channels - fills only the first ones. Default: all.
   */
  fill(values: Float32Array, weights: Float32Array, channels: number = this.#channels): Float32Array {
    const levels = this.#levels;
    const [finest] = levels;
    const area = weights.length;
    finest.weights.set(weights);
    for (let c = 0; c < channels; c++) {
      for (let i = 0, to = c * area; i < area; i++, to++) finest.sums[to] = values[to] * weights[i];
    }
    for (let k = 1; k < levels.length; k++) {
      const { size, weights: coarse, sums } = levels[k];
      sumCells(levels[k - 1].weights, 0, coarse, 0, size);
      for (let c = 0; c < channels; c++) sumCells(levels[k - 1].sums, c, sums, c, size);
    }
    const top = levels[levels.length - 1];
    const total = top.weights[0];
    for (let c = 0; c < channels; c++) top.filled[c] = total > 0 ? top.sums[c] / total : 0;
    for (let k = levels.length - 2; k >= 0; k--) this.#push(levels[k + 1], levels[k], channels);
    return finest.filled;
  }

  /** Adds what a level knows to what the coarser one says. */
  #push(coarse: Level, { size, weights, sums, filled }: Level, channels: number): void {
    const area = size * size;
    const known = this.#blurred;
    const shares = this.#shares;
    binomial(weights, 0, known, this.#line, size);
    for (let i = 0; i < area; i++) shares[i] = 1 / (known[i] + COARSE_WEIGHT);
    for (let c = 0; c < channels; c++) {
      binomial(sums, c * area, known, this.#line, size);
      doubleSize(coarse.filled, (c * area) / 4, filled, c * area, size);
      for (let i = 0, to = c * area; i < area; i++, to++) {
        filled[to] = (known[i] + COARSE_WEIGHT * filled[to]) * shares[i];
      }
    }
  }
}

/** Adds up squares of four cells: plane `from` of a grid of twice the size into plane `to` of one of this size. */
function sumCells(fine: Float32Array, from: number, coarse: Float32Array, to: number, size: number): void {
  const side = 2 * size;
  for (let y = 0, target = to * size * size; y < size; y++) {
    for (let x = 0; x < size; x++, target++) {
      const i = from * side * side + 2 * (y * side + x);
      coarse[target] = fine[i] + fine[i + 1] + fine[i + side] + fine[i + side + 1];
    }
  }
}

/** Doubles the size of a plane bilinearly; `size` is the new one. */
function doubleSize(coarse: Float32Array, from: number, fine: Float32Array, to: number, size: number): void {
  const half = size / 2;
  for (let y = 0; y < size; y++) {
    const near = from + (y >> 1) * half;
    const far = y % 2 === 0 ? Math.max(from, near - half) : Math.min(from + (half - 1) * half, near + half);
    let i = to + y * size;
    let left = 3 * coarse[near] + coarse[far];
    let here = left;
    for (let x = 1; x <= half; x++, i += 2) {
      const right = x < half ? 3 * coarse[near + x] + coarse[far + x] : here;
      fine[i] = (3 * here + left) / 16;
      fine[i + 1] = (3 * here + right) / 16;
      left = here;
      here = right;
    }
  }
}
