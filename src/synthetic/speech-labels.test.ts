// What timed phonemes mean for frames: where the lips meet.
import { expect, it } from 'vitest';
import { closureFrames, speechLabels } from './speech-labels.ts';

it('finds the frames in whose middle the lips meet', () => {
  const { phonemes } = speechLabels(
    [
      { symbol: 'AA', stress: 1, start: 0, end: 0.1 },
      { symbol: 'M', stress: 0, start: 0.1, end: 0.18 },
      { symbol: 'AA', stress: 1, start: 0.18, end: 0.3 },
      { symbol: 'P', stress: 0, start: 0.3, end: 0.36 },
    ],
    20,
  );
  // The middles of the frames are at 0.02, 0.06, 0.10, 0.14, 0.18 … 0.30, 0.34 s.
  expect(closureFrames(phonemes, { frameCount: 10, frameRate: 25 })).toEqual([2, 3, 7, 8]);
});
