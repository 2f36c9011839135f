// How sharp a face is beside what it would be in focus: fine detail over coarse, from a grid of 40×40 cells across it.
import { pixelsIn, type Image8 } from '../tensor/image.ts';

/** Cells across the face, about a fortieth of its width each, so that its size in pixels does not count. */
const CELLS = 40;
/** Samples per cell along each axis, at most. */
const MOST_SAMPLES = 4;
/** Width of the face over the distance of the outer corners of the eyes. */
const FACE_OVER_EYES = 1.5;
/** Outer corners of the eyes, and the tip of the nose, on the mesh. */
const [LEFT_EYE, RIGHT_EYE, NOSE] = [33, 263, 4];

/**
 * Returns the sharpness of a face: about 0.5 to 0.7 in focus, below 0.4 when blurred by more than a twentieth of its width.
 *
 * @param landmarks - x, y, z of the 468 landmarks of the mesh.
 */
export function faceSharpness(image: Image8, landmarks: Float32Array): number {
  const fine = faceGrid(image, landmarks);
  const medium = boxMean(fine, 1);
  const coarse = boxMean(medium, 3);
  // Even surfaces have no detail at any scale.
  return meanChange(fine, medium) / (meanChange(medium, coarse) + 0.1);
}

/** Returns the luma of the cells, along the line of the eyes, the nose in the middle. */
function faceGrid(image: Image8, landmarks: Float32Array): Float32Array {
  const { width, height, channels } = image;
  const at = (index: number): [number, number, number] => [
    landmarks[3 * index],
    landmarks[3 * index + 1],
    landmarks[3 * index + 2],
  ];
  const [left, right, nose] = [at(LEFT_EYE), at(RIGHT_EYE), at(NOSE)];
  const angle = Math.atan2(right[1] - left[1], right[0] - left[0]);
  const eyes = Math.hypot(right[0] - left[0], right[1] - left[1], right[2] - left[2]);
  const cell = (FACE_OVER_EYES * eyes) / CELLS;
  const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.round(cell)));
  const step = cell / samples;
  const [stepX, stepY] = [step * Math.cos(angle), step * Math.sin(angle)];
  const grid = new Float32Array(CELLS * CELLS);
  const side = CELLS * samples;
  const half = side / 2 - 0.5;
  const reach = Math.ceil(half * (Math.abs(stepX) + Math.abs(stepY))) + 1;
  const [middleX, middleY] = [Math.round(nose[0]), Math.round(nose[1])];
  const data = pixelsIn(image, {
    left: middleX - reach,
    top: middleY - reach,
    right: middleX + reach + 1,
    bottom: middleY + reach + 1,
  });
  for (let v = 0, row = 0; v < side; row += CELLS) {
    for (const end = v + samples; v < end; v++) {
      const [offsetX, offsetY] = [(v - half) * stepY, (v - half) * stepX];
      for (let u = 0, cell = row; u < side; cell++) {
        let sum = grid[cell];
        for (const endOfCell = u + samples; u < endOfCell; u++) {
          const x = Math.round(nose[0] + (u - half) * stepX - offsetX);
          const y = Math.round(nose[1] + (u - half) * stepY + offsetY);
          const from = channels * (Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x)));
          sum = Math.fround(sum + (0.3 * data[from] + 0.6 * data[from + 1] + 0.1 * data[from + 2]));
        }
        grid[cell] = sum;
      }
    }
  }
  return grid.map((sum) => sum / (samples * samples));
}

/** Returns the mean over a square of so many cells around each. */
function boxMean(grid: Float32Array, radius: number): Float32Array {
  const cellsOfMean = 2 * radius + 1;
  const along = (from: Float32Array, stride: number, line: number): Float32Array => {
    const to = new Float32Array(CELLS * CELLS);
    const cells = new Float32Array(CELLS + 2 * radius); // of a line, its first and its last one repeated
    for (let i = 0; i < CELLS; i++) {
      for (let k = 0; k < cells.length; k++) {
        cells[k] = from[i * line + Math.max(0, Math.min(CELLS - 1, k - radius)) * stride];
      }
      for (let k = 0; k < CELLS; k++) {
        let sum = 0;
        for (let d = k; d <= k + 2 * radius; d++) sum += cells[d];
        to[i * line + k * stride] = sum / cellsOfMean;
      }
    }
    return to;
  };
  return along(along(grid, 1, CELLS), CELLS, 1);
}

function meanChange(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}
