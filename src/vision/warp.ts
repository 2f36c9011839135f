// Affine warps of 8-bit images [H,W,C]: bilinear, outside pixels hold a constant, result truncated to 8 bits.
import { invertAffine } from './geometry.ts';
import type { AffineMatrix } from './geometry.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';

/** How to warp. */
export interface WarpOptions {
  /** Gray level outside the source, 0 … 255; default 127. */
  fill?: number;
  /** Receives the result, 3 · width · height bytes. New ones by default. */
  out?: Uint8Array;
}

/** A range of whole pixels on one row. */
export type Span = readonly [first: number, end: number];

/**
 * Returns the integers x in [0, size) for which `low ≤ slope · x + offset ≤ high`, as [first, end).
 * The bounds are exact up to rounding in the last place.
 */
export function linearRange(slope: number, offset: number, low: number, high: number, size: number): Span {
  if (slope === 0) return offset >= low && offset <= high ? [0, size] : [0, 0];
  const atLow = (low - offset) / slope;
  const atHigh = (high - offset) / slope;
  const first = Math.max(0, Math.ceil(Math.min(atLow, atHigh)));
  const end = Math.min(size, Math.floor(Math.max(atLow, atHigh)) + 1);
  return end > first ? [first, end] : [0, 0];
}

/**
 * Returns an RGB image of `width`×`height` whose pixel at matrix · (x, y) is the source's pixel at (x, y).
 * Pixel centers have integer coordinates; values are truncated, not rounded, as in the reference.
 *
 * @param matrix - maps source pixels to result pixels.
 */
export function warpAffine(
  image: Image8,
  matrix: AffineMatrix,
  width: number,
  height: number,
  options: WarpOptions = {},
): Image8 {
  const { fill = 127, out: target = new Uint8Array(3 * width * height) } = options;
  const result = createImage8(width, height, 3, target);
  const [a, b, tx, c, d, ty] = invertAffine(matrix);
  const words = pixelWords(image);
  for (let y = 0; y < height; y++) {
    const line: Line = { target: y * width * 3, stepX: a, startX: b * y + tx, stepY: c, startY: d * y + ty };
    // Where all four neighbors are inside the source; one pixel less on each side against rounding.
    const [firstX, endX] = linearRange(a, line.startX, 0, image.width - 1, width);
    const [firstY, endY] = linearRange(c, line.startY, 0, image.height - 1, width);
    const first = Math.min(width, Math.max(firstX, firstY) + 1);
    const end = Math.max(first, Math.min(endX, endY) - 1);
    warpEdge(image, target, line, [0, first], fill);
    warpInside(words, image.width, target, line, [first, end]);
    warpEdge(image, target, line, [end, width], fill);
  }
  return result;
}

/** One row of the result: where it begins, and the source position as a linear function of x. */
interface Line {
  target: number;
  stepX: number;
  startX: number;
  stepY: number;
  startY: number;
}

// Against truncating 199.99999999 to 199: far below a gray level, far above the rounding errors of the sums.
const GUARD = 1 / 16384;

/** Warps pixels whose four neighbors exist; reads each pixel as one 32-bit word, red in the low byte. */
function warpInside(words: Uint32Array, width: number, target: Uint8Array, line: Line, [first, end]: Span): void {
  const { stepX, startX, stepY, startY } = line;
  for (let x = first, to = line.target + 3 * first; x < end; x++, to += 3) {
    const sourceX = stepX * x + startX;
    const sourceY = stepY * x + startY;
    const column = sourceX | 0;
    const row = sourceY | 0;
    const fx = sourceX - column;
    const fy = sourceY - row;
    const belowRight = fx * fy;
    const right = fx - belowRight;
    const below = fy - belowRight;
    const here = 1 - fx - below;
    const at = row * width + column;
    const p = words[at];
    const q = words[at + 1];
    const r = words[at + width];
    const s = words[at + width + 1];
    target[to] = (here * (p & 255) + right * (q & 255) + below * (r & 255) + belowRight * (s & 255) + GUARD) | 0;
    target[to + 1] =
      (here * ((p >>> 8) & 255) +
        right * ((q >>> 8) & 255) +
        below * ((r >>> 8) & 255) +
        belowRight * ((s >>> 8) & 255) +
        GUARD) |
      0;
    target[to + 2] =
      (here * ((p >>> 16) & 255) +
        right * ((q >>> 16) & 255) +
        below * ((r >>> 16) & 255) +
        belowRight * ((s >>> 16) & 255) +
        GUARD) |
      0;
  }
}

/** Returns the pixels as little-endian words; RGBA images are viewed where they lie, others copied. */
export function pixelWords({ data, channels, width, height }: Image8): Uint32Array {
  if (channels === 4 && data.byteOffset % 4 === 0) return new Uint32Array(data.buffer, data.byteOffset, width * height);
  const words = new Uint32Array(width * height);
  for (let i = 0, from = 0; i < words.length; i++, from += channels) {
    words[i] = data[from] | (data[from + 1] << 8) | (data[from + 2] << 16);
  }
  return words;
}

function warpEdge(image: Image8, target: Uint8Array, line: Line, [first, end]: Span, fill: number): void {
  for (let x = first; x < end; x++) {
    const sourceX = line.stepX * x + line.startX;
    const sourceY = line.stepY * x + line.startY;
    const column = Math.floor(sourceX);
    const row = Math.floor(sourceY);
    const fx = sourceX - column;
    const fy = sourceY - row;
    for (let channel = 0; channel < 3; channel++) {
      const above =
        (1 - fx) * sample(image, column, row, channel, fill) + fx * sample(image, column + 1, row, channel, fill);
      const below =
        (1 - fx) * sample(image, column, row + 1, channel, fill) +
        fx * sample(image, column + 1, row + 1, channel, fill);
      target[line.target + 3 * x + channel] = ((1 - fy) * above + fy * below + GUARD) | 0;
    }
  }
}

function sample(
  { data, channels, width, height }: Image8,
  x: number,
  y: number,
  channel: number,
  fill: number,
): number {
  return x >= 0 && y >= 0 && x < width && y < height ? data[(y * width + x) * channels + channel] : fill;
}
