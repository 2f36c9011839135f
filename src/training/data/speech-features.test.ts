import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../synthetic/random.ts';
import { rowDeviation, speechTokens, withNoise, type HeardSpeech } from './speech-features.ts';

const speech = (rows: number[], rowWidth: number): HeardSpeech => ({
  rows: Float32Array.from(rows),
  rowWidth,
  frameRate: 25,
  audioFeatLength: [2, 2],
});

describe('rowDeviation', () => {
  it('is the root of the mean variance of the columns, over all speech', () => {
    // Columns 1, 3, 5, 7 (variance 5) and 10, 10, 14, 14 (variance 4).
    expect(rowDeviation([speech([1, 10, 3, 10], 2), speech([5, 14, 7, 14], 2)])).toBeCloseTo(Math.sqrt(4.5), 6);
  });
});

describe('withNoise', () => {
  const plain = speech(
    Array.from({ length: 60 }, (_, row) => row),
    1,
  );
  const noisy = withNoise(plain, { start: 5, frames: 3, deviation: 0.1, random: new SeededRandom(2) });

  it('changes every row that the frames hear, and no other', () => {
    const changed = Array.from(noisy.rows.keys()).filter((row) => noisy.rows[row] !== plain.rows[row]);
    // Frames 5 to 7 hear rows 2·5 − 4 up to 2·7 + 5.
    expect(changed).toEqual(Array.from({ length: 14 }, (_, i) => 6 + i));
    expect(speechTokens(noisy, 5)).toEqual(noisy.rows.subarray(6, 16));
  });

  it('leaves the speech that it was given as it is', () => {
    expect(Array.from(plain.rows)).toEqual(Array.from({ length: 60 }, (_, row) => row));
  });

  it('stays within the rows at both ends', () => {
    const ends = withNoise(plain, { start: 0, frames: 30, deviation: 0.1, random: new SeededRandom(2) });
    expect(ends.rows).toHaveLength(60);
    expect(ends.rows.every((value, row) => value !== plain.rows[row])).toBe(true);
  });
});
