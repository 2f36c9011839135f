// Points, boxes and 2×3 affine matrices in pixel coordinates; (0, 0) is the center of the top left pixel.

/** A position in pixels. */
export type Point = readonly [x: number, y: number];

/** An axis-parallel rectangle in pixels; `x`, `y` is its top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A square in a frame, turned about its center; in pixels. */
export interface RotatedSquare {
  readonly centerX: number;
  readonly centerY: number;
  /** Length of a side. */
  readonly side: number;
  /** Clockwise turn in radians: the direction of the square's rows in the frame. */
  readonly angle: number;
}

/** A 2×3 affine matrix, row by row: x' = a·x + b·y + tx, y' = c·x + d·y + ty. */
export type AffineMatrix = readonly [a: number, b: number, tx: number, c: number, d: number, ty: number];

/** Returns the point that the matrix maps a point to. */
export function transformPoint([a, b, tx, c, d, ty]: AffineMatrix, [x, y]: Point): Point {
  return [a * x + b * y + tx, c * x + d * y + ty];
}

/**
 * Returns the matrix of the opposite direction.
 *
 * @throws RangeError when the matrix maps the plane to a line or a point.
 */
export function invertAffine(matrix: AffineMatrix): AffineMatrix {
  const [a, b, tx, c, d, ty] = matrix;
  const determinant = a * d - b * c;
  if (!(Math.abs(determinant) > 1e-12)) {
    throw new RangeError(`The affine matrix [${matrix.join(', ')}] has no inverse (determinant ${determinant}).`);
  }
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return [ia, ib, -(ia * tx + ib * ty), ic, id, -(ic * tx + id * ty)];
}

/** Returns the matrix that maps a point as `first` does, then as `then` does. */
export function composeAffine(then: AffineMatrix, first: AffineMatrix): AffineMatrix {
  const [a, b, tx, c, d, ty] = then;
  const [e, f, ux, g, h, uy] = first;
  return [a * e + b * g, a * f + b * h, a * ux + b * uy + tx, c * e + d * g, c * f + d * h, c * ux + d * uy + ty];
}

/** Returns how much two boxes overlap: the area of the intersection over that of the union, 0 … 1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/** Returns how much of the smaller of two boxes the other one covers, 0 … 1. */
export function coverage(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.min(a.width * a.height, b.width * b.height);
}
