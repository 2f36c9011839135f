// Verdicts on given figures.
import { describe, expect, it } from 'vitest';
import { decisive, verdictOn, type VerdictInput } from './verdict.ts';

const agreement = { lag: 0.2, correlation: 0.7, correlationAsIs: 0.69, chance: 0.05, frames: 900 };
const clear: VerdictInput = { agreement, seenSeconds: 8, spokenSeconds: 6, change: 2, frameRate: 25 };
const found = (more: Partial<typeof agreement>): VerdictInput => ({ ...clear, agreement: { ...agreement, ...more } });

describe('verdictOn', () => {
  it.each([
    ['in-sync', 'certain', clear],
    ['in-sync', 'likely', found({ chance: 0.2 })],
    ['sound-late', 'certain', found({ lag: 3 })],
    ['sound-early', 'certain', found({ lag: -3 })],
    ['unrelated', 'certain', found({ correlation: 0.1 })],
    ['unrelated', 'likely', found({ correlation: 0.2, chance: 0.09 })],
    // What is best at the end of what was tried may be better beyond.
    ['unrelated', 'certain', found({ lag: 15 })],
    ['cannot-be-judged', undefined, found({ correlation: 0.4, chance: 0.2 })],
  ] as const)('%s, %s', (verdict, certainty, input) => {
    expect(verdictOn(input)).toMatchObject({ verdict, certainty });
  });

  it.each([
    [{ seenSeconds: 1.2 }, 'The mouth is seen for 1.2 s while there is sound, and 2 s are needed.'],
    [{ change: 0.05 }, 'The picture stands still.'],
    [{ change: NaN }, 'The picture stands still.'],
    [{ spokenSeconds: 0.4 }, 'Somebody speaks for 0.4 s while the mouth is seen, and 1 s is needed.'],
    [{ agreement: undefined }, 'The mouth does not move, or the sound never changes.'],
  ])('says why nothing can be judged: %o', (more, reason) => {
    expect(verdictOn({ ...clear, ...more })).toEqual({
      verdict: 'cannot-be-judged',
      certainty: undefined,
      reasons: [reason],
    });
  });

  it('gives its reasons in figures', () => {
    expect(verdictOn(found({ lag: 3 })).reasons).toEqual([
      'The sound explains how the mouth opens: correlation 0.70, where chance alone gives ±0.05.',
      'They match best when the sound is 120 ms late.',
    ]);
  });
});

it('whoever agrees the most decides, else whoever is seen the longest', () => {
  const person = (input: VerdictInput, seconds: number) => ({
    ...verdictOn(input),
    agreement: input.agreement,
    seconds,
  });
  const silent = person(found({ correlation: 0.1 }), 20);
  const speaker = person(clear, 5);
  const weaker = person(found({ correlation: 0.5 }), 30);
  const still = person({ ...clear, change: 0 }, 60);
  expect(decisive([silent, still, weaker, speaker])).toBe(speaker);
  expect(decisive([still, silent])).toBe(silent);
  expect(decisive([still, person({ ...clear, change: 0 }, 70)]).seconds).toBe(70);
});
