// Speech from timed phonemes by rule: a glottal source and noise through formant resonators (after Klatt 1980). 16 kHz mono.
import { PHONEMES, type NoiseBand, type Phoneme, type PhonemeSymbol, type TimedPhoneme } from './phonemes.ts';
import { pitchContour, PLAIN_TIMBRE, timeSentence, type Timbre, type Voice } from './prosody.ts';
import { clamp, hash3, mix, SeededRandom, smoothstep } from './random.ts';
import { Antiresonator, BandResonator, GlottalSource, Resonator } from './voice-source.ts';

/** Samples per second of synthesized speech. */
export const SPEECH_SAMPLE_RATE = 16000;

const FRAME = 0.005; // control frames, seconds
const NOISE_BANDS = 2;

/** Spoken audio with the time of every sound. */
export interface Utterance {
  /** Mono samples within ±1 at {@link SPEECH_SAMPLE_RATE}. */
  samples: Float32Array;
  phonemes: TimedPhoneme[];
}

// One control frame of the synthesizer.
interface ControlFrame {
  formants: [number, number, number];
  /** Strength of voicing, of breath through the vocal tract, and of noise at the constriction. */
  voicing: number;
  aspiration: number;
  frication: number;
  nasality: number;
  /** Where the nasal zero lies. */
  nasalZero: number;
  noise: readonly NoiseBand[];
  pitch: number;
}

interface Segment extends TimedPhoneme {
  phoneme: Phoneme;
  /** Formants at the beginning and the end of the steady part. */
  from: [number, number, number];
  to: [number, number, number];
}

const SYMBOLS = Object.keys(PHONEMES) as PhonemeSymbol[];

/** Returns the factor by which a voice's accent moves a formant of a sound. */
function accentOf({ accent, accentSeed }: Timbre, symbol: PhonemeSymbol, formant: number): number {
  return 1 + accent * (2 * hash3(SYMBOLS.indexOf(symbol), formant, accentSeed) - 1);
}

// Consonants take on part of their vowel's formants; a stop after a back vowel closes further back.
function segments(phonemes: readonly TimedPhoneme[], tract: number, timbre: Timbre): Segment[] {
  const vowelNear = (index: number): Phoneme | undefined => {
    const beside = [phonemes.at(index + 1), index > 0 ? phonemes.at(index - 1) : undefined];
    const sounds = beside.flatMap((neighbor) => (neighbor ? [PHONEMES[neighbor.symbol]] : []));
    return sounds.find(({ manner }) => manner === 'vowel' || manner === 'glide');
  };
  return phonemes.map((timed, index) => {
    const phoneme = PHONEMES[timed.symbol];
    let from = [...phoneme.formants] as [number, number, number];
    const neighbor = vowelNear(index);
    const share = {
      vowel: 0,
      glide: 0.15,
      nasal: 0.3,
      fricative: 0.35,
      stop: 0.4,
      affricate: 0.3,
      aspirate: 1,
      silence: 0.6,
    }[phoneme.manner];
    if (neighbor && share > 0) {
      from = from.map((f, k) =>
        k === 0 && phoneme.manner !== 'aspirate'
          ? f
          : mix(f, neighbor.formants[k], phoneme.place === 'velar' ? 0.65 : share),
      ) as typeof from;
    }
    let to = phoneme.glideTo ? ([...phoneme.glideTo] as typeof from) : from;
    // Unstressed vowels drift toward the neutral one.
    if (phoneme.manner === 'vowel' && timed.stress === 0) {
      const reduce = (f: number, k: number): number => mix(f, [500, 1450, 2500][k], 0.18);
      from = from.map(reduce) as typeof from;
      to = to.map(reduce) as typeof from;
    }
    const scale = (f: number, k: number): number => (f / tract) * accentOf(timbre, timed.symbol, k);
    return { ...timed, phoneme, from: from.map(scale) as typeof from, to: to.map(scale) as typeof from };
  });
}

// Seconds that formants take to change at a boundary, on either side of it.
function transition(a: Phoneme, b: Phoneme): number {
  const fast = ['stop', 'nasal', 'affricate', 'fricative'];
  return fast.includes(a.manner) || fast.includes(b.manner) ? 0.028 : 0.042;
}

