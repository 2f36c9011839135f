// Where the samples of a picture's planes are in the upright picture.
import type { PictureLayout } from '../tensor/picture.ts';
import { composeAffine, type AffineMatrix } from './geometry.ts';

/** What decides where samples are. */
export type PictureGeometry = Pick<
  PictureLayout,
  'format' | 'width' | 'height' | 'uprightWidth' | 'uprightHeight' | 'orientation' | 'chromaSite'
>;

const UNCHANGED: AffineMatrix = [1, 0, 0, 0, 1, 0];

/** Turns of the unit square, clockwise. */
const turns: Readonly<Record<0 | 90 | 180 | 270, AffineMatrix>> = {
  0: UNCHANGED,
  90: [0, -1, 1, 1, 0, 0],
  180: [-1, 0, 1, 0, -1, 1],
  270: [0, 1, 0, -1, 0, 1],
};
const mirror: AffineMatrix = [-1, 0, 1, 0, 1, 0];

/** Returns the matrices from samples to upright pixels, for each plane of `colorPlanes`. */
export function planeMatrices(geometry: PictureGeometry): AffineMatrix[] {
  const { colors, chromaShift } = geometry.format;
  const luma = uprightMatrix(geometry);
  if (colors === 'gray') return [luma];
  if (colors !== 'yuv') return [luma, luma, luma];
  const [scaleX, scaleY] = chromaShift.map((shift) => 2 ** shift);
  const [siteX, siteY] = geometry.chromaSite;
  const chroma = composeAffine(luma, [scaleX, 0, siteX * (scaleX - 1), 0, scaleY, siteY * (scaleY - 1)]);
  return [luma, chroma, chroma];
}

/** Returns the matrix from samples of luma to upright pixels. */
function uprightMatrix({ width, height, uprightWidth, uprightHeight, orientation }: PictureGeometry): AffineMatrix {
  const { rotation, flip } = orientation;
  // Pictures that are stored as they are shown lose nothing to rounding.
  if (rotation === 0 && !flip && width === uprightWidth && height === uprightHeight) return UNCHANGED;
  // Pixels are squares around their centers, which are half a pixel from the picture's edges.
  const toUnits: AffineMatrix = [1 / width, 0, 0.5 / width, 0, 1 / height, 0.5 / height];
  const fromUnits: AffineMatrix = [uprightWidth, 0, -0.5, 0, uprightHeight, -0.5];
  return [turns[rotation], flip ? mirror : UNCHANGED, fromUnits].reduce(
    (before, next) => composeAffine(next, before),
    toUnits,
  );
}
