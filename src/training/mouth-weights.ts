// How much errors count at each place of an aligned face, [side, side]: more around the mouth. Mean 1.

/**
 * Returns the weights, row by row. The mouth is in the middle half of the width, from 55 to 95 % of the height.
 *
 * @param side - of the face, in pixels or latents.
 * @param extra - by how much an error around the mouth counts more than one elsewhere; 0: all the same.
 */
export function mouthWeights(side: number, extra: number): Float32Array {
  const weights = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside = y >= 0.55 * side && y < 0.95 * side && x >= 0.25 * side && x < 0.75 * side;
      weights[y * side + x] = inside ? 1 + extra : 1;
    }
  }
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