function formantsAt(list: readonly Segment[], index: number, time: number): [number, number, number] {
  const segment = list[index];
  const place = clamp((time - segment.start) / (segment.end - segment.start), 0, 1);
  const own = segment.from.map((f, k) => mix(f, segment.to[k], smoothstep(0.25, 0.85, place))) as [
    number,
    number,
    number,
  ];
  const blend = (other: Segment | undefined, edge: number, end: 'from' | 'to'): void => {
    if (!other) return;
    const half = Math.min(transition(segment.phoneme, other.phoneme), 0.45 * (segment.end - segment.start));
    const distance = Math.abs(time - edge);
    if (distance >= half) return;
    const share = 0.5 * (1 - smoothstep(0, 1, distance / half));
    for (let k = 0; k < 3; k++) own[k] = mix(own[k], other[end][k], share);
  };
  blend(list[index - 1], segment.start, 'to');
  blend(list[index + 1], segment.end, 'from');
  return own;
}

function controlFrame(list: readonly Segment[], index: number, time: number, pitch: number): ControlFrame {
  const segment = list[index];
  const { phoneme } = segment;
  const since = time - segment.start;
  const left = segment.end - time;
  const length = segment.end - segment.start;
  const frame: ControlFrame = {
    formants: formantsAt(list, index, time),
    voicing: 0,
    aspiration: 0,
    frication: 0,
    nasality: 0,
    nasalZero: 0,
    noise: phoneme.noise ?? [],
    pitch,
  };
  switch (phoneme.manner) {
    case 'vowel':
      frame.voicing = segment.stress ? 1 : 0.82;
      break;
    case 'glide':
      frame.voicing = 0.72;
      break;
    case 'nasal':
      frame.voicing = 0.6;
      frame.nasality = 1;
      frame.nasalZero = { labial: 1000, alveolar: 1600, velar: 2800 }[phoneme.place as 'labial' | 'alveolar' | 'velar'];
      break;
    case 'fricative': {
      const shape = smoothstep(0, 0.03, since) * smoothstep(0, 0.025, left);
      frame.frication = (phoneme.voiced ? 0.55 : 1) * shape;
      frame.voicing = phoneme.voiced ? 0.38 : 0;
      break;
    }
    case 'stop': {
      // Closure, then the burst, then (voiceless) breath until the vowel's voice sets in.
      const closure = length * (phoneme.voiced ? 0.7 : 0.55);
      if (since < closure) frame.voicing = phoneme.voiced ? 0.16 : 0;
      else {
        const after = since - closure;
        frame.frication = Math.exp(-after / 0.008) * 0.9;
        frame.aspiration = phoneme.voiced ? 0.08 : 0.5 * smoothstep(0, 0.01, after);
        frame.voicing = phoneme.voiced ? 0.5 : 0;
      }
      break;
    }
    case 'affricate': {
      const closure = length * 0.4;
      frame.voicing = phoneme.voiced ? 0.2 : 0;
      if (since >= closure) frame.frication = (phoneme.voiced ? 0.6 : 1) * smoothstep(0, 0.02, left);
      break;
    }
    case 'aspirate':
      frame.aspiration = 0.6 * smoothstep(0, 0.02, since);
      break;
    case 'silence':
      break;
  }
  return frame;
}

// Strengths move over a few milliseconds, so that nothing clicks.
function smoothTracks(frames: ControlFrame[]): void {
  for (const key of ['voicing', 'aspiration', 'nasality'] as const) {
    const values = frames.map((frame) => frame[key]);
    frames.forEach((frame, i) => {
      const before = values[Math.max(0, i - 1)];
      const after = values[Math.min(values.length - 1, i + 1)];
      frame[key] = 0.25 * before + 0.5 * values[i] + 0.25 * after;
    });
  }
}

/**
 * Speaks timed phonemes with a voice, as loud as they say; deterministic by seed. Peak level is 0.7.
 *
 * @returns mono samples at {@link SPEECH_SAMPLE_RATE}, as long as the last phoneme's end.
 */
