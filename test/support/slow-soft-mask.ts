// The soft mask of the whole frame by its definition, step by step: ones warped, eroded twice, blurred.
import type { AffineMatrix } from '../../src/vision/geometry.ts';
import { transformPoint } from '../../src/vision/geometry.ts';
import type { Size } from '../../src/vision/lanczos.ts';

type Plane = Float64Array;

function filter(frame: Size, value: (x: number, y: number) => number): Plane {
  return Float64Array.from({ length: frame.width * frame.height }, (_, i) =>
    value(i % frame.width, Math.floor(i / frame.width)),
  );
}

/** Returns ones of the crop's size, warped bilinearly into the frame with zeros around. */
export function slowCoverage(matrix: AffineMatrix, crop: Size, frame: Size): Plane {
  return filter(frame, (x, y) => {
    const [u, v] = transformPoint(matrix, [x, y]);
    const at = (column: number, row: number): number =>
      column >= 0 && row >= 0 && column < crop.width && row < crop.height ? 1 : 0;
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const above = (1 - (u - column)) * at(column, row) + (u - column) * at(column + 1, row);
    const below = (1 - (u - column)) * at(column, row + 1) + (u - column) * at(column + 1, row + 1);
    return (1 - (v - row)) * above + (v - row) * below;
  });
}

/** Returns the minimum over the windows [x − before, x + after]², ignoring pixels beyond the frame. */
export function slowErosion(plane: Plane, frame: Size, before: number, after: number): Plane {
  return filter(frame, (x, y) => {
    let minimum = Infinity;
    for (let row = Math.max(0, y - before); row <= Math.min(frame.height - 1, y + after); row++) {
      for (let column = Math.max(0, x - before); column <= Math.min(frame.width - 1, x + after); column++) {
        minimum = Math.min(minimum, plane[row * frame.width + column]);
      }
    }
    return minimum;
  });
}

/** Returns the soft mask and the coverage after the first erosion. */
export function slowSoftMask(matrix: AffineMatrix, crop: Size, frame: Size): { soft: Plane; covered: Plane } {
  const covered = slowErosion(slowCoverage(matrix, crop, frame), frame, 1, 0);
  const area = covered.reduce((a, b) => a + b, 0);
  const w = Math.floor(Math.floor(Math.sqrt(area)) / 20);
  const center = w === 0 ? covered : slowErosion(covered, frame, w, w - 1);
  const sigma = 0.3 * (w - 1) + 0.8;
  const kernel = Array.from({ length: 2 * w + 1 }, (_, i) => Math.exp(-((i - w) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const mirror = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const across = filter(frame, (x, y) =>
    kernel.reduce((total, k, i) => total + (k / sum) * center[y * frame.width + mirror(x + i - w, frame.width)], 0),
  );
  const soft = filter(frame, (x, y) =>
    kernel.reduce((total, k, i) => total + (k / sum) * across[mirror(y + i - w, frame.height) * frame.width + x], 0),
  );
  return { soft, covered };
}
