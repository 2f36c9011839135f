// RegressionSums: what a linear regression with a preference for small weights (ridge regression) is made from.

/** Sums of products of inputs with each other, and with an output. Those of parts of a signal add up to those of the whole. */
export class RegressionSums {
  readonly #width: number;
  readonly #squares: Float64Array;
  readonly #mixed: Float64Array;

  /** @param width - how many inputs there are. */
  constructor(width: number) {
    this.#width = width;
    this.#squares = new Float64Array(width * width);
    this.#mixed = new Float64Array(width);
  }

  /** Returns the sums of several parts, at least one, together. */
  static sum(parts: readonly RegressionSums[]): RegressionSums {
    const total = new RegressionSums(parts[0].#width);
    for (const part of parts) {
      part.#squares.forEach((value, i) => (total.#squares[i] += value));
      part.#mixed.forEach((value, i) => (total.#mixed[i] += value));
    }
    return total;
  }

  /** Adds a row: inputs, from a place on, and the output that belongs to them. */
  add(inputs: readonly number[], at: number, output: number): void {
    const width = this.#width;
    for (let i = 0; i < width; i++) {
      const value = inputs[at + i];
      this.#mixed[i] += value * output;
      for (let k = 0; k <= i; k++) this.#squares[i * width + k] += value * inputs[at + k];
    }
  }

  /**
   * Returns the weights that give the output, by Cholesky's decomposition of the lower triangle.
   *
   * @param ridge - how much small weights are preferred, in mean squares of the inputs.
   */
  solve(ridge: number): Float64Array {
    const width = this.#width;
    let trace = 0;
    for (let i = 0; i < width; i++) trace += this.#squares[i * width + i];
    const lower = Float64Array.from(this.#squares);
    for (let i = 0; i < width; i++) {
      // Where nothing is heard at all, the weights are 0.
      lower[i * width + i] += (ridge * trace) / width || 1;
      for (let k = 0; k <= i; k++) {
        let sum = lower[i * width + k];
        for (let j = 0; j < k; j++) sum -= lower[i * width + j] * lower[k * width + j];
        lower[i * width + k] = i === k ? Math.sqrt(sum) : sum / lower[k * width + k];
      }
    }
    const weights = Float64Array.from(this.#mixed);
    for (let i = 0; i < width; i++) {
      for (let k = 0; k < i; k++) weights[i] -= lower[i * width + k] * weights[k];
      weights[i] /= lower[i * width + i];
    }
    for (let i = width - 1; i >= 0; i--) {
      for (let k = i + 1; k < width; k++) weights[i] -= lower[k * width + i] * weights[k];
      weights[i] /= lower[i * width + i];
    }
    return weights;
  }
}
