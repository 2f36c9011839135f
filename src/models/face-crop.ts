// Crops for the face networks: a rotated square of a frame [H,W,3|4] → RGB bytes [size,size,3], averaged where it shrinks.
import type { Box, RotatedSquare } from '../vision/geometry.ts';
import type { Image8 } from '../tensor/image.ts';

/** What a crop shows beyond the frame's edges: the nearest pixel, or black. */
export type CropBorder = 'nearest' | 'black';

/** Returns the smallest axis-parallel box around a rotated square that is enlarged by a factor. */
function boundingBox({ centerX, centerY, side, angle }: RotatedSquare, enlargement: number): Box {
  const extent = side * enlargement * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
  return { x: centerX - extent / 2, y: centerY - extent / 2, width: extent, height: extent };
}

/**
 * A part of a frame, shrunk by a whole factor with the mean over blocks of pixels, from which crops are sampled. Sampling
 * crops of almost the same square several times costs one pass over the frame's pixels this way, and crops do not alias.
 */
export class CropSource {
  readonly #data: Float32Array; // [height, width, 3]
  readonly #width: number;
  readonly #height: number;
  readonly #factor: number;
  readonly #left: number; // of the first block, in pixels of the frame; may lie outside
  readonly #top: number;

  /**
   * @param square - where crops will be taken.
   * @param size - side of the crops in pixels.
   * @param options.margin - how much larger than `square` the region is within which crops may move. Default 1.25.
   * @param options.border - default `nearest`.
   */
  constructor(
    frame: Image8,
    square: RotatedSquare,
    size: number,
    options: { margin?: number; border?: CropBorder } = {},
  ) {
    const { margin = 1.25, border = 'nearest' } = options;
    const box = boundingBox(square, margin);
    this.#factor = Math.max(1, Math.floor(square.side / size));
    // One block more on each side for the bilinear neighbors.
    this.#left = Math.floor(box.x) - this.#factor;
    this.#top = Math.floor(box.y) - this.#factor;
    this.#width = Math.ceil(box.width / this.#factor) + 3;
    this.#height = Math.ceil(box.height / this.#factor) + 3;
    this.#data = this.#reduce(frame, border);
  }

  #reduce(frame: Image8, border: CropBorder): Float32Array {
    const { data, width: frameWidth, height: frameHeight, channels } = frame;
    const factor = this.#factor;
    const width = this.#width;
    const out = new Float32Array(width * this.#height * 3);
    // For every column of pixels: where it is in a row of the frame (−1 for black).
    const columns = new Int32Array(width * factor);
    for (let i = 0; i < columns.length; i++) {
      const x = this.#left + i;
      const inside = x >= 0 && x < frameWidth;
      columns[i] = inside || border === 'nearest' ? Math.min(Math.max(x, 0), frameWidth - 1) * channels : -1;
    }
    for (let row = 0; row < this.#height * factor; row++) {
      const y = this.#top + row;
      if (border === 'black' && (y < 0 || y >= frameHeight)) continue;
      const line = Math.min(Math.max(y, 0), frameHeight - 1) * frameWidth * channels;
      let to = Math.floor(row / factor) * width * 3;
      for (let i = 0; i < columns.length; to += 3) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (const end = i + factor; i < end; i++) {
          if (columns[i] < 0) continue;
          const from = line + columns[i];
          red += data[from];
          green += data[from + 1];
          blue += data[from + 2];
        }
        out[to] += red;
        out[to + 1] += green;
        out[to + 2] += blue;
      }
    }
    const scale = 1 / (factor * factor);
    for (let i = 0; i < out.length; i++) out[i] *= scale;
    return out;
  }

  /**
   * Returns the square as RGB bytes [size,size,3], sampled bilinearly. Outside the region of the constructor, its edge is repeated.
   */
  crop({ centerX, centerY, side, angle }: RotatedSquare, size: number): Uint8Array {
    const data = this.#data;
    const width = this.#width;
    const maxColumn = width - 1.0001;
    const maxRow = this.#height - 1.0001;
    const out = new Uint8Array(size * size * 3);
    const step = side / size / this.#factor;
    const stepX = Math.cos(angle) * step;
    const stepY = Math.sin(angle) * step;
    // The center of block c is at left + c·factor + (factor − 1)/2 in the frame.
    const centerColumn = (centerX - this.#left - (this.#factor - 1) / 2) / this.#factor;
    const centerRow = (centerY - this.#top - (this.#factor - 1) / 2) / this.#factor;
    for (let y = 0, to = 0; y < size; y++) {
      const v = y - (size - 1) / 2;
      for (let x = 0; x < size; x++, to += 3) {
        const u = x - (size - 1) / 2;
        const column = Math.min(Math.max(centerColumn + u * stepX - v * stepY, 0), maxColumn);
        const row = Math.min(Math.max(centerRow + u * stepY + v * stepX, 0), maxRow);
        const left = column | 0;
        const top = row | 0;
        const fx = column - left;
        const fy = row - top;
        const belowRight = fx * fy;
        const right = fx - belowRight;
        const below = fy - belowRight;
        const here = 1 - fx - below;
        const p = (top * width + left) * 3;
        const q = p + width * 3;
        out[to] = here * data[p] + right * data[p + 3] + below * data[q] + belowRight * data[q + 3] + 0.5;
        out[to + 1] = here * data[p + 1] + right * data[p + 4] + below * data[q + 1] + belowRight * data[q + 4] + 0.5;
        out[to + 2] = here * data[p + 2] + right * data[p + 5] + below * data[q + 2] + belowRight * data[q + 5] + 0.5;
      }
    }
    return out;
  }
}

/** Returns the frame's point at a crop's pixel; (0, 0) is the center of the crop's top left pixel too. */
export function cropToFrame(square: RotatedSquare, size: number, x: number, y: number): [x: number, y: number] {
  const step = square.side / size;
  const u = (x - (size - 1) / 2) * step;
  const v = (y - (size - 1) / 2) * step;
  const cos = Math.cos(square.angle);
  const sin = Math.sin(square.angle);
  return [square.centerX + u * cos - v * sin, square.centerY + u * sin + v * cos];
}
