// Sound to tell speech in: synthetic voices that speak and pause, with music, rain or a crowd under them. 16 kHz mono, seeded.
import { speak, SPEECH_SAMPLE_RATE } from '../../src/synthetic/formant-synthesizer.ts';
import { sampleVoice } from '../../src/synthetic/prosody.ts';
import { SeededRandom } from '../../src/synthetic/random.ts';
import { inventUtterance } from '../../src/synthetic/utterances.ts';
import { meanPower } from '../../src/training/data/sound-noise.ts';
import { speechPower } from '../../src/training/data/sound-augmentation.ts';

/** Frames per second in which speech is told. */
const FRAME_RATE = 25;

/** Pauses shorter than that are part of the speech: nobody would let the lips of the source through in them. */
const SHORTEST_PAUSE = 0.3;

/** What may sound under speech. */
export type BackgroundKind = 'music' | 'rain' | 'crowd';

/** Seconds from one time to another. */
export interface SpokenSpan {
  from: number;
  to: number;
}

/** Speech with pauses. */
export interface SpokenSound {
  samples: Float32Array;
  /** Where somebody speaks. */
  spans: readonly SpokenSpan[];
}

/** Joins spans between which there is next to nothing. */
function joinSpans(spans: readonly SpokenSpan[], shortestPause = SHORTEST_PAUSE): SpokenSpan[] {
  const joined: SpokenSpan[] = [];
  for (const { from, to } of spans) {
    const last = joined.at(-1);
    if (last && from - last.to < shortestPause) last.to = to;
    else joined.push({ from, to });
  }
  return joined;
}

/** Returns for every frame whether some of it lies in a span. */
export function framesIn(spans: readonly SpokenSpan[], seconds: number): boolean[] {
  return Array.from({ length: Math.floor(seconds * FRAME_RATE) }, (_, frame) =>
    spans.some(({ from, to }) => to > frame / FRAME_RATE && from < (frame + 1) / FRAME_RATE),
  );
}

/** Returns one voice that says something for 2 to 5 s, then nothing for 1 to 4 s, and so on. */
export function spokenSound(seconds: number, seed: number): SpokenSound {
  const random = new SeededRandom(seed).fork('spoken');
  const voice = sampleVoice(random);
  const samples = new Float32Array(Math.round(seconds * SPEECH_SAMPLE_RATE));
  const sounding: SpokenSpan[] = [];
  for (let at = random.uniform(0.3, 2); ; at += random.uniform(1, 4)) {
    const { samples: said, phonemes } = speak(
      inventUtterance(random, { seconds: random.uniform(1.5, 4), sentences: 0.5 }),
      voice,
      random.integer(2 ** 31),
    );
    const first = Math.round(at * SPEECH_SAMPLE_RATE);
    if (first + said.length > samples.length) break;
    samples.set(said, first);
    for (const { symbol, start, end } of phonemes) {
      if (symbol !== 'SIL') sounding.push({ from: at + start, to: at + end });
    }
    at += said.length / SPEECH_SAMPLE_RATE;
  }
  return { samples, spans: joinSpans(sounding) };
}

/** Returns so many samples of a background, of mean power 1. */
export function backgroundSound(kind: BackgroundKind, length: number, seed: number): Float32Array {
  const make = { music, rain, crowd }[kind];
  const samples = make(length, new SeededRandom(seed).fork(kind));
  const scale = 1 / Math.sqrt(meanPower(samples));
  return samples.map((x) => scale * x);
}

/** Returns speech over a background; it is so many decibels louder, where somebody speaks. */
export function mixed(speech: Float32Array, background: Float32Array, decibels: number): Float32Array {
  const gain = Math.sqrt(speechPower(speech) / 10 ** (decibels / 10));
  const sum = speech.map((x, n) => x + gain * background[n]);
  const peak = sum.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return sum.map((x) => x / peak);
}

const SCALE = [0, 2, 4, 5, 7, 9, 11];
const PROGRESSION = [0, 5, 3, 4];

/** A band: chords that are plucked or bowed, a melody, a bass, and drums, at 90 to 130 beats a minute. */
function music(length: number, random: SeededRandom): Float32Array {
  const sum = new Float32Array(length);
  const beat = (60 / random.uniform(90, 130)) * SPEECH_SAMPLE_RATE;
  const key = 2 ** (random.integer(12) / 12) * 110;
  const bowed = random.next() < 0.5;
  const pitch = (degree: number): number => key * 2 ** (Math.floor(degree / 7) + SCALE[degree % 7] / 12);
  for (let step = 0; step * beat < length; step++) {
    const root = PROGRESSION[Math.floor(step / 4) % 4];
    const at = Math.round(step * beat);
    if (step % 4 === 0) {
      for (const third of [0, 2, 4])
        note(sum, {
          at,
          seconds: (4 * beat) / SPEECH_SAMPLE_RATE,
          frequency: 2 * pitch(root + third),
          level: 0.25,
          bowed,
        });
    }
    note(sum, { at, seconds: 0.4, frequency: pitch(root) / 2, level: 0.6, bowed: false });
    if (random.next() < 0.8) {
      const frequency = 2 * pitch(root + 7 + [0, 2, 4, 1, 5][random.integer(5)]);
      note(sum, { at, seconds: beat / SPEECH_SAMPLE_RATE, frequency, level: 0.35, bowed });
    }
    drum(sum, at, step % 2 === 0 ? 'kick' : 'snare', random);
    drum(sum, at + Math.round(beat / 2), 'hat', random);
  }
  return sum;
}

