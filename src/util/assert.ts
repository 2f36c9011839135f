// Checks on public input. Messages give path, rule and value: "options.steps must be an integer from 1 to 999 (got 0)."

/** Returns the value, or throws a RangeError unless it is an integer from `minimum` to `maximum`. */
export function checkInteger(path: string, value: number, minimum: number, maximum: number): number {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`${path} must be an integer from ${minimum} to ${maximum} (got ${value}).`);
  }
  return value;
}

/** Returns the value, or throws a RangeError unless it is a finite number from `minimum` to `maximum`. */
export function checkNumber(path: string, value: number, minimum: number, maximum: number): number {
  if (!Number.isFinite(value) || value < minimum || value > maximum) {
    throw new RangeError(`${path} must be a number from ${minimum} to ${maximum} (got ${value}).`);
  }
  return value;
}

/** Returns the value, or throws a RangeError unless it is one of the words. */
export function checkOneOf<T extends string>(path: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new RangeError(`${path} must be one of ${words.join(', ')} (got ${value}).`);
  return found;
}
