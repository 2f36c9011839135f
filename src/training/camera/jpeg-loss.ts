// What JPEG takes from a picture: the cosine transforms of 8×8 blocks, rounded to the steps of a quality (ITU-T T.81, annex K).
import type { PlaneSize } from './blur.ts';

// Steps at quality 50, row by row.
const LUMA_STEPS = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA_STEPS = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
  99, 99, 99,
].concat(Array<number>(32).fill(99));

const SIDE = 8;
// basis[k][x] of the orthonormal cosine transform.
const basis = Float32Array.from({ length: SIDE * SIDE }, (_, index) => {
  const [k, x] = [Math.floor(index / SIDE), index % SIDE];
  return Math.sqrt((k === 0 ? 1 : 2) / SIDE) * Math.cos(((2 * x + 1) * k * Math.PI) / (2 * SIDE));
});

/** Returns the steps of a quality, 1 to 100, as libjpeg scales them, for samples from 0 to 255. */
function stepsOf(table: readonly number[], quality: number): Float32Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
}

/** Rounds the blocks of a plane; those that reach beyond it are filled up with its edge. */
function roundPlane(plane: Float32Array, { width, height }: PlaneSize, steps: Float32Array): void {
  const block = new Float32Array(SIDE * SIDE);
  const half = new Float32Array(SIDE * SIDE);
  for (let top = 0; top < height; top += SIDE) {
    for (let left = 0; left < width; left += SIDE) {
      for (let y = 0; y < SIDE; y++) {
        const row = width * Math.min(height - 1, top + y);
        for (let x = 0; x < SIDE; x++) block[SIDE * y + x] = 255 * plane[row + Math.min(width - 1, left + x)];
      }
      transform(block, half, 1);
      for (let i = 0; i < block.length; i++) block[i] = steps[i] * Math.round(block[i] / steps[i]);
      transform(block, half, -1);
      for (let y = 0; y < SIDE && top + y < height; y++)
        for (let x = 0; x < SIDE && left + x < width; x++)
          plane[(top + y) * width + left + x] = block[SIDE * y + x] / 255;
    }
  }
}

/** Cosine transform along both axes, or its inverse, in place. */
function transform(block: Float32Array, half: Float32Array, direction: 1 | -1): void {
  const [outer, inner] = direction === 1 ? [SIDE, 1] : [1, SIDE];
  for (let pass = 0; pass < 2; pass++) {
    const [from, to] = pass === 0 ? [block, half] : [half, block];
    for (let row = 0; row < SIDE; row++) {
      for (let k = 0; k < SIDE; k++) {
        let sum = 0;
        for (let x = 0; x < SIDE; x++) sum += basis[outer * k + inner * x] * from[SIDE * row + x];
        to[SIDE * k + row] = sum; // turned, so that the next pass takes the other axis
      }
    }
  }
}

/**
 * Takes from a plane of encoded values what JPEG would, in place. Color differences lose more than luma does.
 *
 * @param quality - 1 to 100, as libjpeg counts it.
 */
export function loseAsJpeg(plane: Float32Array, size: PlaneSize, kind: 'luma' | 'chroma', quality: number): void {
  roundPlane(plane, size, stepsOf(kind === 'luma' ? LUMA_STEPS : CHROMA_STEPS, quality));
}
