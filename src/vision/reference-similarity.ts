// The reference's estimate of the similarity, in its own single precision and order of operations.
import type { AffineMatrix, Point } from './geometry.ts';
import { checkDistinct } from './similarity.ts';
import type { AlignmentPoints, NormalizedPoints, SimilarityEstimate } from './similarity.ts';

const float32 = Math.fround;

/** Moves the centroid to 0 and divides by the standard deviation over all six coordinates, which alone is found in double. */
function normalize(points: AlignmentPoints): NormalizedPoints {
  const coordinates = points.map(([x, y]): Point => [float32(x), float32(y)]);
  const mean = (axis: 0 | 1): number =>
    float32(float32(float32(coordinates[0][axis] + coordinates[1][axis]) + coordinates[2][axis]) / 3);
  const center: Point = [mean(0), mean(1)];
  const centered = coordinates.map(([x, y]): Point => [float32(x - center[0]), float32(y - center[1])]);
  const values = centered.flat();
  const rest = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - rest) ** 2, 0);
  const deviation = float32(Math.sqrt(squares / (values.length - 1)));
  checkDistinct(points, deviation);
  const [a, b, c] = centered.map(([x, y]): Point => [float32(x / deviation), float32(y / deviation)]);
  return { center, deviation, points: [a, b, c] };
}

/** Two rows of two. */
type Matrix2 = readonly [a: number, b: number, c: number, d: number];

/** Returns a·b + c·d, every step rounded. */
function dot(a: number, b: number, c: number, d: number): number {
  return float32(float32(a * b) + float32(c * d));
}

/** Returns the rotation V · Uᵀ of a covariance U · S · Vᵀ; a reflection is made a rotation by V's second column. */
function rotationOf(covariance: Matrix2): Matrix2 {
  const [left, [v00, v01, v10, v11]] = singularVectors(covariance);
  const product = (sign: 1 | -1): Matrix2 => [
    dot(v00, left[0], sign * v10, left[1]),
    dot(v00, left[2], sign * v10, left[3]),
    dot(v01, left[0], sign * v11, left[1]),
    dot(v01, left[2], sign * v11, left[3]),
  ];
  const rotation = product(1);
  return dot(rotation[0], rotation[3], -rotation[1], rotation[2]) < 0 ? product(-1) : rotation;
}

/**
 * Returns U and Vᵀ of a 2×2 matrix as LAPACK's `sgesdd` finds them: a Householder reflection makes the matrix triangular,
 * and the singular vectors of that have a closed form (J. Demmel, W. Kahan: Accurate singular values of bidiagonal
 * matrices, 1990).
 */
function singularVectors([a, b, c, d]: Matrix2): [left: Matrix2, right: Matrix2] {
  const diagonal = c === 0 ? a : -signOf(a) * norm(a, c);
  const strength = c === 0 ? 0 : float32(float32(diagonal - a) / diagonal);
  const direction = c === 0 ? 0 : float32(c * float32(1 / float32(a - diagonal)));
  const reflected = (x: number, y: number): Point => {
    const along = float32(strength * float32(x + float32(direction * y)));
    return [float32(x - along), float32(y - float32(along * direction))];
  };
  const { cosLeft, sinLeft, cosRight, sinRight, signs } = triangularVectors(diagonal, ...reflected(b, d));
  const [u00, u10] = reflected(cosLeft, sinLeft);
  const [u01, u11] = reflected(-sinLeft, cosLeft);
  return [
    [u00, u01, u10, u11],
    [signs[0] * cosRight, signs[0] * sinRight, -signs[1] * sinRight, signs[1] * cosRight],
  ];
}

interface TriangularVectors {
  cosLeft: number;
  sinLeft: number;
  cosRight: number;
  sinRight: number;
  /** The signs of the two singular values that belong to these vectors. */
  signs: Point;
}

/** Half the distance between 1 and the next float32. */
const UNIT_ROUNDOFF = 2 ** -24;

