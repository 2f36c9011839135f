// Places in aligned faces [R,R]: where the mouth is, how far the border of what is pasted is, and which rows and columns that takes.
import { smoothStep } from './smooth-step.ts';

/** Where mouths are, in sides of the face: an ellipse that holds lips in nearly all their movements. */
const MOUTH = { x: 0.5, y: 0.635, width: 0.21, height: 0.135 } as const;
/** Over this share of its radius the ellipse fades out. */
const MOUTH_EDGE = 0.2;

/** Returns how far each place belongs to the mouth, [size, size]: 1 in the ellipse of mouths, 0 beyond its soft edge. */
export function mouthShares(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => {
    const x = ((i % size) + 0.5) / size - MOUTH.x;
    const y = (Math.floor(i / size) + 0.5) / size - MOUTH.y;
    return 1 - smoothStep(1, 1 + MOUTH_EDGE, Math.hypot(x / MOUTH.width, y / MOUTH.height));
  });
}

/**
 * Returns how far inside each place is, [size, size]: 0 where the opacity is below a half, and from there smoothly to 1.
 *
 * @param opacity - [size, size].
 * @param width - distance from the border to 1, in pixels.
 */
export function insideShares(opacity: Float32Array, size: number, width: number): Float32Array {
  const reach = Math.ceil(width);
  const isOutside = (x: number, y: number): boolean =>
    x < 0 || y < 0 || x >= size || y >= size || opacity[y * size + x] < 0.5;
  // Distance to the nearest place outside: along columns first, then across them.
  const vertical = Float32Array.from(opacity, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    for (let distance = 0; distance <= reach; distance++) {
      if (isOutside(x, y - distance) || isOutside(x, y + distance)) return distance;
    }
    return Infinity;
  });
  return Float32Array.from(opacity, (_, i) => {
    const [x, row] = [i % size, i - (i % size)];
    let nearest = Infinity;
    for (let across = -reach; across <= reach; across++) {
      const column = x + across;
      const along = column < 0 || column >= size ? 0 : vertical[row + column];
      nearest = Math.min(nearest, across * across + along * along);
    }
    return smoothStep(0, width, Math.sqrt(nearest));
  });
}

/** Rows and columns [first, end). */
export interface Region {
  readonly firstRow: number;
  readonly endRow: number;
  readonly firstColumn: number;
  readonly endColumn: number;
}

/** Returns the rows and columns outside which a plane [size, size] is 0. */
export function regionOf(plane: Float32Array, size: number): Region {
  const region = { firstRow: size, endRow: 0, firstColumn: size, endColumn: 0 };
  plane.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % size, Math.floor(i / size)];
    region.firstRow = Math.min(region.firstRow, y);
    region.endRow = Math.max(region.endRow, y + 1);
    region.firstColumn = Math.min(region.firstColumn, x);
    region.endColumn = Math.max(region.endColumn, x + 1);
  });
  return region;
}
