// The MFCC that SyncNet v2 hears: 16 kHz mono samples → [T, 13] at 100 frames per second.
import { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { RealFft } from './fft.ts';
import { SAMPLE_RATE } from './log-mel-spectrogram.ts';
import { htkMelFilters } from './mel.ts';
import { preEmphasis } from './pre-emphasis.ts';

/** Coefficients of a frame. */
const MFCC_COEFFICIENTS = 13;

const FRAME = 400;
const HOP = 160;
const FFT_SIZE = 512;
const BANDS = 26;
const LIFTER = 22;
/** SyncNet was trained on 16-bit integer samples. */
const SAMPLE_SCALE = 32768;

/**
 * Returns the mel-frequency cepstral coefficients of a recording, [T, 13], T = 1 + ⌈(samples − 400) / 160⌉.
 *
 * Pre-emphasis 0.97 over 16-bit integer values; frames of 400 samples every 160, not windowed, the last filled up with
 * zeros; power over 512; 26 HTK mel bands; logarithm; orthonormal cosine transform; sinusoidal lifter 22; the first
 * coefficient replaced by the log energy of the frame.
 *
 * @param samples - 16 kHz mono, −1 to 1.
 * @throws LatentSyncError `audio-empty` when there are no samples.
 */
export function mfcc(samples: Float32Array): Tensor<'float32'> {
  if (samples.length === 0) {
    throw new LatentSyncError('audio-empty', 'The audio is empty.', { remedy: 'Use a recording with speech in it.' });
  }
  const signal = preEmphasis(samples, { scale: SAMPLE_SCALE, after: FRAME });
  const fft = new RealFft(FFT_SIZE);
  const filters = htkMelFilters({ sampleRate: SAMPLE_RATE, fftSize: FFT_SIZE, bands: BANDS });
  const cosines = Array.from({ length: MFCC_COEFFICIENTS }, (_, k) => {
    const scale = Math.sqrt(2 / BANDS) * (1 + (LIFTER / 2) * Math.sin((Math.PI * k) / LIFTER));
    return Float64Array.from({ length: BANDS }, (_, band) => scale * Math.cos((Math.PI * k * (band + 0.5)) / BANDS));
  });
  const frames = 1 + Math.max(0, Math.ceil((samples.length - FRAME) / HOP));
  const out = new Float32Array(frames * MFCC_COEFFICIENTS);
  const frame = new Float64Array(FFT_SIZE);
  const re = new Float64Array(fft.bins);
  const im = new Float64Array(fft.bins);
  const logMel = new Float64Array(BANDS);
  const logOf = (energy: number) => Math.log(energy === 0 ? Number.EPSILON : energy);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < FRAME; i++) frame[i] = signal[t * HOP + i];
    fft.transform(frame, re, im);
    let energy = 0;
    for (let k = 0; k < re.length; k++) energy += re[k] = (re[k] * re[k] + im[k] * im[k]) / FFT_SIZE;
    filters.apply(re, logMel);
    for (let band = 0; band < BANDS; band++) logMel[band] = logOf(logMel[band]);
    out[t * MFCC_COEFFICIENTS] = logOf(energy);
    for (let k = 1; k < MFCC_COEFFICIENTS; k++) {
      let sum = 0;
      for (let band = 0; band < BANDS; band++) sum += cosines[k][band] * logMel[band];
      out[t * MFCC_COEFFICIENTS + k] = sum;
    }
  }
  return Tensor.float32([frames, MFCC_COEFFICIENTS], out);
}
