// What S3FD's outputs stand for: the priors of an image [P,4], the boxes that the network makes of them, and one box for each face.
import type { Tensor } from '../tensor/tensor.ts';
import type { FaceDetection } from '../vision/face-selection.ts';
import { nonMaxSuppression } from './face-candidates.ts';

/** Distance of the priors of each level, and their sides, in pixels of the image. */
const STRIDES = [4, 8, 16, 32, 64, 128] as const;
const SIDES = [16, 32, 64, 128, 256, 512] as const;

/** Scales of the network's offsets and sizes. */
const CENTER_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** Of boxes with more than this probability, the best are looked at, and of those that overlap, the best is kept. */
const LEAST_SCORE = 0.05;
const MOST_CANDIDATES = 5000;
const INNER_OVERLAP = 0.3;
const MOST_DETECTIONS = 750;

/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Returns the sizes of the six levels: what convolutions and pools leave of the image. */
function levelSizes({ width, height }: ImageSize): ImageSize[] {
  const half = Math.floor;
  const levels: ImageSize[] = [];
  // The third pool rounds up, the first two and the next two down; strided convolutions round up.
  const roundings = [half, half, Math.ceil, half, half, Math.ceil, Math.ceil];
  let [w, h] = [width, height];
  for (const [step, round] of roundings.entries()) {
    [w, h] = [round(w / 2), round(h / 2)];
    if (step > 0) levels.push({ width: w, height: h });
  }
  return levels;
}

/** Returns the priors of an image, [P, 4]: center and size, in sides of the image. */
export function s3fdPriors(image: ImageSize): Float32Array {
  const priors: number[] = [];
  for (const [level, { width, height }] of levelSizes(image).entries()) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const x = ((column + 0.5) * STRIDES[level]) / image.width;
        const y = ((row + 0.5) * STRIDES[level]) / image.height;
        priors.push(x, y, SIDES[level] / image.width, SIDES[level] / image.height);
      }
    }
  }
  return Float32Array.from(priors);
}

/**
 * Returns the boxes that the network sees in an image, in sides of the image, best first: of those that overlap by more than 0.3, one.
 * They have no landmarks.
 *
 * @param loc - [1, P, 4].
 * @param conf - [1, P, 2].
 */
export function s3fdDetections(loc: Tensor<'float32'>, conf: Tensor<'float32'>, priors: Float32Array): FaceDetection[] {
  const found: FaceDetection[] = [];
  for (let i = 0; i < priors.length; i += 4) {
    const score = conf.data[i / 2 + 1];
    if (!(score > LEAST_SCORE)) continue;
    const width = priors[i + 2] * Math.exp(loc.data[i + 2] * SIZE_VARIANCE);
    const height = priors[i + 3] * Math.exp(loc.data[i + 3] * SIZE_VARIANCE);
    const x = priors[i] + loc.data[i] * CENTER_VARIANCE * priors[i + 2] - width / 2;
    const y = priors[i + 1] + loc.data[i + 1] * CENTER_VARIANCE * priors[i + 3] - height / 2;
    found.push({ box: { x, y, width, height }, score, landmarks: [] });
  }
  const best = found.toSorted((a, b) => b.score - a.score).slice(0, MOST_CANDIDATES);
  return nonMaxSuppression(best, INNER_OVERLAP).slice(0, MOST_DETECTIONS);
}

/** Overlap above which two boxes are of one face. */
const OUTER_OVERLAP = 0.1;

/**
 * Returns the faces of an image in its pixels, best first.
 *
 * @param options.confidence - boxes count above this score.
 * @param options.overlap - of boxes that overlap by more, the best is kept. Default 0.1.
 */
export function s3fdFaces(
  detections: readonly FaceDetection[],
  { width, height }: ImageSize,
  { confidence, overlap = OUTER_OVERLAP }: { confidence: number; overlap?: number },
): FaceDetection[] {
  const inPixels = detections
    .filter(({ score }) => score > confidence)
    .map(({ box, ...rest }) => ({
      ...rest,
      box: { x: box.x * width, y: box.y * height, width: box.width * width, height: box.height * height },
    }));
  return nonMaxSuppression(inPixels, overlap);
}
