// Turning RGBA pictures upright: [H,W,4] → [H,W,4] or [W,H,4].
import type { PixelSteps } from '../tensor/image.ts';
import type { Orientation } from '../tensor/picture.ts';
import type { Rows } from './yuv.ts';

/** Which part of a picture is turned, and where to. */
export interface TurnOptions extends Orientation {
  /** Array for the result; by default a new one. */
  into?: Uint8ClampedArray<ArrayBuffer>;
  /** Rows of the result; by default all. */
  rows?: Rows;
}

const TILE = 32; // pixels; keeps both the rows read and the rows written in the cache

/** Returns where the pixels of a turned picture are in the picture, which has a width and a height. */
export function turnedSteps(width: number, height: number, { rotation, flip }: Orientation): PixelSteps {
  const { first, stepX, stepY } = {
    0: { first: 0, stepX: 1, stepY: width },
    90: { first: (height - 1) * width, stepX: -width, stepY: 1 },
    180: { first: width * height - 1, stepX: -1, stepY: -width },
    270: { first: width - 1, stepX: width, stepY: -1 },
  }[rotation];
  const turnedWidth = rotation % 180 === 0 ? width : height;
  return flip ? { first: first + (turnedWidth - 1) * stepX, stepX: -stepX, stepY } : { first, stepX, stepY };
}

/** Returns the orientation that undoes another one. */
export function inverseOrientation(orientation: Orientation): Orientation {
  // Whatever flips undoes itself.
  return orientation.flip
    ? orientation
    : { rotation: ([0, 270, 180, 90] as const)[orientation.rotation / 90], flip: false };
}

/**
 * Returns the picture turned upright; the same array when there is nothing to do. For 90° and 270° the result is
 * `height` pixels wide and `width` pixels high.
 */
export function turnUpright(
  rgba: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
  options: TurnOptions,
): Uint8ClampedArray<ArrayBuffer> {
  const { rotation, flip } = options;
  if (rotation === 0 && !flip) return rgba;
  const quarterTurn = rotation === 90 || rotation === 270;
  const outWidth = quarterTurn ? height : width;
  const outHeight = quarterTurn ? width : height;
  const { into = new Uint8ClampedArray(rgba.length), rows = { from: 0, to: outHeight } } = options;
  const source = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const target = new Uint32Array(into.buffer, into.byteOffset, width * height);
  const { first, stepX, stepY } = turnedSteps(width, height, options);
  for (let tileY = rows.from; tileY < rows.to; tileY += TILE) {
    const endY = Math.min(tileY + TILE, rows.to);
    for (let tileX = 0; tileX < outWidth; tileX += TILE) {
      const endX = Math.min(tileX + TILE, outWidth);
      for (let y = tileY; y < endY; y++) {
        let from = first + tileX * stepX + y * stepY;
        for (let to = y * outWidth + tileX; to < y * outWidth + endX; to++) {
          target[to] = source[from]!;
          from += stepX;
        }
      }
    }
  }
  return into;
}

/**
 * Returns the orientation that a transformation matrix of nine numbers, row by row, asks for, as MP4 files have it. Rotations
 * are rounded to quarters of a turn.
 */
export function orientationOf(matrix: readonly number[] = [1, 0, 0, 0, 1]): Orientation {
  const [a, b, , c, d] = matrix;
  const flip = a * d - b * c < 0;
  const quarters = Math.round(Math.atan2(b, flip ? -a : a) / (Math.PI / 2));
  return { rotation: ([0, 90, 180, 270] as const)[(quarters + 4) % 4], flip };
}
