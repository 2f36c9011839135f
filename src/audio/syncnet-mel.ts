// The mel spectrogram that StableSyncNet hears: 16 kHz mono samples → [80, T] at 80 frames per second, −4 to 4.
import { Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { RealFft } from './fft.ts';
import { SAMPLE_RATE } from './log-mel-spectrogram.ts';
import { hannWindow, slaneyMelFilters } from './mel.ts';
import { preEmphasis } from './pre-emphasis.ts';

const FFT_SIZE = 800;
const HOP = 200;
const BANDS = 80;
const SMALLEST_AMPLITUDE = 1e-5;
const REFERENCE_DECIBELS = 20;
const RANGE_DECIBELS = 100;
const LIMIT = 4;

/**
 * Returns the mel spectrogram of a recording for StableSyncNet, [80, 1 + ⌊samples / 200⌋].
 *
 * Pre-emphasis 0.97; frames of 800 under a periodic Hann window, centered every 200, silence beyond the ends; amplitude;
 * 80 bands from 55 to 7600 Hz on Slaney's scale; decibels less 20; −100 … 0 dB become −4 … 4, clipped.
 *
 * @param samples - 16 kHz mono, −1 to 1.
 * @throws LatentSyncError `audio-empty` when there are no samples.
 */
export function syncnetMelSpectrogram(samples: Float32Array): Tensor<'float32'> {
  if (samples.length === 0) {
    throw new LatentSyncError('audio-empty', 'The audio is empty.', { remedy: 'Use a recording with speech in it.' });
  }
  const signal = preEmphasis(samples, { before: FFT_SIZE / 2, after: FFT_SIZE / 2 });
  const fft = new RealFft(FFT_SIZE);
  const window = hannWindow(FFT_SIZE);
  const filters = slaneyMelFilters({
    sampleRate: SAMPLE_RATE,
    fftSize: FFT_SIZE,
    bands: BANDS,
    minFrequency: 55,
    maxFrequency: 7600,
  });
  const frames = 1 + Math.floor(samples.length / HOP);
  const out = new Float32Array(BANDS * frames);
  const frame = new Float64Array(FFT_SIZE);
  const re = new Float64Array(fft.bins);
  const im = new Float64Array(fft.bins);
  const mel = new Float64Array(BANDS);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < FFT_SIZE; i++) frame[i] = signal[t * HOP + i] * window[i];
    fft.transform(frame, re, im);
    for (let k = 0; k < re.length; k++) re[k] = Math.sqrt(re[k] * re[k] + im[k] * im[k]);
    filters.apply(re, mel);
    for (let band = 0; band < BANDS; band++) {
      const decibels = 20 * Math.log10(Math.max(mel[band], SMALLEST_AMPLITUDE)) - REFERENCE_DECIBELS;
      const scaled = (2 * LIMIT * (decibels + RANGE_DECIBELS)) / RANGE_DECIBELS - LIMIT;
      out[band * frames + t] = Math.min(Math.max(scaled, -LIMIT), LIMIT);
    }
  }
  return Tensor.float32([BANDS, frames], out);
}