/** Returns the rotations that make [[f, g], [0, h]] diagonal, the larger value first. */
function triangularVectors(f: number, g: number, h: number): TriangularVectors {
  const swapped = Math.abs(h) > Math.abs(f);
  const [large, small] = swapped ? [h, f] : [f, h];
  const [fa, ga, ha] = [Math.abs(large), Math.abs(g), Math.abs(small)];
  let [cosA, sinA, cosB, sinB] = [1, 0, 1, 0];
  if (ga > fa && float32(fa / ga) < UNIT_ROUNDOFF) {
    sinA = float32(small / g);
    sinB = 1;
    cosB = float32(large / g);
  } else if (ga > 0) {
    const gap = float32(fa - ha);
    const l = gap === fa ? 1 : float32(gap / fa);
    const m = float32(g / large);
    const t = float32(2 - l);
    const mm = float32(m * m);
    const s = float32(Math.sqrt(float32(float32(t * t) + mm)));
    const r = l === 0 ? Math.abs(m) : float32(Math.sqrt(float32(float32(l * l) + mm)));
    const mean = float32(0.5 * float32(s + r));
    const tangent =
      mm > 0
        ? float32(float32(float32(m / float32(s + t)) + float32(m / float32(r + l))) * float32(1 + mean))
        : l === 0
          ? 2 * signOf(large) * signOf(g)
          : float32(float32(g / (signOf(large) * gap)) + float32(m / t));
    const length = float32(Math.sqrt(float32(float32(tangent * tangent) + 4)));
    cosB = float32(2 / length);
    sinB = float32(tangent / length);
    cosA = float32(float32(cosB + float32(sinB * m)) / mean);
    sinA = float32(float32(float32(small / large) * sinB) / mean);
  }
  const [cosLeft, sinLeft, cosRight, sinRight] = swapped ? [sinB, cosB, sinA, cosA] : [cosA, sinA, cosB, sinB];
  const first = ga > fa ? [sinRight, cosLeft, g] : swapped ? [sinRight, sinLeft, h] : [cosRight, cosLeft, f];
  const sign = first.reduce((product, value) => product * signOf(value), 1);
  return { cosLeft, sinLeft, cosRight, sinRight, signs: [sign, sign * signOf(f) * signOf(h)] };
}

function signOf(value: number): 1 | -1 {
  return value < 0 ? -1 : 1;
}

/** Returns √(a² + b²) without overflow. */
function norm(a: number, b: number): number {
  const large = Math.max(Math.abs(a), Math.abs(b));
  const ratio = float32(Math.min(Math.abs(a), Math.abs(b)) / large);
  return float32(large * float32(Math.sqrt(float32(1 + float32(ratio * ratio)))));
}

/**
 * Does what `estimateSimilarity` does, with the reference's rounding, so that its matrices are the reference's in every bit.
 *
 * The steps are those of PyTorch on a CPU in single precision.
 *
 * @throws LatentSyncError `input-invalid` when the points coincide or are not finite.
 */
export function estimateReferenceSimilarity(points: AlignmentPoints, target: AlignmentPoints): SimilarityEstimate {
  const source = normalize(points);
  const goal = normalize(target);
  const covariance = (row: 0 | 1, column: 0 | 1): number => {
    const [p, q, r] = source.points.map((point, i) => float32(point[row] * goal.points[i][column]));
    return float32(float32(p + q) + r);
  };
  const rotation = rotationOf([covariance(0, 0), covariance(0, 1), covariance(1, 0), covariance(1, 1)]);
  const scale = float32(goal.deviation / source.deviation);
  const [x, y] = source.center;
  const [a, b, c, d] = rotation;
  const shift = (from: number, cos: number, sin: number): number =>
    float32(from - float32(scale * dot(cos, x, sin, y)));
  const affineMatrix: AffineMatrix = [
    float32(scale * a),
    float32(scale * b),
    shift(goal.center[0], a, b),
    float32(scale * c),
    float32(scale * d),
    shift(goal.center[1], c, d),
  ];
  const [noseX, noseY] = source.points[2];
  return { affineMatrix, noseBias: [float32(goal.points[2][0] - noseX), float32(goal.points[2][1] - noseY)] };
}
