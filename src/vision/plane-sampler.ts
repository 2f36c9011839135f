// Samples planes of a picture at the pixels of a face: [h,w] → [H,W], bilinear, by any affine matrix.
import type { Plane } from '../tensor/picture.ts';
import { invertAffine, type AffineMatrix } from './geometry.ts';
import { linearRange } from './warp.ts';

/** The image that {@link samplePlane} makes. */
export interface SampledSize {
  width: number;
  height: number;
}

/**
 * Writes the values of a plane at the pixels of an image. Beyond its edge, the plane goes on as it is there.
 *
 * @param matrix - maps samples of the plane to pixels of the image.
 * @param out - width · height values.
 */
export function samplePlane(plane: Plane, matrix: AffineMatrix, size: SampledSize, out: Float32Array): void {
  const { data, width, height, offset, step, stride } = plane;
  const [a, b, tx, c, d, ty] = invertAffine(matrix);
  for (let y = 0, to = 0; y < size.height; y++) {
    const startX = b * y + tx;
    const startY = d * y + ty;
    // Where all four neighbors are inside the plane; one pixel less on each side against rounding.
    const [firstX, endX] = linearRange(a, startX, 0, width - 1, size.width);
    const [firstY, endY] = linearRange(c, startY, 0, height - 1, size.width);
    const first = Math.min(size.width, Math.max(firstX, firstY) + 1);
    const end = Math.max(first, Math.min(endX, endY) - 1);
    for (let x = 0; x < size.width; x++, to++) {
      const sourceX = a * x + startX;
      const sourceY = c * x + startY;
      if (x < first || x >= end) {
        out[to] = sampleNear(plane, sourceX, sourceY);
        continue;
      }
      const column = sourceX | 0;
      const row = sourceY | 0;
      const fx = sourceX - column;
      const fy = sourceY - row;
      const belowRight = fx * fy;
      const right = fx - belowRight;
      const below = fy - belowRight;
      const at = offset + row * stride + column * step;
      out[to] =
        (1 - fx - below) * data[at] +
        right * data[at + step] +
        below * data[at + stride] +
        belowRight * data[at + stride + step];
    }
  }
}

/** Returns the value at a position some of whose neighbors may be beyond the plane. */
function sampleNear({ data, width, height, offset, step, stride }: Plane, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const fx = x - column;
  const fy = y - row;
  const at = (i: number, j: number): number => data[offset + limited(j, height) * stride + limited(i, width) * step];
  const above = (1 - fx) * at(column, row) + fx * at(column + 1, row);
  const below = (1 - fx) * at(column, row + 1) + fx * at(column + 1, row + 1);
  return (1 - fy) * above + fy * below;
}

function limited(index: number, count: number): number {
  return Math.min(count - 1, Math.max(0, index));
}
