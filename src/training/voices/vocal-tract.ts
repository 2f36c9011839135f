// A voice of a longer or shorter vocal tract: the formants move, pitch and times stay. 16 kHz mono.
// The spectral envelope of each frame, by the cepstrum's first coefficients (Oppenheim & Schafer), is stretched along the frequencies;
// the difference is a filter without phase, so nothing is delayed.
import { RealFft } from '../../audio/fft.ts';

/** Samples of a frame, 32 ms, and from one to the next. */
const FRAME = 512;
const HOP = 128;
/** Coefficients of the envelope: less than 2 ms, below the period of any voice. */
const COEFFICIENTS = 30;
/** A filter's taps on each side of its middle. */
const REACH = 96;
/** The filter changes no frequency by more than this, nepers (20 dB). */
const MOST = 2.3;

/** Returns the cosine transform of values that are the same at −k as at k: index 0 … size/2 of both. */
function cosineTransform(fft: RealFft, half: (k: number) => number): Float64Array {
  const even = Float64Array.from({ length: fft.size }, (_, k) => half(Math.min(k, fft.size - k)));
  const out = new Float64Array(fft.bins);
  fft.transform(even, out, new Float64Array(fft.bins));
  return out;
}

/**
 * Returns the sound of a vocal tract whose formants lie `ratio` times as high: above 1 shorter, below 1 longer.
 *
 * @param ratio - 0.5 … 2.
 */
export function withFormants(samples: Float32Array, ratio: number): Float32Array {
  if (ratio === 1) return samples.slice();
  const fft = new RealFft(FRAME);
  const window = Float64Array.from({ length: FRAME }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FRAME));
  const overlap = FRAME / HOP / 2; // what the windows add up to
  const re = new Float64Array(fft.bins);
  const im = new Float64Array(fft.bins);
  const frame = new Float64Array(FRAME);
  const out = new Float32Array(samples.length);
  for (let start = HOP - FRAME; start < samples.length; start += HOP) {
    let power = 0;
    for (let n = 0; n < FRAME; n++) {
      frame[n] = (samples[start + n] ?? 0) * window[n];
      power += frame[n] ** 2;
    }
    if (power === 0) continue;
    fft.transform(frame, re, im);
    const floor = 1e-6 * power;
    const logarithms = re.map((x, k) => 0.5 * Math.log(x * x + im[k] * im[k] + floor));
    const cepstrum = cosineTransform(fft, (k) => logarithms[k]).map((x) => x / FRAME);
    const envelope = cosineTransform(fft, (k) => (k < COEFFICIENTS ? cepstrum[k] : 0));
    const gains = envelope.map((own, k) => {
      const place = Math.min(fft.bins - 1, k / ratio);
      const low = Math.floor(place);
      const moved = envelope[low] + (place - low) * (envelope[Math.min(fft.bins - 1, low + 1)] - envelope[low]);
      return Math.exp(Math.max(-MOST, Math.min(MOST, moved - own)));
    });
    const taps = cosineTransform(fft, (k) => gains[k]).map((x) => x / FRAME / overlap);
    const first = Math.max(0, start - REACH);
    const end = Math.min(out.length, start + FRAME + REACH);
    for (let n = first; n < end; n++) {
      let sum = 0;
      const from = Math.max(0, n - start - REACH);
      const to = Math.min(FRAME - 1, n - start + REACH);
      for (let m = from; m <= to; m++) sum += frame[m] * taps[Math.abs(n - start - m)];
      out[n] += sum;
    }
  }
  return out;
}
