// Smoothing of landmarks over neighboring frames that follows accelerated motion without lag.
import type { Point } from './geometry.ts';

/**
 * Returns the weights of a quadratic fit at the middle of 2 · radius + 1 equally spaced values (Savitzky and Golay,
 * Analytical Chemistry 36, 1964): positions, speeds and accelerations pass unchanged, noise shrinks.
 */
export function quadraticFitWeights(radius: number): number[] {
  const norm = (2 * radius - 1) * (2 * radius + 1) * (2 * radius + 3);
  return Array.from({ length: 2 * radius + 1 }, (_, i) => {
    const offset = i - radius;
    return (3 * (3 * radius * radius + 3 * radius - 1 - 5 * offset * offset)) / norm;
  });
}

/**
 * Returns the smoothed landmarks of one frame of a track. Near the ends the window shrinks, so that it stays symmetric.
 *
 * @param track - landmarks of consecutive frames.
 * @param radius - frames on each side.
 */
export function smoothedLandmarks(
  track: readonly (readonly Point[])[],
  frame: number,
  radius: number,
): readonly Point[] {
  const landmarks = track[frame];
  const reach = Math.min(radius, frame, track.length - 1 - frame);
  if (reach < 2) return landmarks; // a quadratic through three values changes none of them
  const weights = quadraticFitWeights(reach);
  return landmarks.map((_, i): Point => {
    let x = 0;
    let y = 0;
    weights.forEach((weight, k) => {
      const point = track[frame - reach + k][i];
      x += weight * point[0];
      y += weight * point[1];
    });
    return [x, y];
  });
}
