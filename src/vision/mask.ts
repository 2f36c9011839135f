// The official inpainting mask: the U around nose, cheeks, mouth and chin that the network redraws; [R,R], 1 = keep.
import type { Point } from './geometry.ts';
import { Lanczos4Resizer } from './lanczos.ts';
import { resizeNearest } from './resize.ts';

const SIZE = 256;
const KEEP = 255;

/** Rows [first, end) of the 256×256 mask that share their regenerated columns, from left to right, both included. */
interface Band {
  first: number;
  end: number;
  columns: readonly (readonly [left: number, right: number])[];
}

// Two arms beside the nose, then the whole width, narrowing by a pixel every 14 rows.
const STRAIGHT_BANDS: readonly Band[] = [
  {
    first: 95,
    end: 128,
    columns: [
      [9, 77],
      [178, 246],
    ],
  },
  { first: 128, end: 135, columns: [[9, 247]] },
  { first: 135, end: 136, columns: [[9, 246]] },
  { first: 136, end: 149, columns: [[10, 246]] },
  { first: 149, end: 150, columns: [[10, 245]] },
  { first: 150, end: 163, columns: [[11, 245]] },
  { first: 163, end: 164, columns: [[11, 244]] },
  { first: 164, end: 170, columns: [[12, 244]] },
];

// The rounded chin, one entry per row. It was drawn by hand: no ellipse fits it.
const CHIN_FIRST_ROW = 170;
const CHIN_LEFT = [
  12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 18, 18, 19, 19, 20, 21, 21, 22, 22, 23, 24, 25, 26, 26, 27, 28, 29, 30, 31,
  32, 33, 34, 34, 35, 36, 37, 38, 39, 40, 42, 43, 44, 45, 47, 48, 49, 51, 52, 54, 56, 57, 59, 60, 62, 64, 66, 68, 70,
  72, 74, 76, 78, 80, 82, 85, 87, 90, 93, 95, 99, 104, 108, 131,
];
const CHIN_RIGHT = [
  243, 243, 242, 242, 241, 241, 240, 240, 239, 238, 238, 237, 236, 236, 235, 234, 234, 233, 232, 232, 231, 230, 230,
  229, 228, 228, 227, 226, 225, 224, 223, 223, 222, 221, 220, 219, 218, 217, 216, 215, 214, 213, 212, 211, 210, 208,
  207, 206, 204, 203, 202, 200, 199, 197, 196, 194, 192, 191, 189, 187, 185, 183, 180, 178, 175, 173, 171, 168, 166,
  164, 160, 156, 152,
];

/** Draws the official mask as a gray RGB image of 256×256: 255 = keep, 0 = regenerate. */
function officialMask(): Uint8Array {
  const mask = new Uint8Array(SIZE * SIZE * 3).fill(KEEP);
  const clear = (row: number, left: number, right: number): void => {
    mask.fill(0, (row * SIZE + left) * 3, (row * SIZE + right + 1) * 3);
  };
  for (const { first, end, columns } of STRAIGHT_BANDS) {
    for (let row = first; row < end; row++) for (const [left, right] of columns) clear(row, left, right);
  }
  CHIN_LEFT.forEach((left, i) => {
    clear(CHIN_FIRST_ROW + i, left, CHIN_RIGHT[i]);
  });
  return mask;
}

/** Returns the outline of what is regenerated in a face of 256×256 pixels: successive corners, of which the last is joined to the first. */
export function maskOutline(): Point[] {
  const [arms, ...bands] = STRAIGHT_BANDS;
  const [[armLeft, innerLeft], [innerRight, armRight]] = arms.columns;
  const sides = [
    ...bands.flatMap(({ first, end, columns: [[left, right]] }) =>
      [first, end - 1].map((row) => ({ row, left, right })),
    ),
    ...CHIN_LEFT.map((left, index) => ({ row: CHIN_FIRST_ROW + index, left, right: CHIN_RIGHT[index] })),
  ];
  return [
    [armLeft, arms.first],
    [innerLeft, arms.first],
    [innerLeft, arms.end],
    [innerRight, arms.end],
    [innerRight, arms.first],
    [armRight, arms.first],
    ...sides.map(({ row, right }): Point => [right, row]),
    ...sides.toReversed().map(({ row, left }): Point => [left, row]),
  ];
}

/**
 * Returns the inpainting mask [resolution, resolution]: 1 = keep, 0 = regenerate. Other sizes than 256 are made by the
 * reference's Lanczos resize in 8 bits, so values between 0 and 1 occur along the edge.
 *
 * @param resolution - side of the face in pixels.
 */
export function inpaintMask(resolution: number): Float32Array {
  if (!Number.isInteger(resolution) || resolution <= 0) {
    throw new RangeError(`resolution must be a positive integer (got ${resolution}).`);
  }
  const size = { width: resolution, height: resolution };
  const mask = new Lanczos4Resizer({ width: SIZE, height: SIZE }, size).resize(officialMask());
  return Float32Array.from({ length: resolution * resolution }, (_, i) => mask[3 * i] / KEEP);
}

/** Returns the mask at the size of the latents [resolution / 8, resolution / 8], by nearest neighbors. */
export function latentMask(mask: Float32Array, resolution: number): Float32Array {
  return resizeNearest(mask, [resolution, resolution], [resolution / 8, resolution / 8]);
}
