// binomial: a plane [size,size] → the same, blurred a little.

/**
 * Averages over three neighbors each way, 1 : 2 : 1; cells at the edge are repeated.
 *
 * @param plane - planes [size, size], of which one begins at `first`.
 * @param out - [size, size]; may be the plane itself, if that is the only one.
 * @param line - [size, size] to work in.
 */
export function binomial(
  plane: Float32Array,
  first: number,
  out: Float32Array,
  line: Float32Array,
  size: number,
): void {
  for (let y = 0, i = 0; y < size; y++) {
    const end = first + (y + 1) * size;
    let left = plane[end - size];
    let here = left;
    for (let next = end - size + 1; next < end; next++, i++) {
      const right = plane[next];
      line[i] = (left + 2 * here + right) / 4;
      left = here;
      here = right;
    }
    line[i++] = (left + 3 * here) / 4;
  }
  for (let y = 0, i = 0; y < size; y++) {
    const above = y > 0 ? -size : 0;
    const below = y < size - 1 ? size : 0;
    for (let x = 0; x < size; x++, i++) out[i] = (line[i + above] + 2 * line[i] + line[i + below]) / 4;
  }
}
