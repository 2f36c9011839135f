// Hysteresis, pauses, lead and tail, in steps of a tenth of a second.
import { describe, expect, it } from 'vitest';
import { audibleShare, lipRows, meetsRows, speechSpans } from './speech-spans.ts';

const STEP = 0.1;
const times = (count: number, probability: number): number[] => Array.from({ length: count }, () => probability);

describe('speechSpans', () => {
  it('is one step earlier than the probabilities are', () => {
    const [span] = speechSpans([...times(10, 0), ...times(5, 0.9), ...times(10, 0)], STEP);
    expect(span.from).toBeCloseTo(0.9);
    expect(span.to).toBeCloseTo(1.4);
  });

  it('takes in what is a little less certain, but only beside what is certain', () => {
    const spans = speechSpans([0, 0.45, 0.45, 0.6, 0.45, ...times(10, 0), 0.45, 0.45, 0], STEP);
    expect(spans).toHaveLength(1);
    expect(spans[0].to - spans[0].from).toBeCloseTo(0.4);
  });

  it('joins what a short pause divides, and keeps what a long one does', () => {
    const pause = (steps: number): number =>
      speechSpans([0, ...times(5, 1), ...times(steps, 0), ...times(5, 1), 0], STEP).length;
    expect(pause(4)).toBe(1);
    expect(pause(6)).toBe(2);
  });

  it('ends with the recording, and finds nothing in silence', () => {
    expect(speechSpans([0, ...times(5, 1)], STEP)).toEqual([{ from: 0, to: 0.5 }]);
    expect(speechSpans(times(20, 0.3), STEP)).toEqual([]);
    expect(speechSpans([], STEP)).toEqual([]);
  });
});

describe('lipRows', () => {
  it('begins before the speech and ends after it, 50 rows per second', () => {
    expect(lipRows([{ from: 1, to: 2 }], 4)).toEqual([{ from: 40, to: 110 }]);
    expect(lipRows([{ from: 0.45, to: 2 }], 2.45)).toEqual([{ from: 0, to: 123 }]);
    expect(lipRows([{ from: 0.55, to: 2 }], 2.55)).toEqual([{ from: 18, to: 110 }]);
  });

  it('lets no lips of the source through for a moment only', () => {
    const pausing = (seconds: number) => lipRows([{ from: 0, to: 1 }, { from: 1 + seconds, to: 3 }], 4).length; // prettier-ignore
    expect(pausing(0.65)).toBe(1);
    expect(pausing(0.75)).toBe(2);
  });
});

it('audibleShare falls toward the ends of speech, but not at the start of the recording', () => {
  const stretches = [
    { from: 0, to: 40 },
    { from: 60, to: 100 },
  ];
  const shares = [0, 29, 31, 39, 40, 59, 60, 64, 69, 80, 99, 100].map((row) => audibleShare(stretches, row));
  expect(shares).toEqual([1, 1, 0.9, 0.1, 0, 0, 0.1, 0.5, 1, 1, 0.1, 0]);
});

it('meetsRows finds the rows in one stretch of many', () => {
  const stretches = Array.from({ length: 100 }, (_, index) => ({ from: 10 * index, to: 10 * index + 5 }));
  for (let row = 0; row < 1000; row++) expect(meetsRows(stretches, { from: row, to: row + 1 })).toBe(row % 10 < 5);
  expect(meetsRows(stretches, { from: 5, to: 10 })).toBe(false);
  expect(meetsRows(stretches, { from: 5, to: 11 })).toBe(true);
  expect(meetsRows([], { from: 0, to: 1 })).toBe(false);
});
