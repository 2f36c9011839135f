// When each sound of a sentence is spoken, and the melody: durations, pauses, declination, accents.
import { PHONEMES, type TimedPhoneme } from './phonemes.ts';
import { noise2, SeededRandom, smoothstep } from './random.ts';
import { readSounds } from './sentences.ts';

/** A speaking voice. */
export interface Voice {
  /** Mean pitch, Hz. */
  pitch: number;
  /** Depth of the melody; 1 is usual, 0 monotone. */
  expressiveness: number;
  /** Speed; 1 is usual. */
  rate: number;
  /** Length of the vocal tract relative to a man's: formants are divided by it (a woman's is about 0.86). */
  tract: number;
  /** Breathiness, 0 … 1. */
  breath: number;
  /** Random variation of the glottal periods, a share (0.01 is natural). */
  jitter: number;
  /** Random variation of the glottal pulses' strength, a share (0.04 is natural). */
  shimmer: number;
  /** What else distinguishes voices; nothing if left out. */
  timbre?: Timbre;
}

/** How a voice differs from the average, apart from pitch and size. */
export interface Timbre {
  /** Bandwidths of the formants relative to usual ones; larger is duller. */
  bandwidth: number;
  /** Loudness of hisses and bursts relative to usual. */
  frication: number;
  /** Positions of the fourth to sixth formants relative to usual. */
  upperFormants: number;
  /** Formants of each sound are off by up to this share, in a way specific to the voice. */
  accent: number;
  /** Which way that is. */
  accentSeed: number;
  /** How much quieter weak syllables and ends of phrases are; 1 is usual, 0 not at all. */
  dynamics: number;
}

/** The timbre of a voice that has none of its own. */
export const PLAIN_TIMBRE: Readonly<Timbre> = {
  bandwidth: 1,
  frication: 1,
  upperFormants: 1,
  accent: 0,
  accentSeed: 0,
  dynamics: 0,
};

/** Returns a voice drawn from a random stream. */
export function sampleVoice(random: SeededRandom): Voice {
  const high = random.next() < 0.5;
  return {
    pitch: high ? random.uniform(150, 270) : random.uniform(78, 155),
    expressiveness: random.uniform(0.5, 2.2),
    rate: random.uniform(0.9, 1.4),
    tract: high ? random.uniform(0.76, 0.92) : random.uniform(0.92, 1.08),
    breath: random.uniform(0.05, 0.6),
    jitter: random.uniform(0.004, 0.02),
    shimmer: random.uniform(0.02, 0.1),
    timbre: {
      bandwidth: 0.75 * 2.4 ** random.next(),
      frication: 0.6 * 3.5 ** random.next(),
      upperFormants: random.uniform(0.9, 1.12),
      accent: random.uniform(0, 0.1),
      accentSeed: random.integer(1 << 20),
      dynamics: random.uniform(0.5, 1.5),
    },
  };
}

/** Silence before and after an utterance, seconds. */
const MARGIN = 0.22;

/**
 * Gives every sound its time. Unstressed sounds are shorter, the last word before a pause is longer, consonants in clusters
 * are shorter (after Klatt 1976); a little seeded variation on top.
 */
export function timePhonemes(sounds: string, voice: Voice, random: SeededRandom): TimedPhoneme[] {
  const spoken = readSounds(sounds);
  const result: TimedPhoneme[] = [{ symbol: 'SIL', stress: 0, start: 0, end: MARGIN }];
  let time = MARGIN;
  spoken.forEach(({ symbol, stress, phraseFinal, seconds }, index) => {
    const { manner, duration } = PHONEMES[symbol];
    let length = duration;
    if (manner === 'vowel') length *= stress ? 1.05 : 0.8;
    else if (manner !== 'silence') {
      const cluster = index > 0 && !['vowel', 'silence'].includes(PHONEMES[spoken[index - 1].symbol].manner);
      length *= cluster ? 0.8 : 1;
    }
    if (phraseFinal && manner !== 'silence') length *= manner === 'vowel' ? 1.35 : 1.12;
    length = seconds ?? (length * (1 + 0.08 * (2 * random.next() - 1))) / voice.rate;
    append(result, { symbol, stress, start: time, end: time + length });
    time += length;
  });
  append(result, { symbol: 'SIL', stress: 0, start: time, end: time + MARGIN });
  return result;
}

