// FaceAligner: frame [H,W,3|4] and three alignment points → upright face [R,R,3] and the affine matrix that made it.
import type { AffineMatrix } from './geometry.ts';
import { createImage8 } from './image.ts';
import type { Image8 } from './image.ts';
import { Lanczos4Resizer } from './lanczos.ts';
import { AffineSmoother, faceTemplate } from './similarity.ts';
import type { AlignmentPoints, FaceTemplate } from './similarity.ts';
import { warpAffine } from './warp.ts';

/** An aligned face and how to put it back. */
export interface AlignedFace {
  /** RGB, resolution × resolution. */
  readonly face: Image8;
  /** Maps frame pixels to crop pixels. */
  readonly affineMatrix: AffineMatrix;
}

/** How to cut faces out. */
export interface FaceAlignerOptions {
  /** Grey level beyond the frame, 0 … 255; default 127. */
  fill?: number;
}

/**
 * Cuts faces out of consecutive frames, all at the same place in the picture and upright.
 *
 * @example
 * const aligner = new FaceAligner(512);
 * const { face, affineMatrix } = aligner.align(frame, alignmentPointsFromMesh(landmarks));
 */
export class FaceAligner {
  /** Side of the square face in pixels. */
  readonly resolution: number;
  readonly #template: FaceTemplate;
  readonly #smoother: AffineSmoother;
  readonly #fill: number;
  readonly #crop: Uint8Array;
  readonly #resizer: Lanczos4Resizer;

  /** @param resolution - side of the face in pixels, a positive multiple of 8 (256 or 512 for the official models). */
  constructor(resolution: number, { fill = 127 }: FaceAlignerOptions = {}) {
    if (!Number.isInteger(resolution) || resolution <= 0 || resolution % 8 !== 0) {
      throw new RangeError(`resolution must be a positive multiple of 8 (got ${resolution}).`);
    }
    this.resolution = resolution;
    this.#fill = fill;
    this.#template = faceTemplate(resolution);
    this.#smoother = new AffineSmoother(this.#template.points);
    this.#crop = new Uint8Array(3 * this.#template.width * this.#template.height);
    this.#resizer = new Lanczos4Resizer(this.#template, { width: resolution, height: resolution });
  }

  /** Forgets earlier frames: at cuts and where a track starts. The reference never does. */
  reset(): void {
    this.#smoother.reset();
  }

  /** Returns the face of the next frame; its matrix is smoothed over the frames since the last reset. */
  align(frame: Image8, points: AlignmentPoints): AlignedFace {
    const affineMatrix = this.#smoother.next(points);
    return { face: this.cut(frame, affineMatrix), affineMatrix };
  }

  /** Returns the face that a known matrix cuts out, without touching the smoothing. */
  cut(frame: Image8, affineMatrix: AffineMatrix): Image8 {
    const { width, height } = this.#template;
    warpAffine(frame, affineMatrix, width, height, { fill: this.#fill, out: this.#crop });
    return createImage8(this.resolution, this.resolution, 3, this.#resizer.resize(this.#crop));
  }
}
