// Where somebody speaks, of how probable that is over time; and where lips move, which is a little longer. docs/quiet.md has the figures.
import { ROWS_PER_SECOND, type FeatureRows } from './feature-windows.ts';

/** A stretch of time. */
export interface SpeechSpan {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
}

/** Speech is what reaches this probability, with all around it that stays above the second. */
const SPEECH = 0.5;
const STILL_SPEECH = 0.4;

/** Seconds: shorter pauses belong to the speech, and shorter speech is none. */
const SHORTEST_PAUSE = 0.5;
const SHORTEST_SPEECH = 0.1;

/** Seconds by which lips begin to move before they are heard, and rest after it; what is drawn fades in and out in that time. */
const LEAD = 0.2;
const TAIL = 0.2;

/** Seconds: the lips of the source are not let through for less than that. */
const SHORTEST_QUIET = 0.3;

/**
 * Returns the stretches in which somebody speaks.
 *
 * @param probabilities - of speech, one after another.
 * @param step - seconds from one to the next. The network is so sure of a sound only when it has heard as much of it: results are
 * one step late.
 */
export function speechSpans(probabilities: ArrayLike<number>, step: number): SpeechSpan[] {
  const spans: SpeechSpan[] = [];
  let from: number | undefined;
  let isSpeech = false;
  for (let index = 0; index <= probabilities.length; index++) {
    const probability = index < probabilities.length ? probabilities[index] : 0;
    if (probability >= STILL_SPEECH) {
      from ??= index;
      isSpeech ||= probability >= SPEECH;
      continue;
    }
    if (from !== undefined && isSpeech) spans.push({ from: Math.max(0, from - 1) * step, to: (index - 1) * step });
    from = undefined;
    isSpeech = false;
  }
  return joined(spans, SHORTEST_PAUSE).filter(({ from, to }) => to - from >= SHORTEST_SPEECH);
}

/**
 * Returns the rows of features, in order, with which lips move that speak in some stretches.
 *
 * @param seconds - length of the recording.
 */
export function lipRows(spans: readonly SpeechSpan[], seconds: number): FeatureRows[] {
  const moving = spans.map(({ from, to }) => ({
    from: from - LEAD < SHORTEST_QUIET ? 0 : from - LEAD,
    to: seconds - to - TAIL < SHORTEST_QUIET ? seconds : to + TAIL,
  }));
  return joined(moving, SHORTEST_QUIET).map(({ from, to }) => ({
    from: Math.round(from * ROWS_PER_SECOND),
    to: Math.round(to * ROWS_PER_SECOND),
  }));
}

/** Rows over which sound turns into silence where mouths close: five frames at 25 per second, within lead and tail. */
const CLOSING_ROWS = 10;

/**
 * Returns how much of a row is heard where mouths are drawn closed between stretches of speech: 1 within them, 0 between them, and
 * something between toward their ends, so that no mouth snaps shut.
 */
export function audibleShare(stretches: readonly FeatureRows[], row: number): number {
  const stretch = stretches.at(firstAfter(stretches, row));
  if (!stretch || stretch.from > row) return 0;
  const sinceStart = stretch.from === 0 ? CLOSING_ROWS : row + 1 - stretch.from;
  return Math.min(1, sinceStart / CLOSING_ROWS, (stretch.to - row) / CLOSING_ROWS);
}

/** Returns whether one of several stretches of rows, which are in order, has some rows in common with another. */
export function meetsRows(stretches: readonly FeatureRows[], { from, to }: FeatureRows): boolean {
  const first = firstAfter(stretches, from);
  return first < stretches.length && stretches[first].from < to;
}

/** Returns which of several stretches, in order, is the first that ends after a row. */
function firstAfter(stretches: readonly FeatureRows[], row: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].to > row) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns stretches of rows in order, those that touch or overlap as one. */
export function joinedRows(stretches: readonly FeatureRows[]): FeatureRows[] {
  const result: FeatureRows[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else result.push({ from, to });
  }
  return result;
}

/** Joins stretches between which there is less than so many seconds. */
function joined(spans: readonly SpeechSpan[], shortestGap: number): SpeechSpan[] {
  const result: SpeechSpan[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last && span.from - last.to < shortestGap) result[result.length - 1] = { from: last.from, to: span.to };
    else result.push(span);
  }
  return result;
}
