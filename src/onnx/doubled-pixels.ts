// How a kernel of 3×3 over doubled pixels becomes four of 2×2 over the pixels themselves.
//
// Of the three rows under the kernel, two repeat the same row, so that their weights can be added beforehand, and likewise for
// columns. A kernel of 2×2 remains for each of the four places in a doubled pixel.
import { Tensor } from '../tensor/tensor.ts';

/** A place in a doubled pixel: 0 or 1 along each axis. */
export interface DoubledPlace {
  readonly row: number;
  readonly column: number;
}

/** The four places, row by row. */
export const doubledPlaces: readonly DoubledPlace[] = [0, 1, 2, 3].map((place) => ({
  row: place >> 1,
  column: place & 1,
}));

/**
 * Returns which tap of a place's kernel of 2×2 a tap of the kernel of 3×3 is part of. Along an axis, the first place sees the first
 * tap alone and adds up the other two; the second place adds up the first two.
 */
export function mergedTap({ row, column }: DoubledPlace, tap: number): number {
  const along = (place: number, index: number): number => (index > place ? 1 : 0);
  return 2 * along(row, Math.floor(tap / 3)) + along(column, tap % 3);
}

/** Zeros around the image for a place's kernel of 2×2: all begins, then all ends. */
export function placePadding({ row, column }: DoubledPlace): number[] {
  return [1 - row, 1 - column, row, column];
}

/** For each of nine taps, 1 where it is part of a tap of one of the four kernels: [9, 16] */
export const MERGED_TAPS = ((): Tensor<'float32'> => {
  const table = Tensor.float32([9, 16]);
  for (const [index, place] of doubledPlaces.entries()) {
    for (let tap = 0; tap < 9; tap++) table.data[tap * 16 + index * 4 + mergedTap(place, tap)] = 1;
  }
  return table;
})();
