// Sums of scaled arrays: every scheduler's step is one.

/** One term: a factor and an array. */
export type Term = readonly [factor: number, values: Float32Array];

/**
 * Returns the sum of factor·values over the terms, added up in float64 and rounded once.
 *
 * @throws RangeError when the arrays' lengths differ.
 */
export function linearCombination(terms: readonly Term[]): Float32Array {
  const length = terms[0]?.[1].length ?? 0;
  const sum = new Float64Array(length);
  for (const [factor, values] of terms) {
    if (values.length !== length) {
      throw new RangeError(`The arrays of a scheduler step must have one length (got ${length} and ${values.length}).`);
    }
    for (let i = 0; i < length; i++) sum[i] += factor * values[i];
  }
  return Float32Array.from(sum);
}
