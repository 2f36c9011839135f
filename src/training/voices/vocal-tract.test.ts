// Formants that move by as much as asked, while pitch and level stay.
import { expect, it } from 'vitest';
import { RealFft } from '../../audio/fft.ts';
import { meanPower } from '../data/sound-noise.ts';
import { withFormants } from './vocal-tract.ts';

const RATE = 16_000;
const SIZE = 4096;

/** A voice at 125 Hz with one formant. */
function voice(formant: number): Float32Array {
  return Float32Array.from({ length: RATE }, (_, n) => {
    let sum = 0;
    for (let k = 1; k < 60; k++) {
      const frequency = 125 * k;
      sum += Math.sin((2 * Math.PI * frequency * n) / RATE + k * k) / (1 + ((frequency - formant) / 120) ** 2);
    }
    return 0.1 * sum;
  });
}

/** Returns the strength of each frequency, RATE / SIZE apart. */
function spectrum(samples: Float32Array): Float64Array {
  const fft = new RealFft(SIZE);
  const [re, im] = [new Float64Array(fft.bins), new Float64Array(fft.bins)];
  const part = Float64Array.from(
    { length: SIZE },
    (_, n) => samples[4000 + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / SIZE)),
  );
  fft.transform(part, re, im);
  return re.map((x, k) => Math.hypot(x, im[k]));
}

const strongest = (strengths: Float64Array): number => (strengths.indexOf(Math.max(...strengths)) * RATE) / SIZE;

it.each([0.85, 1.15])('moves a formant to %d of its frequency, on the same harmonics', (ratio) => {
  const own = voice(2000);
  const moved = withFormants(own, ratio);
  const strengths = spectrum(moved);
  expect(Math.abs(strongest(strengths) - 2000 * ratio)).toBeLessThan(130); // harmonics are 125 Hz apart
  const between = (frequency: number): number => strengths[Math.round((frequency * SIZE) / RATE)];
  expect(between(2000 * ratio + 62.5 - ((2000 * ratio) % 125))).toBeLessThan(0.1 * Math.max(...strengths));
  expect(Math.abs(10 * Math.log10(meanPower(moved) / meanPower(own)))).toBeLessThan(6);
});

it('changes nothing when nothing is asked', () => {
  const own = voice(1000);
  expect(withFormants(own, 1)).toEqual(own);
});