interface Note {
  at: number;
  seconds: number;
  frequency: number;
  level: number;
  /** Held, with vibrato, instead of plucked. */
  bowed: boolean;
}

function note(sum: Float32Array, { at, seconds, frequency, level, bowed }: Note): void {
  const count = Math.min(sum.length - at, Math.round(seconds * SPEECH_SAMPLE_RATE));
  for (let n = 0; n < count; n++) {
    const time = n / SPEECH_SAMPLE_RATE;
    const end = (count - n) / SPEECH_SAMPLE_RATE;
    const envelope = bowed ? Math.min(1, time / 0.08, end / 0.08) : Math.exp(-time / 0.35) * Math.min(1, end / 0.02);
    const phase = 2 * Math.PI * frequency * time + (bowed ? 0.4 * Math.sin(2 * Math.PI * 5.5 * time) : 0);
    let wave = 0;
    for (let k = 1; k <= 8 && k * frequency < 7500; k++)
      wave += (Math.sin(k * phase) / k) * (bowed ? 1 : Math.exp(-2 * k * time));
    sum[at + n] += level * envelope * wave;
  }
}

function drum(sum: Float32Array, at: number, kind: 'kick' | 'snare' | 'hat', random: SeededRandom): void {
  const decay = { kick: 0.12, snare: 0.08, hat: 0.03 }[kind];
  const count = Math.min(sum.length - at, Math.round(5 * decay * SPEECH_SAMPLE_RATE));
  let before = 0;
  for (let n = 0; n < count; n++) {
    const time = n / SPEECH_SAMPLE_RATE;
    const white = random.uniform(-1, 1);
    const kick = Math.sin(2 * Math.PI * (50 * time + 4 * (1 - Math.exp(-time / 0.03))));
    const wave = { kick, snare: 0.7 * white + 0.3 * Math.sin(2 * Math.PI * 190 * time), hat: white - before }[kind];
    before = white;
    sum[at + n] += 0.5 * wave * Math.exp(-time / decay);
  }
}

/** Rain: a rush that swells and ebbs, and drops that fall near by, 60 per second. */
function rain(length: number, random: SeededRandom): Float32Array {
  const sum = new Float32Array(length);
  let low = 0;
  for (let n = 0; n < length; n++) {
    const white = random.uniform(-1, 1);
    low += 0.6 * (white - low);
    sum[n] = (0.35 * white + 0.65 * low) * (0.3 + 0.06 * Math.sin((2 * Math.PI * n) / (3.7 * SPEECH_SAMPLE_RATE)));
  }
  for (let drop = 0; drop < (60 * length) / SPEECH_SAMPLE_RATE; drop++) {
    const at = random.integer(length);
    const frequency = random.uniform(800, 5000);
    const level = 0.5 * random.next() ** 3;
    for (let n = 0; n < 300 && at + n < length; n++) {
      sum[at + n] += level * Math.exp(-n / 60) * Math.sin((2 * Math.PI * frequency * n) / SPEECH_SAMPLE_RATE);
    }
  }
  return sum;
}

/** Voices of a crowd, each of which is heard in four places. */
const CROWD_VOICES = 5;
const PLACES = 4;

/** A crowd: twenty people who speak at once, some near, most far, in a room that echoes. */
function crowd(length: number, random: SeededRandom): Float32Array {
  const sum = new Float32Array(length);
  for (let person = 0; person < CROWD_VOICES; person++) {
    const sounds = inventUtterance(random, { seconds: length / SPEECH_SAMPLE_RATE });
    const { samples } = speak(sounds, sampleVoice(random), random.integer(2 ** 31));
    for (let place = 0; place < PLACES; place++) {
      const gain = random.uniform(0.5, 1);
      const late = random.integer(samples.length);
      for (let n = 0; n < length; n++) sum[n] += gain * samples[(n + late) % samples.length];
    }
  }
  for (const delay of [523, 811, 1277, 1999]) for (let n = delay; n < length; n++) sum[n] += 0.35 * sum[n - delay];
  return sum;
}
