// Augmented sound: noise as far below speech as asked, echo that decays as asked, bands that end, and nothing that moves.
import { describe, expect, it } from 'vitest';
import { speak } from '../../synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { SENTENCES } from '../../synthetic/sentences.ts';
import { augmentSound, sampleAugmentation, speechPower, type SoundAugmentation } from './sound-augmentation.ts';
import { backgroundSound, meanPower, NOISE_KINDS } from './sound-noise.ts';

const RATE = 16_000;
const speech = speak(SENTENCES[5].sounds, sampleVoice(new SeededRandom(4)), 4).samples.map((x) => 0.3 * x);
const augmented = (augmentation: SoundAugmentation, seed = 1): Float32Array =>
  augmentSound(speech, augmentation, new SeededRandom(seed));

/** Mean power in a band, by the DFT of pieces of 1024 samples at frequencies 125 Hz apart. */
function bandPower(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let start = 0; start + 1024 <= samples.length; start += 2048) {
    for (let frequency = from; frequency <= to; frequency += 125) {
      let re = 0;
      let im = 0;
      for (let n = 0; n < 1024; n++) {
        const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / 1024);
        const angle = (2 * Math.PI * frequency * n) / RATE;
        re += window * samples[start + n] * Math.cos(angle);
        im += window * samples[start + n] * Math.sin(angle);
      }
      sum += re * re + im * im;
      count++;
    }
  }
  return sum / count;
}

const decibels = (ratio: number): number => 10 * Math.log10(ratio);

describe('augmentSound', () => {
  it.each(NOISE_KINDS)('puts %s noise as far below the speech as asked', (kind) => {
    for (const snr of [5, 25]) {
      const noise = augmented({ noise: { kind, snr } }).map((x, n) => x - speech[n]);
      expect(decibels(speechPower(speech) / meanPower(noise))).toBeCloseTo(snr, 1);
    }
  });

  it('lets the echo of a room fall by 60 dB in the time asked, after the sound itself', () => {
    for (const decaySeconds of [0.2, 0.6]) {
      const click = new Float32Array(RATE);
      click[100] = 0.5;
      const echo = augmentSound(click, { room: { decaySeconds, level: -6 } }, new SeededRandom(3));
      expect(echo[100]).toBeCloseTo(0.5, 2);
      expect(meanPower(echo.subarray(0, 100))).toBe(0);
      // What is left of the energy, backward (Schroeder 1965): the slope between −5 and −25 dB.
      const left = new Float64Array(RATE + 1);
      for (let n = RATE - 1; n > 164; n--) left[n] = left[n + 1] + echo[n] ** 2;
      const below = (level: number): number => left.findIndex((x, n) => n > 164 && decibels(x / left[165]) < level);
      const measured = (3 * (below(-25) - below(-5))) / RATE;
      expect(Math.abs(measured / decaySeconds - 1)).toBeLessThan(0.2);
    }
  });

  it('gives an echo of the level asked, less what the walls swallow', () => {
    const echo = augmented({ room: { decaySeconds: 0.3, level: -8 } }).map((x, n) => x - speech[n]);
    const level = decibels(meanPower(echo) / meanPower(speech));
    expect(level).toBeGreaterThan(-14);
    expect(level).toBeLessThan(-5);
  });

  it('takes away what is above the limit of the band, and leaves the rest', () => {
    const limited = augmented({ bandLimit: 4000 });
    expect(decibels(bandPower(limited, 4500, 7000) / bandPower(speech, 4500, 7000))).toBeLessThan(-40);
    expect(decibels(bandPower(limited, 300, 3000) / bandPower(speech, 300, 3000))).toBeCloseTo(0, 1);
  });

  it.each(['mu-law', 'a-law'] as const)(
    'sounds like a telephone: a narrow band, and noise that follows the speech (%s)',
    (law) => {
      const heard = augmented({ telephone: law });
      expect(decibels(bandPower(heard, 4500, 7000) / bandPower(speech, 4500, 7000))).toBeLessThan(-30);
      expect(decibels(bandPower(heard, 125, 125) / bandPower(speech, 125, 125))).toBeLessThan(-10);
      expect(decibels(bandPower(heard, 750, 3000) / bandPower(speech, 750, 3000))).toBeCloseTo(0, 0);
      const band = augmented({ lowCut: 300, bandLimit: 3400 });
      const error = heard.map((x, n) => x - band[n]);
      expect(decibels(meanPower(band) / meanPower(error))).toBeGreaterThan(25);
    },
  );

  it('has the resonances of a microphone, and takes the bass away', () => {
    const change = (augmentation: SoundAugmentation, frequency: number): number =>
      decibels(bandPower(augmented(augmentation), frequency, frequency) / bandPower(speech, frequency, frequency));
    const resonances = [{ frequency: 1000, gain: -9, width: 0.5 }];
    expect(change({ resonances }, 1000)).toBeLessThan(-6);
    expect(change({ resonances }, 4000)).toBeCloseTo(0, 0);
    expect(change({ lowCut: 250 }, 125)).toBeLessThan(-8);
  });

  it('cuts off what is louder than a recorder takes', () => {
    const peak = (samples: Float32Array): number => samples.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
    expect(decibels((peak(augmented({ overdrive: 6 })) / peak(speech)) ** 2)).toBeCloseTo(-6, 3);
  });

  it('tilts the spectrum, most of it between 250 Hz and 4 kHz', () => {
    const balance = (samples: Float32Array): number =>
      decibels(bandPower(samples, 4000, 4500) / bandPower(samples, 200, 300));
    for (const tilt of [-6, 6]) {
      const change = balance(augmented({ tilt })) - balance(speech);
      expect(change / tilt).toBeGreaterThan(0.6);
      expect(change / tilt).toBeLessThan(1);
    }
  });

  it('sets the level of the speech', () => {
    expect(decibels(speechPower(augmented({ level: 30 })))).toBeCloseTo(-30, 1);
  });

  it('keeps the length, stays within ±1, and repeats a seed', () => {
    for (let seed = 0; seed < 3; seed++) {
      const augmentation = sampleAugmentation(new SeededRandom(seed));
      const out = augmented(augmentation, seed);
      expect(out.length).toBe(speech.length);
      expect(out.every((x) => Math.abs(x) <= 1)).toBe(true);
      expect(augmented(augmentation, seed)).toEqual(out);
    }
  });
});

describe('backgroundSound', () => {
  it('has unit power; pink noise falls by 3 dB an octave, white does not fall', () => {
    for (const kind of NOISE_KINDS) {
      expect(meanPower(backgroundSound(kind, RATE, new SeededRandom(2)))).toBeCloseTo(1, 3);
    }
    const fall = (kind: 'white' | 'pink'): number => {
      const noise = backgroundSound(kind, 8 * RATE, new SeededRandom(2));
      return decibels(bandPower(noise, 500, 1000) / bandPower(noise, 4000, 8000));
    };
    expect(Math.abs(fall('white'))).toBeLessThan(1);
    expect(Math.abs(fall('pink') - 9)).toBeLessThan(1.5);
  });
});
