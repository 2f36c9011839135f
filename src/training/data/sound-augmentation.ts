// What happens to a voice between mouth and file: a room, noise and music, a microphone, a telephone. 16 kHz mono, seeded.
// Lengths stay the same, and nothing moves by as much as 5 ms, so labels remain valid. Codecs come after: degraded-sound-node.ts.
import { resample } from '../../audio/resample.ts';
import type { SeededRandom } from '../../synthetic/random.ts';
import { backgroundSound, meanPower, NOISE_KINDS, type NoiseKind } from './sound-noise.ts';
import { CLIP_SAMPLE_RATE } from './training-clip.ts';

/** What happens to a sound; omitted effects do not occur. */
export interface SoundAugmentation {
  /** How much stronger a microphone hears what is far above 1 kHz than what is far below, dB. */
  tilt?: number;
  /** Bands that the microphone, or what it stands on, strengthens or weakens: center, Hz, gain, dB, and width relative to the center. */
  resonances?: readonly { frequency: number; gain: number; width: number }[];
  /** Frequency below which the microphone, or a switch on it, takes the bass away, Hz. */
  lowCut?: number;
  /** A room: seconds until its echo has fallen by 60 dB, and the echo's level against the direct sound, dB. */
  room?: { decaySeconds: number; level: number };
  /** A background sound, and how far the speech is above it, dB. */
  noise?: { kind: NoiseKind; snr: number };
  /** Highest frequency that remains, Hz. */
  bandLimit?: number;
  /** How far the loudest speech is above what the recorder can take, dB: it is cut off there. */
  overdrive?: number;
  /** A telephone line: 300 to 3400 Hz, 8 kHz, 8 bits by the law of America and Japan or by that of the rest of the world. */
  telephone?: 'mu-law' | 'a-law';
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
    ...(chance(0.4) && {
      resonances: Array.from({ length: 1 + random.integer(3) }, () => ({
        frequency: 150 * 40 ** random.next(),
        gain: random.uniform(-9, 7),
        width: random.uniform(0.3, 1.4),
      })),
    }),
    ...(chance(0.25) && { lowCut: random.uniform(60, 250) }),
    ...(chance(0.06) && { overdrive: random.uniform(1, 8) }),
    ...(chance(0.25) && { bandLimit: random.uniform(3400, 7500) }),
    ...(chance(0.08) && { telephone: chance(0.5) ? 'mu-law' : 'a-law' }),
  };
}

/** Returns a sound with an augmentation, as long as before, within ±1. */
export function augmentSound(
  samples: Float32Array,
  augmentation: SoundAugmentation,
  random: SeededRandom,
): Float32Array {
  const { tilt, resonances, lowCut, room, noise, overdrive, bandLimit, telephone, level } = augmentation;
  let sound = samples;
  if (tilt !== undefined) sound = tilted(sound, tilt);
  if (room) sound = reverberated(sound, room, random.fork('room'));
  const power = speechPower(sound);
  if (noise) {
    const background = backgroundSound(noise.kind, sound.length, random.fork('noise'));
    const gain = Math.sqrt((power || 1e-4) / 10 ** (noise.snr / 10));
    sound = sound.map((x, n) => x + gain * background[n]);
  }
  for (const resonance of resonances ?? []) sound = filtered(sound, peakFilter(resonance));
  if (lowCut !== undefined) sound = filtered(sound, highPassFilter(lowCut));
  if (overdrive !== undefined) sound = overdriven(sound, overdrive);
  if (bandLimit !== undefined) sound = lowPassed(sound, bandLimit);
  if (telephone) sound = telephoned(sound, telephone);
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

/** A filter of second order: y[n] = b0·x[n] + b1·x[n−1] + b2·x[n−2] − a1·y[n−1] − a2·y[n−2]. */
interface Biquad {
  b: readonly [number, number, number];
  a: readonly [number, number];
}

/** Returns a filter that changes a band by some decibels (Bristow-Johnson, "Cookbook formulae for audio EQ biquad filters"). */
function peakFilter({ frequency, gain, width }: { frequency: number; gain: number; width: number }): Biquad {
  const turn = (2 * Math.PI * Math.min(frequency, 0.45 * CLIP_SAMPLE_RATE)) / CLIP_SAMPLE_RATE;
  const amplitude = 10 ** (gain / 40);
  const alpha = (Math.sin(turn) * width) / 2;
  const scale = 1 + alpha / amplitude;
  const middle = (-2 * Math.cos(turn)) / scale;
  return {
    b: [(1 + alpha * amplitude) / scale, middle, (1 - alpha * amplitude) / scale],
    a: [middle, (1 - alpha / amplitude) / scale],
  };
}

/** Returns a Butterworth filter that takes away what is below a frequency, by 12 dB an octave (from the same source). */
function highPassFilter(frequency: number): Biquad {
  const turn = (2 * Math.PI * frequency) / CLIP_SAMPLE_RATE;
  const cosine = Math.cos(turn);
  const alpha = Math.sin(turn) / Math.SQRT2;
  const scale = 1 + alpha;
  const side = (1 + cosine) / 2 / scale;
  return { b: [side, -2 * side, side], a: [(-2 * cosine) / scale, (1 - alpha) / scale] };
}

function filtered(samples: Float32Array, { b, a }: Biquad): Float32Array {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
    [x1, x2, y1, y2] = [x, x1, y, y1];
    return y;
  });
}

/** Cuts off what is louder than some decibels below the peak. */
function overdriven(samples: Float32Array, decibels: number): Float32Array {
  const peak = samples.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
  const most = peak / 10 ** (decibels / 20);
  return samples.map((x) => Math.max(-most, Math.min(most, x)));
}

const TELEPHONE_RATE = 8000;
const TELEPHONE_BASS = 300;
const TELEPHONE_TREBLE = 3400;

/** How G.711 spaces its steps: where a sample of 0 … 1 lies on a scale of as many even steps, and back. */
const COMPANDING = {
  'mu-law': {
    compress: (x: number): number => Math.log1p(255 * x) / Math.log1p(255),
    expand: (y: number): number => Math.expm1(y * Math.log1p(255)) / 255,
  },
  'a-law': {
    compress: (x: number): number => (x < 1 / 87.6 ? 87.6 * x : 1 + Math.log(87.6 * x)) / (1 + Math.log(87.6)),
    expand: (y: number): number => {
      const scaled = y * (1 + Math.log(87.6));
      return (scaled < 1 ? scaled : Math.exp(scaled - 1)) / 87.6;
    },
  },
} as const;

/** The band of a telephone at 8 kHz, in 256 steps that are finer near zero (ITU-T G.711). */
function telephoned(samples: Float32Array, law: keyof typeof COMPANDING): Float32Array {
  const { compress, expand } = COMPANDING[law];
  const band = lowPassed(filtered(samples, highPassFilter(TELEPHONE_BASS)), TELEPHONE_TREBLE);
  const peak = band.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-9);
  const coarse = resample(band, CLIP_SAMPLE_RATE, TELEPHONE_RATE).map((x) => {
    const step = Math.round(127 * compress(Math.min(1, Math.abs(x) / peak))) / 127;
    return Math.sign(x) * peak * expand(step);
  });
  return resample(coarse, TELEPHONE_RATE, CLIP_SAMPLE_RATE).subarray(0, samples.length);
}
