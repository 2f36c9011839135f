// Rounding as NumPy and OpenCV do it.

/** Returns the nearest integer; of two equally near ones the even. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
