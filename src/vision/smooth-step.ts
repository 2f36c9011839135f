// smoothStep: 0 below a range, 1 above it, and a smooth rise between.

/** Returns 0 up to `low`, 1 from `high` on, and 6t⁵ − 15t⁴ + 10t³ between, whose slope and curvature are 0 at both ends. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * t * (t * (6 * t - 15) + 10);
}
