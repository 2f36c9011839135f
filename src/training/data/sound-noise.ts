// Background sounds of unit power: white and pink noise, the babble of several synthetic voices, and music. 16 kHz mono, seeded.
import { speak } from '../../synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import type { SeededRandom } from '../../synthetic/random.ts';
import { inventUtterance } from '../../synthetic/utterances.ts';
import { music } from './sound-music.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';

/** The available background sounds. */
export const NOISE_KINDS = ['white', 'pink', 'babble', 'music'] as const;

/** A background sound. */
export type NoiseKind = (typeof NOISE_KINDS)[number];

/** Voices that speak at the same time in babble. */
const BABBLE_VOICES = 3;

/** Returns the mean square of samples. */
export function meanPower(samples: Float32Array): number {
  return samples.reduce((sum, x) => sum + x * x, 0) / Math.max(1, samples.length);
}

function whiteNoise(length: number, random: SeededRandom): Float32Array {
  // The sum of four even numbers is nearly normal, and fast.
  return Float32Array.from({ length }, () => random.next() + random.next() + random.next() + random.next() - 2);
}

/** Power falls by 3 dB per octave: white noise through Paul Kellet's filter of six one-pole sections. */
function pinkNoise(length: number, random: SeededRandom): Float32Array {
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const states = new Float64Array(poles.length);
  let before = 0;
  return whiteNoise(length, random).map((white) => {
    let sum = 0.5362 * white + before;
    for (let k = 0; k < poles.length; k++) {
      states[k] = poles[k] * states[k] + gains[k] * white;
      sum += states[k];
    }
    before = 0.115926 * white;
    return sum;
  });
}

function babble(length: number, random: SeededRandom): Float32Array {
  const sum = new Float32Array(length);
  const seconds = length / CLIP_SAMPLE_RATE;
  for (let voice = 0; voice < BABBLE_VOICES; voice++) {
    const sounds = inventUtterance(random, { seconds: 1.3 * seconds + 1 });
    const { samples } = speak(sounds, sampleVoice(random), random.integer(2 ** 31));
    const skipped = random.integer(Math.max(1, samples.length - length));
    const gain = random.uniform(0.4, 1);
    const count = Math.min(length, samples.length - skipped);
    for (let n = 0; n < count; n++) sum[n] += gain * samples[skipped + n];
  }
  return sum;
}

/** Returns `length` samples of a background sound; their mean power is 1. */
export function backgroundSound(kind: NoiseKind, length: number, random: SeededRandom): Float32Array {
  const make = { white: whiteNoise, pink: pinkNoise, babble, music }[kind];
  const samples = make(length, random);
  const scale = 1 / Math.sqrt(meanPower(samples) + 1e-12);
  return samples.map((x) => scale * x);
}
