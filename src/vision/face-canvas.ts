// FaceCanvas: what faces are cut from and pasted into: pictures as they are stored, or RGBA in the way of the reference.
import { createImage8, type Image8 } from '../tensor/image.ts';
import type { PictureLayout } from '../tensor/picture.ts';
import { Compositor, type PasteOptions } from './compositing.ts';
import { FaceAligner } from './face-aligner.ts';
import { faceMatrix } from './face-space.ts';
import type { AffineMatrix, Box } from './geometry.ts';
import { PictureAreas, type PictureArea } from './picture-area.ts';
import { PictureSampler } from './picture-sampler.ts';
import { ReferenceCompositor } from './reference-compositor.ts';

/** The part of a picture that shows something. */
export interface SeenPart {
  /** As it is stored; undefined: all of it. */
  area?: PictureArea;
  /** In upright pixels. */
  box: Box;
}

/** Cuts faces out of the pictures of a video, and pastes them. Matrices map upright pixels to crop pixels, as `FaceAligner` returns them. */
export interface FaceCanvas {
  /** Returns what a picture shows between black bars. */
  seenPart(picture: Uint8Array | Uint8ClampedArray): SeenPart;
  /** Returns a face, RGB, R × R, of an area of a picture. */
  cut(picture: Uint8Array | Uint8ClampedArray, affineMatrix: AffineMatrix, area?: PictureArea): Image8;
  /** Pastes a face, [3, R, R] in −1 … 1, into the picture it was cut from, in place. */
  paste(
    picture: Uint8Array | Uint8ClampedArray,
    face: Float32Array,
    affineMatrix: AffineMatrix,
    options?: PasteOptions,
  ): void;
}

/** Pictures as they are stored: each plane is sampled and changed where it lies. */
export class PictureCanvas implements FaceCanvas {
  readonly #resolution: number;
  readonly #areas: PictureAreas;
  readonly #sampler: PictureSampler;
  readonly #compositor: Compositor;

  /**
   * @param resolution - R.
   * @param layout - of all pictures.
   */
  constructor(resolution: number, layout: PictureLayout) {
    this.#resolution = resolution;
    this.#areas = new PictureAreas(layout);
    this.#sampler = new PictureSampler(layout);
    this.#compositor = new Compositor(resolution, layout);
  }

  seenPart(picture: Uint8Array | Uint8ClampedArray): SeenPart {
    const area = this.#areas.areaOf(picture);
    return { area, box: this.#areas.uprightBox(area) };
  }

  cut(picture: Uint8Array | Uint8ClampedArray, affineMatrix: AffineMatrix, area?: PictureArea): Image8 {
    const size = { width: this.#resolution, height: this.#resolution };
    return this.#sampler.sample(picture, faceMatrix(affineMatrix, this.#resolution), size, area);
  }

  paste(
    picture: Uint8Array | Uint8ClampedArray,
    face: Float32Array,
    affineMatrix: AffineMatrix,
    options?: PasteOptions,
  ): void {
    this.#compositor.paste(picture, face, affineMatrix, options);
  }
}

/** RGBA pictures of one size, with the official code's arithmetic. */
export class ReferenceCanvas implements FaceCanvas {
  readonly #aligner: FaceAligner;
  readonly #compositor: ReferenceCompositor;
  readonly #width: number;
  readonly #height: number;

  /** @param resolution - R. */
  constructor(resolution: number, { width, height }: { width: number; height: number }) {
    this.#aligner = new FaceAligner(resolution);
    this.#compositor = new ReferenceCompositor(resolution);
    this.#width = width;
    this.#height = height;
  }

  /** The official code knows no bars. */
  seenPart(): SeenPart {
    return { box: { x: 0, y: 0, width: this.#width, height: this.#height } };
  }

  cut(picture: Uint8Array | Uint8ClampedArray, affineMatrix: AffineMatrix): Image8 {
    return this.#aligner.cut(this.#image(picture), affineMatrix);
  }

  paste(picture: Uint8Array | Uint8ClampedArray, face: Float32Array, affineMatrix: AffineMatrix): void {
    this.#compositor.paste(this.#image(picture), face, affineMatrix);
  }

  #image(picture: Uint8Array | Uint8ClampedArray): Image8 {
    return createImage8(this.#width, this.#height, 4, picture);
  }
}
