// PictureSampler: any part of a picture as it is stored → upright RGB, through its rotation, pixel aspect and colors.
import { createImage8, type Image8 } from '../tensor/image.ts';
import type { PictureLayout } from '../tensor/picture.ts';
import { composeAffine, type AffineMatrix } from './geometry.ts';
import { PictureAreas, type PictureArea } from './picture-area.ts';
import { PictureColors } from './picture-colors.ts';
import { samplePlane, type SampledSize } from './plane-sampler.ts';
import { resizeArea } from './resize.ts';

/** Samples the pictures of one layout. */
export class PictureSampler {
  readonly #layout: PictureLayout;
  readonly #colors: PictureColors;
  readonly #areas: PictureAreas;

  constructor(layout: PictureLayout) {
    this.#layout = layout;
    this.#colors = new PictureColors(layout);
    this.#areas = new PictureAreas(layout);
  }

  /**
   * Returns RGB of a picture under a matrix from upright pixels to those of the result, bilinear. Beyond its edge, or that of an area
   * of it, the picture goes on as it is there: networks draw something like it, which no gray rim betrays.
   */
  sample(picture: Uint8Array | Uint8ClampedArray, matrix: AffineMatrix, size: SampledSize, area?: PictureArea): Image8 {
    const values = this.#areas.planes(picture, area).map(({ plane, toUpright }) => {
      const out = new Float32Array(size.width * size.height);
      samplePlane(plane, composeAffine(matrix, toUpright), size, out);
      return out;
    });
    return createImage8(size.width, size.height, 3, this.#colors.toRgb(values));
  }

  /** Returns the upright picture, small: its longer side has so many pixels, if it is longer. */
  thumbnail(picture: Uint8Array | Uint8ClampedArray, longerSide: number): Image8 {
    const { uprightWidth, uprightHeight } = this.#layout;
    const scale = Math.min(1, longerSide / Math.max(uprightWidth, uprightHeight));
    const [width, height] = [uprightWidth, uprightHeight].map((side) => Math.max(1, Math.round(side * scale)));
    // Twice as large as it will be: single samples would show stripes where the picture has fine structure.
    const twice = { width: 2 * width, height: 2 * height };
    const [x, y] = [twice.width / uprightWidth, twice.height / uprightHeight];
    return resizeArea(this.sample(picture, [x, 0, x / 2 - 0.5, 0, y, y / 2 - 0.5], twice), width, height);
  }
}
