// Where the mouth is in an aligned face, of any side in pixels or latents, and how much errors there count. Pure.
import type { Box } from './geometry.ts';

/**
 * Returns the mouth's region of an aligned face: the middle half of its width, from 55 to 95 % of its height, and what of the
 * grid it touches. It holds mouth and chin in all their movements, and no background.
 *
 * @param side - of the face, in pixels or latents.
 */
export function mouthRegion(side: number): Box {
  const [left, top] = [Math.floor(0.25 * side), Math.floor(0.55 * side)];
  return { x: left, y: top, width: Math.ceil(0.75 * side) - left, height: Math.ceil(0.95 * side) - top };
}

/**
 * Returns how much errors count at each place of an aligned face, row by row, [side, side]. Mean 1.
 *
 * @param extra - by how much an error in the mouth's region counts more than one elsewhere; 0: all the same.
 */
export function mouthWeights(side: number, extra: number): Float32Array {
  const weights = new Float32Array(side * side).fill(1);
  const { x, y, width, height } = mouthRegion(side);
  for (let row = y; row < y + height; row++) weights.fill(1 + extra, row * side + x, row * side + x + width);
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
