// The colors around a face [H,W,3|4]: hair and clothes, by which people are told apart whose faces are alike.
import { pixelReader, type Image8 } from '../tensor/image.ts';
import { labFromSrgb } from './cielab.ts';
import type { RotatedSquare } from './geometry.ts';

/** Where to look, in sides of the square around the face from its middle: [left, top, right, bottom]. */
const PLACES = [
  [-0.2, -0.5, 0.2, -0.4], // the hair above the forehead
  [-0.5, -0.25, -0.38, 0.1], // beside the temples
  [0.38, -0.25, 0.5, 0.1],
  [-0.45, 0.62, 0.45, 0.85], // below the chin
] as const;

/** Samples of a place, along each axis. */
const SAMPLES = 12;

/** A place of which less lies in the frame is unknown. */
const LEAST_SEEN = 0.6;

/** Numbers of {@link faceColors}. */
export const FACE_COLORS = 3 * PLACES.length;

/**
 * Returns the mean colors of hair, temples and clothes in CIELAB, three numbers each; NaN where the frame does not show them.
 *
 * @param square - around the face, upright, half as large again as the face.
 */
export function faceColors(frame: Image8, { centerX, centerY, side, angle }: RotatedSquare): Float32Array {
  const { width, height } = frame;
  const pixelAt = pixelReader(frame);
  const cos = Math.cos(angle) * side;
  const sin = Math.sin(angle) * side;
  const colors = new Float32Array(FACE_COLORS).fill(NaN);
  for (const [place, [left, top, right, bottom]] of PLACES.entries()) {
    const sum = [0, 0, 0];
    let seen = 0;
    for (let i = 0; i < SAMPLES * SAMPLES; i++) {
      const u = left + ((right - left) * ((i % SAMPLES) + 0.5)) / SAMPLES;
      const v = top + ((bottom - top) * (Math.floor(i / SAMPLES) + 0.5)) / SAMPLES;
      const x = Math.round(centerX + u * cos - v * sin);
      const y = Math.round(centerY + u * sin + v * cos);
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const pixel = pixelAt(x, y);
      const lab = labFromSrgb(pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255);
      for (let axis = 0; axis < 3; axis++) sum[axis] += lab[axis];
      seen++;
    }
    if (seen < LEAST_SEEN * SAMPLES * SAMPLES) continue;
    for (let axis = 0; axis < 3; axis++) colors[3 * place + axis] = sum[axis] / seen;
  }
  return colors;
}

/** Returns how different two results of {@link faceColors} are: the root mean square of ΔE (CIE76); undefined when nothing is known of both. */
export function colorDistance(a: Float32Array, b: Float32Array): number | undefined {
  let sum = 0;
  let known = 0;
  for (let place = 0; place < FACE_COLORS; place += 3) {
    const squared = [0, 1, 2].reduce((total, axis) => total + (a[place + axis] - b[place + axis]) ** 2, 0);
    if (Number.isNaN(squared)) continue;
    sum += squared;
    known++;
  }
  return known === 0 ? undefined : Math.sqrt(sum / known);
}
