// What happens to a voice between mouth and file: a room, noises, a microphone, a telephone or codec. 16 kHz mono, seeded.
// Lengths stay the same, and nothing moves by as much as a hundredth of a second, so labels remain valid.
import { resample } from '../../audio/resample.ts';
import type { SeededRandom } from '../../synthetic/random.ts';
import { backgroundSound, meanPower, NOISE_KINDS, type NoiseKind } from './sound-noise.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';

/** What happens to a sound; omitted effects do not occur. */
export interface SoundAugmentation {
  /** How much stronger a microphone hears what is far above 1 kHz than what is far below, dB. */
  tilt?: number;
  /** A room: seconds until its echo has fallen by 60 dB, and the echo's level against the direct sound, dB. */
  room?: { decaySeconds: number; level: number };
  /** A background sound, and how far the speech is above it, dB. */
  noise?: { kind: NoiseKind; snr: number };
  /** Highest frequency that remains, Hz. */
  bandLimit?: number;
  /** Whether it goes through a telephone: 8 kHz, 8-bit μ-law. */
  telephone?: boolean;
  /** Level of the speech in the end, dB below full scale. */
  level?: number;
}

/** Returns a random augmentation: a quarter of the sounds stay clean apart from their level and the microphone. */
export function sampleAugmentation(random: SeededRandom): SoundAugmentation {
  const chance = (share: number): boolean => random.next() < share;
  const level = { level: random.uniform(12, 34), tilt: random.uniform(-8, 8) };
  if (chance(0.25)) return level;
  return {
    ...level,
    ...(chance(0.6) && {
      room: { decaySeconds: 0.12 * 6 ** random.next(), level: random.uniform(-22, -3) },
    }),
    ...(chance(0.75) && { noise: { kind: random.pick(NOISE_KINDS), snr: random.uniform(4, 42) } }),
    ...(chance(0.3) && { bandLimit: random.uniform(3400, 7500) }),
    ...(chance(0.08) && { telephone: true }),
  };
}

/** Returns a sound with an augmentation, as long as before, within ±1. */
export function augmentSound(
  samples: Float32Array,
  { tilt, room, noise, bandLimit, telephone, level }: SoundAugmentation,
  random: SeededRandom,
): Float32Array {
  let sound = samples;
  if (tilt !== undefined) sound = tilted(sound, tilt);
  if (room) sound = reverberated(sound, room, random.fork('room'));
  const power = speechPower(sound);
  if (noise) {
    const background = backgroundSound(noise.kind, sound.length, random.fork('noise'));
    const gain = Math.sqrt((power || 1e-4) / 10 ** (noise.snr / 10));
    sound = sound.map((x, n) => x + gain * background[n]);
  }
  if (bandLimit !== undefined) sound = lowPassed(sound, bandLimit);
  if (telephone) sound = telephoned(sound);
  if (level !== undefined && power > 0) {
    const gain = Math.sqrt(10 ** (-level / 10) / power);
    sound = sound.map((x) => gain * x);
  }
  return sound.map((x) => Math.max(-1, Math.min(1, x)));
}

/** Length of the pieces that tell speech from pauses, in samples: 20 ms. */
const PIECE = CLIP_SAMPLE_RATE / 50;

/** Returns the mean power of speech without its pauses: of the pieces within 20 dB of the loudest. */
export function speechPower(samples: Float32Array): number {
  const pieces: number[] = [];
  for (let n = 0; n < samples.length; n += PIECE) pieces.push(meanPower(samples.subarray(n, n + PIECE)));
  const loud = pieces.filter((power) => power > 0.01 * Math.max(...pieces));
  return loud.reduce((sum, power) => sum + power, 0) / Math.max(1, loud.length);
}

/** Raises or lowers what is above 1 kHz by a first-order shelf, gently. */
function tilted(samples: Float32Array, decibels: number): Float32Array {
  const high = 10 ** (decibels / 40);
  const rate = 1 - Math.exp((-2 * Math.PI * 1000) / CLIP_SAMPLE_RATE);
  let low = 0;
  return samples.map((x) => {
    low += rate * (x - low);
    return low / high + high * (x - low);
  });
}

/** Echoes per second: more of them sound smoother and cost more. */
const ECHO_DENSITY = 1200;

/**
 * Adds the echo of a room: impulses of either sign at random times, their strength falling exponentially (velvet noise),
 * duller than the direct sound, which stays where it is.
 */
function reverberated(
  samples: Float32Array,
  { decaySeconds, level }: { decaySeconds: number; level: number },
  random: SeededRandom,
): Float32Array {
  const spacing = CLIP_SAMPLE_RATE / ECHO_DENSITY;
  const echo = new Float32Array(samples.length);
  const taps: { delay: number; gain: number }[] = [];
  let power = 0;
  for (let from = 0.004 * CLIP_SAMPLE_RATE; from < decaySeconds * CLIP_SAMPLE_RATE; from += spacing) {
    const delay = Math.floor(from + random.next() * spacing);
    const strength = 10 ** ((-3 * delay) / (decaySeconds * CLIP_SAMPLE_RATE));
    taps.push({ delay, gain: random.next() < 0.5 ? -strength : strength });
    power += strength ** 2;
  }
  const scale = Math.sqrt(10 ** (level / 10) / Math.max(power, 1e-9));
  for (const { delay, gain } of taps) {
    const amount = scale * gain;
    for (let n = delay; n < echo.length; n++) echo[n] += amount * samples[n - delay];
  }
  // Walls and air swallow high frequencies.
  const rate = 1 - Math.exp((-2 * Math.PI * random.uniform(1500, 6000)) / CLIP_SAMPLE_RATE);
  let dull = 0;
  return samples.map((x, n) => {
    dull += rate * (echo[n] - dull);
    return x + dull;
  });
}

/** Removes what is above a frequency by resampling to a lower rate and back, which adds no delay. */
function lowPassed(samples: Float32Array, frequency: number): Float32Array {
  // Rates in hundreds keep the filters of the conversion few.
  const rate = 200 * Math.ceil(frequency / 100);
  if (rate >= CLIP_SAMPLE_RATE) return samples;
  return resample(resample(samples, CLIP_SAMPLE_RATE, rate), rate, CLIP_SAMPLE_RATE).subarray(0, samples.length);
}

const TELEPHONE_RATE = 8000;
const MU = 255;

/** 8 kHz, and 256 steps that are finer near zero (ITU-T G.711). */
function telephoned(samples: Float32Array): Float32Array {
  const peak = samples.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-9);
  const coarse = resample(samples, CLIP_SAMPLE_RATE, TELEPHONE_RATE).map((x) => {
    const share = Math.min(1, Math.abs(x) / peak);
    const step = Math.round((127 * Math.log1p(MU * share)) / Math.log1p(MU)) / 127;
    return (Math.sign(x) * peak * Math.expm1(step * Math.log1p(MU))) / MU;
  });
  return resample(coarse, TELEPHONE_RATE, CLIP_SAMPLE_RATE).subarray(0, samples.length);
}
