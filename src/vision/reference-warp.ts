// The reference's warp of 8-bit images [H,W,C]: bilinear, in its own single precision and order of operations, truncated.
import type { AffineMatrix } from './geometry.ts';
import type { Size } from './lanczos.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { pixelWords } from './warp.ts';
import type { WarpOptions } from './warp.ts';

const float32 = Math.fround;

/**
 * Does what `warpAffine` does, with the reference's rounding: positions are found on a grid from −1 to 1, each sum and
 * product is rounded to single precision, and what lies outside counts as 0 until the fill is added. Where a picture is
 * flat, the last bit of a weight decides between 199 and 200, so anything less exact differs in one value of a hundred.
 *
 * The steps are those of PyTorch's `linspace` and `grid_sample` (`align_corners=True`) on a CPU, and of kornia's
 * `warp_affine` (`padding_mode="fill"`).
 *
 * @param matrix - maps source pixels to result pixels; used in single precision.
 * @throws RangeError when the matrix maps the plane to a line or a point.
 */
export function referenceWarpAffine(
  image: Image8,
  matrix: AffineMatrix,
  width: number,
  height: number,
  options: WarpOptions = {},
): Image8 {
  const { fill = 127, out: target = new Uint8Array(3 * width * height) } = options;
  const result = createImage8(width, height, 3, target);
  const [a, b, tx, c, d, ty] = gridMatrix(matrix, image, { width, height });
  const words = pixelWords(image);
  const { width: columns, height: rows } = image;
  const halfWidth = (columns - 1) / 2;
  const halfHeight = (rows - 1) / 2;
  const across = gridPositions(width);
  const down = gridPositions(height);
  const acrossX = across.map((position) => a * position);
  const acrossY = across.map((position) => c * position);
  for (let y = 0, to = 0; y < height; y++) {
    const downX = float32(b * down[y]);
    const downY = float32(d * down[y]);
    for (let x = 0; x < width; x++, to += 3) {
      const sourceX = float32(float32(float32(float32(acrossX[x] + downX) + tx) + 1) * halfWidth);
      const sourceY = float32(float32(float32(float32(acrossY[x] + downY) + ty) + 1) * halfHeight);
      let left = Math.floor(sourceX);
      let top = Math.floor(sourceY);
      let right = left + 1;
      let bottom = top + 1;
      const toLeft = float32(sourceX - left);
      const toRight = float32(1 - toLeft);
      const toTop = float32(sourceY - top);
      const toBottom = float32(1 - toTop);
      let topLeft = float32(toBottom * toRight);
      let topRight = float32(toBottom * toLeft);
      let bottomLeft = float32(toTop * toRight);
      let bottomRight = float32(toTop * toLeft);
      if (!(left >= 0 && right < columns && top >= 0 && bottom < rows)) {
        if (!(left >= 0 && left < columns)) topLeft = bottomLeft = left = 0;
        if (!(right >= 0 && right < columns)) topRight = bottomRight = right = 0;
        if (!(top >= 0 && top < rows)) topLeft = topRight = top = 0;
        if (!(bottom >= 0 && bottom < rows)) bottomLeft = bottomRight = bottom = 0;
      }
      const inside = float32(float32(float32(topLeft + topRight) + bottomLeft) + bottomRight);
      const filling = float32(float32(1 - inside) * fill);
      const p = words[top * columns + left];
      const q = words[top * columns + right];
      const r = words[bottom * columns + left];
      const s = words[bottom * columns + right];
      for (let channel = 0, shift = 0; channel < 3; channel++, shift += 8) {
        // The reference fuses these: a byte times a float32 is exact, so that rounding the sums is enough.
        let sum = float32(topLeft * ((p >>> shift) & 255));
        sum = float32(sum + topRight * ((q >>> shift) & 255));
        sum = float32(sum + bottomLeft * ((r >>> shift) & 255));
        sum = float32(sum + bottomRight * ((s >>> shift) & 255));
        target[to + channel] = float32(sum + filling) | 0;
      }
    }
  }
  return result;
}

/** Returns positions from −1 to 1 at equal distances, found from the nearer end. */
function gridPositions(count: number): Float32Array {
  const step = float32(2 / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) ? step * i - 1 : 1 - step * (count - 1 - i),
  );
}

/**
 * Returns the inverse of the matrix, from the result's grid to the source's: pixels to grid, the matrix and grid to pixels
 * are multiplied first, and the product is inverted by its cofactors.
 */
function gridMatrix(matrix: AffineMatrix, source: Size, target: Size): AffineMatrix {
  const [a, b, tx, c, d, ty] = matrix.map(float32);
  const [sourceX, sourceY] = [float32(2 / (source.width - 1)), float32(2 / (source.height - 1))];
  const [targetX, targetY] = [float32(2 / (target.width - 1)), float32(2 / (target.height - 1))];
  const sourceArea = float32(sourceX * sourceY);
  const halfWidth = float32(sourceY / sourceArea);
  const halfHeight = float32(sourceX / sourceArea);

  const row = (x: number, y: number, start: number, scale: number): [number, number, number] => {
    const [fromX, fromY] = [float32(x * halfWidth), float32(y * halfHeight)];
    const fromHere = float32(float32(fromX + fromY) + start);
    return [float32(scale * fromX), float32(scale * fromY), float32(float32(scale * fromHere) - 1)];
  };
  const [xx, xy, x1] = row(a, b, tx, targetX);
  const [yx, yy, y1] = row(c, d, ty, targetY);

  const determinant = float32(float32(xx * yy) - float32(yx * xy));
  if (!(Math.abs(determinant) > 0)) {
    throw new RangeError(`The affine matrix [${matrix.join(', ')}] has no inverse (determinant ${determinant}).`);
  }
  const cofactorX = float32(float32(xy * y1) - float32(yy * x1));
  const cofactorY = float32(float32(x1 * yx) - float32(y1 * xx));
  return [
    float32(yy / determinant),
    float32(-xy / determinant),
    float32(cofactorX / determinant),
    float32(-yx / determinant),
    float32(xx / determinant),
    float32(cofactorY / determinant),
  ];
}
