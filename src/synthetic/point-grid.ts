// Points of the plane in square cells, to ask whether a place is free.

/** Finds the points near a place without looking at all of them. */
export class PointGrid {
  readonly #cell: number;
  readonly #cells = new Map<number, number[]>();

  /** @param cell - side of a cell; about the distances asked for. */
  constructor(cell: number) {
    this.#cell = cell;
  }

  #key(column: number, row: number): number {
    return (column + 32768) * 65536 + row + 32768;
  }

  /** Adds a point; `clearance`, when given, keeps others at least that far from it. */
  add(x: number, y: number, clearance = 0): void {
    const key = this.#key(Math.floor(x / this.#cell), Math.floor(y / this.#cell));
    const bucket = this.#cells.get(key);
    if (bucket) bucket.push(x, y, clearance);
    else this.#cells.set(key, [x, y, clearance]);
  }

  /** Returns whether no point is nearer than a radius. Clearances beyond two cells are not noticed. */
  isFree(x: number, y: number, radius: number): boolean {
    const reach = Math.max(1, Math.ceil(radius / this.#cell));
    const column = Math.floor(x / this.#cell);
    const row = Math.floor(y / this.#cell);
    for (let i = column - reach; i <= column + reach; i++) {
      for (let j = row - reach; j <= row + reach; j++) {
        const bucket = this.#cells.get(this.#key(i, j));
        if (!bucket) continue;
        for (let k = 0; k < bucket.length; k += 3) {
          const distance = Math.max(radius, bucket[k + 2]);
          if ((bucket[k] - x) ** 2 + (bucket[k + 1] - y) ** 2 < distance * distance) return false;
        }
      }
    }
    return true;
  }
}
