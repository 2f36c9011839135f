// Audio for golden files: speech repeated to a length.
import { SAMPLE_RATE } from '../../audio/log-mel-spectrogram.ts';

const REPEATS = 20;

/**
 * Returns the samples repeated and cut.
 *
 * @param seconds - length of the result, unless the repeated samples are shorter.
 * @param repeats - default 20, as all golden files have it.
 */
export function repeated(samples: Float32Array, seconds: number, repeats = REPEATS): Float32Array {
  const length = Math.min(Math.round(seconds * SAMPLE_RATE), repeats * samples.length);
  return Float32Array.from({ length }, (_, i) => samples[i % samples.length]);
}
