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

/** Returns whether one of several stretches of rows, which are in order, has some rows in common with another. */
export function meetsRows(stretches: readonly FeatureRows[], { from, to }: FeatureRows): boolean {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].to > from) high = middle;
    else low = middle + 1;
  }
  return low < stretches.length && stretches[low].from < to;
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
