// Fréchet distance between two sets of features [N, D]: how far apart the Gaussians are that fit them best.
import type { Tensor } from '../tensor/tensor.ts';

/** Sweeps of rotations after which the columns are orthogonal, by far. */
const MOST_SWEEPS = 60;

/** Columns count as orthogonal below this cosine. */
const ORTHOGONAL = 1e-14;

/** Rows of equal length. */
type Matrix = Float64Array[];

/**
 * Returns the Fréchet distance of two sets of features, as in FVD: |μa − μb|² + tr(A + B − 2·√(A·B)), where μ are the means, A and B the
 * unbiased covariances (Heusel et al. 2017). The trace of the root is taken as the sum of the singular values of the product of the
 * centered features, so that few or dependent features do no harm.
 *
 * @param a - [N, D].
 * @param b - [M, D].
 * @throws RangeError when there are fewer than two rows in either, or D differs.
 */
export function frechetDistance(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  const [rowsA, width] = a.shape;
  const [rowsB] = b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || b.shape[1] !== width || rowsA < 2 || rowsB < 2) {
    throw new RangeError(
      `a and b must be [rows, D] with one D and at least two rows (got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]).`,
    );
  }
  const [fitA, fitB] = [fit(a), fit(b)];
  const means = fitA.mean.reduce((sum, value, i) => sum + (value - fitB.mean[i]) ** 2, 0);
  const product = fitA.root.map((row) => Float64Array.from(fitB.root, (other) => dot(row, other)));
  return means + squares(fitA.root) + squares(fitB.root) - 2 * sumOfSingularValues(product);
}

/** Returns the mean of the rows, and a matrix R of at most D rows with RᵀR = the covariance. */
function fit({ shape: [rows, width], data }: Tensor<'float32'>): { mean: Float64Array; root: Matrix } {
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width] += data[i] / rows;
  const scale = 1 / Math.sqrt(rows - 1);
  const centered = Array.from({ length: rows }, (_, row) =>
    mean.map((value, i) => (data[row * width + i] - value) * scale),
  );
  return { mean, root: triangular(centered) };
}

/** Returns the R of a matrix's QR decomposition, by Householder's reflections. */
function triangular(matrix: Matrix): Matrix {
  const rows = matrix.length;
  const columns = matrix[0].length;
  for (let pivot = 0; pivot < Math.min(rows - 1, columns); pivot++) {
    const vector = matrix.slice(pivot).map((row) => row[pivot]);
    const length = Math.hypot(...vector);
    if (length === 0) continue;
    vector[0] += vector[0] < 0 ? -length : length;
    const half = vector.reduce((sum, value) => sum + value * value, 0) / 2;
    for (let column = pivot; column < columns; column++) {
      const along = vector.reduce((sum, value, i) => sum + value * matrix[pivot + i][column], 0) / half;
      vector.forEach((value, i) => (matrix[pivot + i][column] -= along * value));
    }
  }
  return matrix.slice(0, columns);
}

/** Rotates pairs of rows until all are orthogonal (Hestenes 1958): their lengths are the singular values. */
function sumOfSingularValues(rows: Matrix): number {
  for (let sweep = 0, isDone = false; !isDone && sweep < MOST_SWEEPS; sweep++) {
    isDone = true;
    for (const [i, a] of rows.entries()) {
      for (const b of rows.slice(i + 1)) if (rotate(a, b)) isDone = false;
    }
  }
  return rows.reduce((sum, row) => sum + Math.sqrt(dot(row, row)), 0);
}

/** Makes two vectors orthogonal; returns whether they were not already. */
function rotate(a: Float64Array, b: Float64Array): boolean {
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa * bb)) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k], b[k]];
    a[k] = cosine * x - sine * y;
    b[k] = sine * x + cosine * y;
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function squares(matrix: Matrix): number {
  return matrix.reduce((sum, row) => sum + dot(row, row), 0);
}
