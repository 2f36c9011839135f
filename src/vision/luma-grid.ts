// A part of an image → a small gray picture: the mean luma of the cells of a grid, from a few pixels of each.
import { luma, pixelReader, type Image8 } from '../tensor/image.ts';
import type { Box } from './geometry.ts';

/** How {@link fillLumaGrid} divides a part of an image. */
export interface LumaGrid {
  /** Cells along each axis. */
  cells: number;
  /** Pixels looked at per cell, along each axis. */
  samples: number;
  /** The part of the image, in pixels; places outside the image show its border. Default: all of it. */
  box?: Box;
}

/** Fills `out`, [cells, cells], with luma by ITU-R BT.601, 0 … 255. */
export function fillLumaGrid(image: Image8, { cells, samples, box }: LumaGrid, out: Float32Array): void {
  const { width, height } = image;
  const pixelAt = pixelReader(image);
  const part = box ?? { x: 0, y: 0, width, height };
  const grid = cells * samples;
  const columns = Int32Array.from({ length: grid }, (_, i) => clamp(part.x + ((i + 0.5) * part.width) / grid, width));
  out.fill(0);
  for (let j = 0; j < grid; j++) {
    const row = clamp(part.y + ((j + 0.5) * part.height) / grid, height);
    const to = Math.floor(j / samples) * cells;
    for (let i = 0; i < grid; i++) {
      const pixel = pixelAt(columns[i], row);
      out[to + Math.floor(i / samples)] +=
        luma(pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255) / (samples * samples);
    }
  }
}

function clamp(position: number, size: number): number {
  return Math.max(0, Math.min(size - 1, Math.floor(position)));
}

/** Returns the mean absolute difference of two pictures of the same size. */
export function meanAbsoluteDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}
