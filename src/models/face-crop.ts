// Crops for the face networks: a rotated square of a frame [H,W,3|4] → RGB bytes [size,size,3], averaged where it shrinks.
import type { Box, RotatedSquare } from '../vision/geometry.ts';
import { pixelReader, pixelsIn, type Image8, type PixelBox } from '../tensor/image.ts';

/** What a crop shows beyond the frame's edges: the nearest pixel, or black. */
export type CropBorder = 'nearest' | 'black';

/** Returns the smallest axis-parallel box around a rotated square that is enlarged by a factor. */
function boundingBox({ centerX, centerY, side, angle }: RotatedSquare, enlargement: number): Box {
  const extent = side * enlargement * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
  return { x: centerX - extent / 2, y: centerY - extent / 2, width: extent, height: extent };
}

function within(position: number, size: number): number {
  return Math.min(Math.max(position, 0), size - 1);
}

/** Returns the pixels of an RGBA frame, each as one number with red in its lowest byte; undefined for other frames. */
function wordsIn(frame: Image8, part: PixelBox): Uint32Array | undefined {
  const { width, height, channels } = frame;
  if (channels !== 4) return undefined;
  const { buffer, byteOffset } = pixelsIn(frame, part);
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, width * height) : undefined;
}

/** Memory of sources that are done: some megabytes for each face of each frame would keep the garbage collector busy. */
export class CropMemory {
  #spare: Float32Array = new Float32Array(0);

  /** Returns an array with arbitrary content. */
  take(length: number): Float32Array {
    const spare = this.#spare;
    this.#spare = new Float32Array(0);
    return spare.length >= length ? spare : new Float32Array(length);
  }

  /** Takes back an array that is no longer used. */
  give(array: Float32Array): void {
    if (array.length > this.#spare.length) this.#spare = array;
  }
}

/**
 * A part of a frame, shrunk by a whole factor with the mean over blocks of pixels, from which crops are sampled. Sampling
 * crops of almost the same square several times costs one pass over the frame's pixels this way, and crops do not alias.
 */
export class CropSource implements Disposable {
  readonly #memory: CropMemory;
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
   * @param options.memory - what other sources have given back; by default new memory is taken.
   */
  constructor(
    frame: Image8,
    square: RotatedSquare,
    size: number,
    options: { margin?: number; border?: CropBorder; memory?: CropMemory } = {},
  ) {
    const { margin = 1.25, border = 'nearest', memory = new CropMemory() } = options;
    const box = boundingBox(square, margin);
    this.#factor = Math.max(1, Math.floor(square.side / size));
    // One block more on each side for the bilinear neighbors.
    this.#left = Math.floor(box.x) - this.#factor;
    this.#top = Math.floor(box.y) - this.#factor;
    this.#width = Math.ceil(box.width / this.#factor) + 3;
    this.#height = Math.ceil(box.height / this.#factor) + 3;
    this.#memory = memory;
    this.#data = memory.take(this.#width * this.#height * 3);
    this.#reduce(frame, border, this.#data);
  }

  #reduce(frame: Image8, border: CropBorder, out: Float32Array): void {
    const { width, height } = frame;
    const [factor, first, top] = [this.#factor, this.#left, this.#top];
    const right = first + this.#width * factor;
    const bottom = top + this.#height * factor;
    const words = wordsIn(frame, { left: first, top, right, bottom });
    const pixelAt = pixelReader(frame);
    const sums = new Int32Array(3);
    const scale = 1 / (factor * factor);
    for (let y = top, to = 0; y < bottom; y += factor) {
      for (let x = first; x < right; x += factor, to += 3) {
        const isInside = x >= 0 && y >= 0 && x + factor <= width && y + factor <= height;
        if (isInside && words) sumOfWords(words, { first: y * width + x, stride: width, side: factor }, sums);
        else sumOfPixels(pixelAt, { x, y, side: factor, width, height, border }, sums);
        out[to] = sums[0] * scale;
        out[to + 1] = sums[1] * scale;
        out[to + 2] = sums[2] * scale;
      }
    }
  }

  /** Gives back the memory; the source is not used any more. */
  [Symbol.dispose](): void {
    this.#memory.give(this.#data);
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

/** Sums the colors of a square block, of at most 257 pixels in a row. */
function sumOfWords(
  words: Uint32Array,
  { first, stride, side }: { first: number; stride: number; side: number },
  sums: Int32Array,
): void {
  let [red, green, blue] = [0, 0, 0];
  for (let row = 0, start = first; row < side; row++, start += stride) {
    let redBlue = 0; // the sums of both, 16 bits each
    for (let at = start; at < start + side; at++) {
      redBlue = (redBlue + (words[at] & 0xff00ff)) | 0;
      green += (words[at] >> 8) & 255;
    }
    red += redBlue & 0xffff;
    blue += redBlue >>> 16;
  }
  sums[0] = red;
  sums[1] = green;
  sums[2] = blue;
}

/** Sums the colors of a square block that may reach beyond the frame. */
function sumOfPixels(pixelAt: (x: number, y: number) => number, block: EdgeBlock, sums: Int32Array): void {
  const { x: left, y: top, side, width, height, border } = block;
  const isBlack = border === 'black';
  const [firstX, endX] = isBlack ? [Math.max(0, left), Math.min(width, left + side)] : [left, left + side];
  const [firstY, endY] = isBlack ? [Math.max(0, top), Math.min(height, top + side)] : [top, top + side];
  sums.fill(0);
  for (let y = firstY; y < endY; y++) {
    for (let x = firstX; x < endX; x++) {
      const pixel = pixelAt(within(x, width), within(y, height));
      sums[0] += pixel & 255;
      sums[1] += (pixel >> 8) & 255;
      sums[2] += (pixel >> 16) & 255;
    }
  }
}

/** A block of pixels at the edge of a frame of some size. */
interface EdgeBlock {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly width: number;
  readonly height: number;
  readonly border: CropBorder;
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
