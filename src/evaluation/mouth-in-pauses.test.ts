// Mouths in pauses, on openings that are known.
import { expect, it } from 'vitest';
import { mouthInPauses } from './mouth-in-pauses.ts';

const time = { frameRate: 25, laterSeconds: 0, soundSeconds: 4 };
/** Two seconds of speech with an opening that swings, then two of a pause with another. */
const opening = (paused: number): number[] =>
  Array.from({ length: 100 }, (_, i) => (i < 50 ? 0.2 + 0.2 * Math.sin(i) : paused));
const speech = [{ from: 0, to: 2 }];

it('counts frames of pauses, away from speech, in which the lips are closed', () => {
  // The pause counts from 2.2 s on.
  expect(mouthInPauses(opening(0.02), speech, time)).toEqual({ frames: 45, closed: 1 });
  expect(mouthInPauses(opening(0.2), speech, time)).toEqual({ frames: 45, closed: 0 });
});

it('counts nothing beyond the sound, where the mouth is not seen, or where there are hardly any pauses', () => {
  expect(mouthInPauses(opening(0.02), speech, { ...time, soundSeconds: 3 })?.frames).toBe(20);
  expect(mouthInPauses(opening(0.02).fill(NaN, 60), speech, time)).toBeUndefined();
  expect(mouthInPauses(opening(0.02), [{ from: 0, to: 3.6 }], time)).toBeUndefined();
  expect(mouthInPauses(opening(0.02), [], time)).toBeUndefined();
});

it('knows that the sound begins later', () => {
  const shifted = [{ from: -1, to: 1 }];
  expect(mouthInPauses(opening(0.02), shifted, { ...time, laterSeconds: 1, soundSeconds: 3 })).toEqual({
    frames: 45,
    closed: 1,
  });
});
