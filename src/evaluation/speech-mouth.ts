// What a mouth must do in speech: close in p, b and m, rest in silence, open with the loudness. Openings are one number per frame.
import { LABEL_RATE, PHONEME_SYMBOLS, soundInFrame } from '../synthetic/speech-labels.ts';
import { LIPS_MEET, PHONEMES, type PhonemeSymbol } from '../synthetic/phonemes.ts';
import { mean, squaredDeviations, type Signal } from './signals.ts';

/** Lips count as closed below this share of the mean opening in vowels. */
const CLOSED_SHARE = 0.25;

/** Seconds at the ends of a silence in which the mouth may still close, or open again. */
const SETTLING = 0.12;

/** Frames that a silence must have for its stillness to be measured. */
const SHORTEST_SILENCE = 3;

/** A mouth that spoke. */
export interface SpokenMouth {
  /** [F] opening, 0 for closed lips. */
  readonly opening: Signal;
  /** [T] what was spoken, as indices of `PHONEME_SYMBOLS`, 50 per second. */
  readonly phonemes: Int32Array;
  /** Frames per second. */
  readonly frameRate: number;
}

/** A sound from one time to another, in seconds. */
interface PhonemeRun {
  symbol: PhonemeSymbol;
  start: number;
  end: number;
}

/** Joins equal neighbors. */
function runsOf(phonemes: Int32Array): PhonemeRun[] {
  const runs: PhonemeRun[] = [];
  phonemes.forEach((phoneme, row) => {
    const symbol = PHONEME_SYMBOLS[phoneme];
    const end = (row + 1) / LABEL_RATE;
    const last = runs.at(-1);
    if (last?.symbol === symbol) last.end = end;
    else runs.push({ symbol, start: row / LABEL_RATE, end });
  });
  return runs;
}

/** Returns the openings of the frames whose time overlaps a part of the sound. */
function openingsDuring({ opening, frameRate }: SpokenMouth, start: number, end: number): number[] {
  const first = Math.max(0, Math.floor(start * frameRate + 1e-6));
  const stop = Math.min(opening.length, Math.ceil(end * frameRate - 1e-6));
  return Array.from({ length: Math.max(0, stop - first) }, (_, i) => opening[first + i]);
}

/** Returns the openings of the frames in whose middle a sound of some kind is spoken. */
function openingsWhile(
  { opening, phonemes, frameRate }: SpokenMouth,
  wanted: (symbol: PhonemeSymbol) => boolean,
): number[] {
  return Array.from(opening).filter((_, frame) => wanted(soundInFrame(phonemes, frame, frameRate)));
}

/** How often something happened, out of how often it should have. */
export interface Tally {
  readonly count: number;
  readonly of: number;
}

/** Returns in how many /p/, /b/ and /m/ the opening falls below a quarter of the mean opening in vowels. */
export function closures(mouth: SpokenMouth): Tally {
  const vowels = openingsWhile(mouth, (symbol) => PHONEMES[symbol].manner === 'vowel');
  const closed = CLOSED_SHARE * mean(vowels);
  const least = runsOf(mouth.phonemes)
    .filter(({ symbol }) => LIPS_MEET.has(symbol))
    .map(({ start, end }) => openingsDuring(mouth, start, end))
    .filter((openings) => openings.length > 0)
    .map((openings) => Math.min(...openings));
  return { count: least.filter((opening) => opening < closed).length, of: least.length };
}

/**
 * Returns the standard deviation of the opening in silence over that in speech, over several mouths together; NaN when
 * there is no silence. Each silence is measured against its own mean, without its first and last 0.12 s.
 */
export function silenceMovement(mouths: readonly SpokenMouth[]): number {
  const silent = { squares: 0, frames: 0 };
  const speaking = { squares: 0, frames: 0 };
  const add = (sums: typeof silent, openings: readonly number[]): void => {
    sums.squares += squaredDeviations(openings);
    sums.frames += openings.length;
  };
  for (const mouth of mouths) {
    const duration = mouth.phonemes.length / LABEL_RATE;
    for (const { symbol, start, end } of runsOf(mouth.phonemes)) {
      if (symbol !== 'SIL') continue;
      const from = start === 0 ? 0 : start + SETTLING;
      const to = end === duration ? end : end - SETTLING;
      const openings = openingsDuring(mouth, from, to);
      if (openings.length >= SHORTEST_SILENCE) add(silent, openings);
    }
    add(
      speaking,
      openingsWhile(mouth, (symbol) => symbol !== 'SIL'),
    );
  }
  return Math.sqrt(silent.squares / silent.frames / (speaking.squares / speaking.frames));
}

/** Length of the sound from which a frame's loudness is computed, in frames. */
const ENVELOPE_FRAMES = 5;

/**
 * Returns the loudness of speech for each frame: the root of the mean square over five frames' time around the frame's
 * middle, weighted by a Hann window.
 *
 * @param samples - mono; silence before and after.
 */
export function speechEnvelope(
  samples: Float32Array,
  { frames, frameRate, sampleRate }: { frames: number; frameRate: number; sampleRate: number },
): number[] {
  const length = Math.round((ENVELOPE_FRAMES * sampleRate) / frameRate);
  const weights = Float64Array.from({ length }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / length) ** 2);
  const total = weights.reduce((a, b) => a + b);
  return Array.from({ length: frames }, (_, frame) => {
    const first = Math.round(((frame + 0.5) * sampleRate) / frameRate - length / 2);
    let squares = 0;
    for (let i = Math.max(0, -first); i < length && first + i < samples.length; i++) {
      squares += weights[i] * samples[first + i] ** 2;
    }
    return Math.sqrt(squares / total);
  });
}