/** Adds a sound; a silence after a silence makes it longer. */
function append(phonemes: TimedPhoneme[], next: TimedPhoneme): void {
  const last = phonemes.at(-1);
  if (last?.symbol === 'SIL' && next.symbol === 'SIL') last.end = next.end;
  else phonemes.push(next);
}

/** When speech begins and ends between two pauses, seconds. */
interface Phrase {
  start: number;
  end: number;
}

function phrasesOf(phonemes: readonly TimedPhoneme[]): Phrase[] {
  const phrases: Phrase[] = [];
  for (const { symbol, start, end } of phonemes) {
    if (symbol === 'SIL') continue;
    const last = phrases.at(-1);
    if (last && start - last.end < 0.02) last.end = end;
    else phrases.push({ start, end });
  }
  return phrases;
}

/** Decibels by which weak syllables, and the ends of phrases, are quieter. */
const WEAK_SYLLABLE = 4;
const PHRASE_END = 7;

/**
 * Returns the strength of each sound, 1 for the loudest: weak syllables and ends of phrases are quieter, and chance adds some
 * decibels. A consonant is as strong as the vowel after it.
 */
export function loudnessContour(
  phonemes: readonly TimedPhoneme[],
  { dynamics }: Timbre,
  random: SeededRandom,
): number[] {
  const phrases = phrasesOf(phonemes);
  const strengths = phonemes.map(() => 1);
  let following = 1;
  for (let i = phonemes.length - 1; i >= 0; i--) {
    const { symbol, stress, start } = phonemes[i];
    if (PHONEMES[symbol].manner === 'vowel') {
      const phrase = phrases.find(({ end }) => start < end);
      const place = phrase ? (start - phrase.start) / (phrase.end - phrase.start) : 0;
      const decibels = (stress ? 0 : WEAK_SYLLABLE) + PHRASE_END * place * place + 2 * Math.abs(random.normal());
      following = 10 ** ((-dynamics * decibels) / 20);
    }
    strengths[i] = following;
  }
  return strengths;
}

/**
 * Returns a sentence's sounds with their times and loudness; deterministic by seed. Other voices may then say the same sounds at
 * the same times, as loud as this one. Of a voice without dynamics all sounds are as loud as usual.
 */
export function timeSentence(sounds: string, voice: Voice, seed: number): TimedPhoneme[] {
  const phonemes = timePhonemes(sounds, voice, new SeededRandom(seed).fork('timing'));
  const { timbre = PLAIN_TIMBRE } = voice;
  if (timbre.dynamics === 0) return phonemes;
  const contour = loudnessContour(phonemes, timbre, new SeededRandom(seed).fork('loudness'));
  return phonemes.map((phoneme, index) => ({ ...phoneme, loudness: contour[index] }));
}

/** Returns the pitch of an utterance as a function of time, Hz: it falls through each phrase and rises on stressed vowels. */
export function pitchContour(phonemes: readonly TimedPhoneme[], voice: Voice, seed: number): (time: number) => number {
  const phrases = phrasesOf(phonemes);
  const accents = phonemes
    .filter(({ stress }) => stress === 1)
    .map(({ start, end }) => ({ peak: start + 0.45 * (end - start), width: Math.max(0.07, 0.7 * (end - start)) }));
  return (time) => {
    let semitones = 0;
    const phrase = phrases.find(({ end }) => time <= end) ?? phrases.at(-1);
    if (phrase) {
      const place = Math.min(1, Math.max(0, (time - phrase.start) / (phrase.end - phrase.start)));
      const last = phrase === phrases.at(-1);
      semitones += 1.6 - 3.4 * place - (last ? 3 : 0.8) * smoothstep(0.82, 1, place);
    }
    for (const { peak, width } of accents) {
      const d = (time - peak) / width;
      if (Math.abs(d) < 3) semitones += 2.6 * Math.exp(-d * d);
    }
    const drift = 0.35 * noise2(time * 3.1, 0, seed) + 0.12 * noise2(time * 11, 1, seed);
    return voice.pitch * 2 ** ((voice.expressiveness * semitones + drift) / 12);
  };
}