export function synthesize(phonemes: readonly TimedPhoneme[], voice: Voice, seed: number): Float32Array {
  const rate = SPEECH_SAMPLE_RATE;
  const duration = phonemes.at(-1)?.end ?? 0;
  const timbre = voice.timbre ?? PLAIN_TIMBRE;
  const list = segments(phonemes, voice.tract, timbre);
  const pitch = pitchContour(phonemes, voice, seed);
  const frames: ControlFrame[] = [];
  for (let i = 0, index = 0; i * FRAME < duration; i++) {
    const time = (i + 0.5) * FRAME;
    while (index + 1 < list.length && time >= list[index].end) index++;
    const frame = controlFrame(list, index, time, pitch(time));
    for (const key of ['voicing', 'aspiration', 'frication'] as const) frame[key] *= list[index].loudness ?? 1;
    frames.push(frame);
  }
  smoothTracks(frames);
  const random = new SeededRandom(seed).fork('speech');
  const glottis = new GlottalSource(rate, random.fork('glottis'), voice.jitter, voice.shimmer);
  const cascade = Array.from({ length: 6 }, () => new Resonator());
  const nasalPole = new Resonator();
  const nasalZero = new Antiresonator();
  const bands = Array.from({ length: NOISE_BANDS }, () => new BandResonator());
  // Higher formants hardly move.
  const fixed = [3500, 4500, 5600].map((f) => Math.min((f * timbre.upperFormants) / voice.tract, 7400));
  const samples = new Float32Array(Math.round(duration * rate));
  const perFrame = FRAME * rate;
  let tilt = 0;
  let f0 = voice.pitch;
  for (let n = 0; n < samples.length; n++) {
    const position = n / perFrame - 0.5;
    const i = clamp(Math.floor(position), 0, frames.length - 1);
    const a = frames[i];
    const b = frames[Math.min(frames.length - 1, i + 1)];
    const t = clamp(position - i, 0, 1);
    if (n % 16 === 0) {
      f0 = mix(a.pitch, b.pitch, t);
      for (let k = 0; k < 3; k++) {
        const bandwidth = timbre.bandwidth * [65, 90, 140][k] * (1 + 0.6 * mix(a.aspiration, b.aspiration, t));
        cascade[k].tune(mix(a.formants[k], b.formants[k], t), bandwidth, rate);
      }
      fixed.forEach((f, k) => {
        cascade[3 + k].tune(f, timbre.bandwidth * [220, 280, 400][k], rate);
      });
      const nasal = mix(a.nasality, b.nasality, t);
      const zero = a.nasality >= b.nasality ? a.nasalZero : b.nasalZero;
      nasalPole.tune(270 / voice.tract, 100, rate);
      nasalZero.tune(mix(270, zero || 270, nasal) / voice.tract, mix(100, 180, nasal), rate);
      const noise = a.frication >= b.frication ? a.noise : b.noise;
      bands.forEach((band, k) => {
        band.tune(noise[k]?.frequency ?? 4000, noise[k]?.bandwidth ?? 2000, rate);
      });
    }
    const voicing = mix(a.voicing, b.voicing, t);
    const white = random.next() + random.next() + random.next() - 1.5;
    // Soft voices close the glottis less sharply.
    tilt += (glottis.next(f0, 0.5 + 0.25 * voice.breath) - tilt) * mix(0.95, 0.55, voice.breath);
    const breath =
      white * (glottis.open ? 1 : 0.45) * (0.035 * voice.breath * voicing + 0.14 * mix(a.aspiration, b.aspiration, t));
    let tract = voicing * tilt + breath;
    tract = nasalZero.run(nasalPole.run(tract));
    for (let k = cascade.length - 1; k >= 0; k--) tract = cascade[k].run(tract);
    const frication = mix(a.frication, b.frication, t);
    let hiss = 0;
    const noise = a.frication >= b.frication ? a.noise : b.noise;
    for (let k = 0; k < NOISE_BANDS; k++) hiss += (noise[k]?.gain ?? 0) * bands[k].run(white);
    const pulsed = voicing > 0.1 && !glottis.open ? 0.5 : 1;
    samples[n] = tract + 0.3 * timbre.frication * frication * hiss * pulsed;
  }
  normalize(samples, 0.7);
  return samples;
}

// Removes what lies below speech and sets the peak.
function normalize(samples: Float32Array, peak: number): void {
  let last = 0;
  let out = 0;
  let highest = 1e-9;
  for (let n = 0; n < samples.length; n++) {
    const x = samples[n];
    out = x - last + 0.985 * out;
    last = x;
    samples[n] = out;
    highest = Math.max(highest, Math.abs(out));
  }
  for (let n = 0; n < samples.length; n++) samples[n] = (samples[n] * peak) / highest;
}

/** Speaks a sentence given as sounds (see sentences.ts) with a voice; deterministic by seed. */
export function speak(sounds: string, voice: Voice, seed: number): Utterance {
  const phonemes = timeSentence(sounds, voice, seed);
  return { samples: synthesize(phonemes, voice, seed), phonemes };
}
