// Lips closed where the sound says so: whether a mouth rests while nobody speaks.
import type { SpeechSpan } from '../audio/speech-spans.ts';
import type { Signal } from './signals.ts';

/** Seconds by which lips may move before and after speech. */
const MARGIN = 0.2;

/** Fewest frames of pauses, and of speech, that are counted. */
const FEWEST_FRAMES = 12;

/** Lips count as closed below this share of the mean opening in speech, counted from the least openings. */
const CLOSED_SHARE = 0.3;

/** The share of openings that counts as closed lips: the mesh reads a gap even there. */
const LEAST_SHARE = 0.05;

/** What a mouth does while nobody speaks. */
export interface PauseFigures {
  /** Frames of pauses in which the mouth is seen. */
  readonly frames: number;
  /** The share of them in which the lips are closed. */
  readonly closed: number;
}

/**
 * Returns what a mouth does in pauses; undefined where there are too few frames of them, or of speech.
 *
 * @param opening - per frame; NaN where it is not seen.
 * @param speech - where somebody speaks, in seconds of the sound.
 * @param options.laterSeconds - how much later than the frames the sound begins.
 * @param options.soundSeconds - length of the sound: what is beyond is no pause.
 */
export function mouthInPauses(
  opening: Signal,
  speech: readonly SpeechSpan[],
  { frameRate, laterSeconds, soundSeconds }: { frameRate: number; laterSeconds: number; soundSeconds: number },
): PauseFigures | undefined {
  const [spoken, quiet]: [number[], number[]] = [[], []];
  for (let frame = 0; frame < opening.length; frame++) {
    const seconds = (frame + 0.5) / frameRate - laterSeconds;
    if (Number.isNaN(opening[frame]) || seconds < 0 || seconds >= soundSeconds) continue;
    if (speech.some(({ from, to }) => seconds >= from && seconds < to)) spoken.push(opening[frame]);
    else if (speech.every(({ from, to }) => seconds < from - MARGIN || seconds >= to + MARGIN))
      quiet.push(opening[frame]);
  }
  if (quiet.length < FEWEST_FRAMES || spoken.length < FEWEST_FRAMES) return undefined;
  const all = [...spoken, ...quiet].sort((a, b) => a - b);
  const least = all[Math.floor(LEAST_SHARE * all.length)];
  const mean = spoken.reduce((sum, value) => sum + value, 0) / spoken.length;
  const closed = least + CLOSED_SHARE * (mean - least);
  return { frames: quiet.length, closed: quiet.filter((value) => value <= closed).length / quiet.length };
}
