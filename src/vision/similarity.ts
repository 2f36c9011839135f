// Similarity transform between three alignment points and the face template, as the reference estimates it.
import { LatentSyncError } from '../util/errors.ts';
import type { AffineMatrix, Point } from './geometry.ts';

/** Center of the eyebrow on the left of the image, of the one on the right, and of the nose. */
export type AlignmentPoints = readonly [leftEyebrow: Point, rightEyebrow: Point, nose: Point];

/** A transform and the vector by which the template's nose and the face's nose differ, in standard deviations. */
export interface SimilarityEstimate {
  /** Maps frame pixels to crop pixels. */
  readonly affineMatrix: AffineMatrix;
  readonly noseBias: Point;
}

const TEMPLATE: AlignmentPoints = [
  [17, 20],
  [58, 20],
  [37.5, 40],
];
const TEMPLATE_WIDTH = 75;
const TEMPLATE_HEIGHT = 100;
const TEMPLATE_ENLARGEMENT = 2.8;

/** The template's three points and the crop that surrounds them, in crop pixels. */
export interface FaceTemplate {
  readonly points: AlignmentPoints;
  readonly width: number;
  readonly height: number;
}

/** Returns the template of a face resolution; the crop of 512 is 420×560 pixels. */
export function faceTemplate(resolution: number): FaceTemplate {
  const scale = (resolution / 256) * TEMPLATE_ENLARGEMENT;
  const scaled = ([x, y]: Point): Point => [x * scale, y * scale];
  return {
    points: [scaled(TEMPLATE[0]), scaled(TEMPLATE[1]), scaled(TEMPLATE[2])],
    width: Math.floor(TEMPLATE_WIDTH * scale),
    height: Math.floor(TEMPLATE_HEIGHT * scale),
  };
}

/** Points with their centroid at 0 and a standard deviation of 1, and what was taken out. */
export interface NormalizedPoints {
  center: Point;
  deviation: number;
  points: AlignmentPoints;
}

/** Moves the centroid to 0 and divides by the unbiased standard deviation over all six coordinates. */
function normalize(points: AlignmentPoints): NormalizedPoints {
  const center: Point = [
    (points[0][0] + points[1][0] + points[2][0]) / 3,
    (points[0][1] + points[1][1] + points[2][1]) / 3,
  ];
  const squares = points.reduce((sum, [x, y]) => sum + (x - center[0]) ** 2 + (y - center[1]) ** 2, 0);
  const deviation = Math.sqrt(squares / (2 * points.length - 1));
  const normalized = ([x, y]: Point): Point => [(x - center[0]) / deviation, (y - center[1]) / deviation];
  return { center, deviation, points: [normalized(points[0]), normalized(points[1]), normalized(points[2])] };
}

/** Throws a LatentSyncError `input-invalid` when points whose coordinates have this deviation coincide or are not finite. */
export function checkDistinct(points: AlignmentPoints, deviation: number): void {
  if (!(deviation > 0) || !Number.isFinite(deviation)) {
    throw new LatentSyncError(
      'input-invalid',
      `The three alignment points must differ and be finite (got ${points.map((point) => `(${point.join(', ')})`).join(', ')}).`,
      { remedy: 'Check the landmarks of this frame.' },
    );
  }
}

/**
 * Returns the similarity that maps `points` to `target`.
 *
 * The rotation maximizes the trace of R·A for the covariance A of the normalized points (orthogonal Procrustes); in two
 * dimensions the sign-fixed singular value decomposition has the closed form angle = atan2(A₀₁ − A₁₀, A₀₀ + A₁₁).
 *
 * @throws LatentSyncError `input-invalid` when the points coincide or are not finite.
 */
export function estimateSimilarity(points: AlignmentPoints, target: AlignmentPoints): SimilarityEstimate {
  const source = normalize(points);
  const goal = normalize(target);
  checkDistinct(points, source.deviation);
  let symmetric = 0; // A₀₀ + A₁₁
  let antisymmetric = 0; // A₀₁ − A₁₀
  for (let i = 0; i < 3; i++) {
    const [x, y] = source.points[i];
    const [goalX, goalY] = goal.points[i];
    symmetric += x * goalX + y * goalY;
    antisymmetric += x * goalY - y * goalX;
  }
  const angle = Math.atan2(antisymmetric, symmetric);
  const scale = goal.deviation / source.deviation;
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  const [x, y] = source.center;
  return {
    affineMatrix: [cos, -sin, goal.center[0] - cos * x + sin * y, sin, cos, goal.center[1] - sin * x - cos * y],
    noseBias: [goal.points[2][0] - source.points[2][0], goal.points[2][1] - source.points[2][1]],
  };
}

const PREVIOUS_BIAS_WEIGHT = 0.2;

/** How an {@link AffineSmoother} computes. */
export interface AffineSmootherOptions {
  /** Estimates the transform of one frame. Default {@link estimateSimilarity}. */
  estimate?: typeof estimateSimilarity;
  /** Rounds every sum and product. Default: not at all. */
  round?: (value: number) => number;
}

/**
 * Similarity transforms of consecutive frames: the nose bias is smoothed over frames (0.2 · previous + 0.8 · new) and
 * added to the translation.
 */
export class AffineSmoother {
  readonly #target: AlignmentPoints;
  readonly #estimate: typeof estimateSimilarity;
  readonly #round: (value: number) => number;
  #noseBias: Point | undefined;

  constructor(
    target: AlignmentPoints,
    { estimate = estimateSimilarity, round = (value) => value }: AffineSmootherOptions = {},
  ) {
    this.#target = target;
    this.#estimate = estimate;
    this.#round = round;
  }

  /** Forgets the frames seen; call it at cuts and where a track starts (the reference never does). */
  reset(): void {
    this.#noseBias = undefined;
  }

  /** Returns the smoothed transform of the next frame. */
  next(points: AlignmentPoints): AffineMatrix {
    const round = this.#round;
    const { affineMatrix, noseBias } = this.#estimate(points, this.#target);
    const previous = this.#noseBias ?? noseBias;
    const weights = [round(PREVIOUS_BIAS_WEIGHT), round(1 - PREVIOUS_BIAS_WEIGHT)] as const;
    const smooth = (index: 0 | 1): number =>
      round(round(previous[index] * weights[0]) + round(noseBias[index] * weights[1]));
    const bias: Point = [smooth(0), smooth(1)];
    this.#noseBias = bias;
    const [a, b, tx, c, d, ty] = affineMatrix;
    return [a, b, round(tx + bias[0]), c, d, round(ty + bias[1])];
  }
}
