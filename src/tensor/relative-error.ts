// How far numbers are from those that are expected, relative to their norm.

/** Returns the relative error ‖actual − expected‖ / ‖expected‖. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  if (difference === 0) return 0;
  const error = Math.sqrt(difference / norm);
  return Number.isNaN(error) ? Infinity : error;
}
