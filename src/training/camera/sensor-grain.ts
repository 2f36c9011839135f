// Grain of a sensor: noise that grows with the light, correlated between neighbors, colors and frames. Any frame on its own.
import { SeededRandom } from '../../synthetic/random.ts';
import { gaussianBlur, gaussianWeights, type PlaneSize } from './blur.ts';
import type { SensorGrain } from './camera-look.ts';

// Normally distributed numbers, drawn once: every field of noise is a stretch of them.
const POOL = 1 << 19;
let pool: Float32Array | undefined;

function normals(): Float32Array {
  if (pool) return pool;
  const random = new SeededRandom(0x6e6f6973);
  pool = Float32Array.from({ length: POOL }, () => random.normal());
  const mean = pool.reduce((sum, value) => sum + value, 0) / POOL;
  const deviation = Math.sqrt(pool.reduce((sum, value) => sum + (value - mean) ** 2, 0) / POOL);
  for (let i = 0; i < POOL; i++) pool[i] = (pool[i] - mean) / deviation;
  return pool;
}

/** Adds independent noise of a standard deviation to a plane. */
function addNormals(plane: Float32Array, deviation: number, random: SeededRandom): void {
  if (deviation === 0) return;
  const numbers = normals();
  const first = random.integer(POOL);
  for (let i = 0; i < plane.length; i++) plane[i] += deviation * numbers[(first + i) & (POOL - 1)];
}

/**
 * Returns the noise of a frame before it is scaled: [3, H, W], mean 0 and variance 1 in every channel.
 *
 * @param frame - the same number gives the same noise; different ones have the share `grain.still` in common.
 */
export function grainOf(frame: number, { width, height }: PlaneSize, grain: SensorGrain, seed: number): Float32Array {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  const streams = [
    { random: new SeededRandom(seed).fork('still'), share: grain.still },
    { random: new SeededRandom(seed).fork(`frame ${frame}`), share: 1 - grain.still },
  ];
  const common = new Float32Array(size);
  for (const { random, share } of streams) {
    addNormals(common, Math.sqrt(share * (1 - grain.chroma)), random);
    for (let channel = 0; channel < 3; channel++)
      addNormals(planes.subarray(channel * size, (channel + 1) * size), Math.sqrt(share * grain.chroma), random);
  }
  for (let i = 0; i < size; i++) {
    planes[i] += common[i];
    planes[size + i] += common[i];
    planes[2 * size + i] += common[i];
  }
  if (grain.size < 0.2) return planes;
  gaussianBlur(planes, { width, height }, grain.size);
  // A blur takes the sum of its squared weights from the variance, once along each axis.
  const kept = gaussianWeights(grain.size).reduce((sum, weight, k) => sum + (k === 0 ? 1 : 2) * weight * weight, 0);
  for (let i = 0; i < planes.length; i++) planes[i] /= kept;
  return planes;
}

/** Adds grain to linear light, [3, H, W], in place. `gains` are the white balance's, which amplify noise as they do light. */
export function addGrain(
  light: Float32Array,
  noise: Float32Array,
  { shot, read }: SensorGrain,
  gains: readonly number[],
): void {
  const size = light.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const gain = gains[channel];
    for (let i = channel * size; i < (channel + 1) * size; i++)
      light[i] += Math.sqrt(gain * shot * Math.max(0, light[i]) + gain * gain * read * read) * noise[i];
  }
}
