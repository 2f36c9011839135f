// Coordinates of generated faces [3,R,R], which are crops resized to a square.
import type { AffineMatrix } from './geometry.ts';
import { faceTemplate } from './similarity.ts';

/** Returns the matrix from frame pixels to face pixels that belongs to one from frame pixels to crop pixels. */
export function faceMatrix([a, b, tx, c, d, ty]: AffineMatrix, resolution: number): AffineMatrix {
  const { width, height } = faceTemplate(resolution);
  const x = resolution / width;
  const y = resolution / height;
  // Pixel centers are at half pixels when an image is resized: u' + ½ = (u + ½) · scale.
  return [a * x, b * x, (tx + 0.5) * x - 0.5, c * y, d * y, (ty + 0.5) * y - 0.5];
}

/** Throws a RangeError unless the array has the elements of [3, resolution, resolution]. */
export function checkFace(face: Float32Array, resolution: number): void {
  if (face.length !== 3 * resolution ** 2) {
    throw new RangeError(`face must have the shape [3, ${resolution}, ${resolution}] (got ${face.length} elements).`);
  }
}
