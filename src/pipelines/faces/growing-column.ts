// GrowingColumn: a packed column of numbers that rows are added to.

/** Packed, so that a column of a long video takes no more memory while it is made. */
export class GrowingColumn<A extends Int32Array | Uint8Array | Float32Array | Float64Array> {
  readonly #allocate: (length: number) => A;
  #all: A;
  #used = 0;

  constructor(allocate: (length: number) => A) {
    this.#allocate = allocate;
    this.#all = allocate(1024);
  }

  push(...values: readonly number[]): void {
    if (this.#used + values.length > this.#all.length) {
      const longer = this.#allocate(2 * this.#all.length);
      longer.set(this.#all);
      this.#all = longer;
    }
    this.#all.set(values, this.#used);
    this.#used += values.length;
  }

  /** Returns the values, without room for more. */
  finish(): A {
    return this.#all.slice(0, this.#used) as A;
  }
}
