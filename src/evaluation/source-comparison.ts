// SourceComparison: a video's aligned faces [R,R,3] beside those of the video that it was made from, one after another.
import type { Image8 } from '../tensor/image.ts';
import { stackImages } from '../tensor/image.ts';
import type { Box } from '../vision/geometry.ts';
import { inpaintMask } from '../vision/mask.ts';
import { mouthRegion } from '../vision/mouth-region.ts';
import { colorDifference } from './drawn-region.ts';
import { ssim } from './picture-quality.ts';
import { mean } from './signals.ts';

/** The part of a face above all that is drawn, in its height. */
const ABOVE = 0.36;

/** Cheeks, in sides of the face: skin that is drawn. */
const CHEEKS: readonly Box[] = [0.12, 0.72].map((x) => ({ x, y: 0.5, width: 0.16, height: 0.14 }));

/** A frame counts as changed when what is drawn differs by so many gray levels more than the rest does, which is encoded again. */
const CHANGED = 1;

/** Landmarks that do not move with the mouth: brows, corners of the eyes, bridge and tip of the nose. */
const STILL_LANDMARKS = [70, 105, 107, 336, 334, 300, 33, 133, 362, 263, 168, 6, 197, 4] as const;
const [LEFT_EYE, RIGHT_EYE] = [33, 263];

/** How a video differs from its source. */
export interface SourceFigures {
  /** Frames that were compared. */
  readonly frames: number;
  /** The share of them in which the mouth's surroundings were changed. */
  readonly changed: number;
  /** Peak signal-to-noise ratio of what sync draws and of the rest of the face, decibels; Infinity where nothing differs. */
  readonly psnr: { readonly inside: number; readonly outside: number };
  /** Structural similarity of the mouth's region and of what is above all that is drawn. */
  readonly ssim: { readonly inside: number; readonly outside: number };
  /** ΔE of CIE 1976 of the cheeks. */
  readonly skin: number;
  /** Distance of landmarks that do not move with the mouth, in distances between the eyes. */
  readonly landmarks: number;
}

/** Sums up the frames of one person. */
export class SourceComparison {
  readonly #side: number;
  readonly #mask: Float32Array;
  /** Bytes of each part of a face. */
  readonly #bytes: { readonly inside: number; readonly outside: number };
  readonly #squares = { inside: 0, outside: 0 };
  readonly #ssim = { inside: [] as number[], outside: [] as number[] };
  readonly #skin: number[] = [];
  readonly #landmarks: number[] = [];
  #changed = 0;

  /** @param side - R. */
  constructor(side: number) {
    this.#side = side;
    this.#mask = inpaintMask(side);
    const bytes = (wanted: number): number => 3 * this.#mask.filter((value) => value === wanted).length;
    this.#bytes = { inside: bytes(0), outside: bytes(1) };
  }

  /** Adds the same face of both videos, with its 468 landmarks in each. */
  add(source: { face: Image8; landmarks: Float32Array }, result: { face: Image8; landmarks: Float32Array }): void {
    const side = this.#side;
    const sums = { inside: 0, outside: 0 };
    const differences = { inside: 0, outside: 0 };
    for (let i = 0; i < side * side; i++) {
      const part = this.#mask[i] === 0 ? 'inside' : this.#mask[i] === 1 ? 'outside' : undefined;
      if (!part) continue;
      for (let k = 3 * i; k < 3 * i + 3; k++) {
        const difference = source.face.data[k] - result.face.data[k];
        sums[part] += difference * difference;
        differences[part] += Math.abs(difference);
      }
    }
    this.#squares.inside += sums.inside;
    this.#squares.outside += sums.outside;
    const bytes = this.#bytes;
    if (differences.inside / bytes.inside > differences.outside / bytes.outside + CHANGED) this.#changed++;

    const [a, b] = [stackImages([source.face]), stackImages([result.face])];
    this.#ssim.inside.push(ssim(a, b, mouthRegion(side)));
    this.#ssim.outside.push(ssim(a, b, { x: 0, y: 0, width: side, height: Math.floor(ABOVE * side) }));
    this.#skin.push(
      mean(
        CHEEKS.map(({ x, y, width, height }) => {
          const [left, top] = [Math.round(x * side), Math.round(y * side)];
          const region = { x: left, y: top, width: Math.round(width * side), height: Math.round(height * side) };
          return colorDifference(a, b, region)[0];
        }),
      ),
    );
    this.#landmarks.push(landmarkDistance(source.landmarks, result.landmarks));
  }

  /** What was found; undefined of nothing. */
  get figures(): SourceFigures | undefined {
    const frames = this.#skin.length;
    if (frames === 0) return undefined;
    const psnr = (part: 'inside' | 'outside'): number =>
      10 * Math.log10((255 ** 2 * this.#bytes[part] * frames) / this.#squares[part]);
    return {
      frames,
      changed: this.#changed / frames,
      psnr: { inside: psnr('inside'), outside: psnr('outside') },
      ssim: { inside: mean(this.#ssim.inside), outside: mean(this.#ssim.outside) },
      skin: mean(this.#skin),
      landmarks: mean(this.#landmarks),
    };
  }
}

function landmarkDistance(a: Float32Array, b: Float32Array): number {
  const apart = (i: number): number => Math.hypot(a[3 * i] - b[3 * i], a[3 * i + 1] - b[3 * i + 1]);
  const eyes = Math.hypot(a[3 * LEFT_EYE] - a[3 * RIGHT_EYE], a[3 * LEFT_EYE + 1] - a[3 * RIGHT_EYE + 1]);
  return mean(STILL_LANDMARKS.map(apart)) / eyes;
}
