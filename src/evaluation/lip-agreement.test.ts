// Agreement of made openings with made sounds, whose lags are known.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../synthetic/random.ts';
import type { HeardFrames } from './heard-frames.ts';
import { agreementBySecond, readLips } from './lip-agreement.ts';

/** A signal that moves at the pace of syllables, `late` frames later. */
function syllables(frames: number, seed: number, late = 0): Float64Array {
  const random = new SeededRandom(seed);
  const waves = Array.from({ length: 12 }, () => ({ rate: random.uniform(0.2, 1.2), phase: random.uniform(0, 6.28) }));
  return Float64Array.from({ length: frames }, (_, i) =>
    waves.reduce((sum, { rate, phase }) => sum + Math.sin(rate * (i - late) + phase), 0),
  );
}

/** A sound of whose bands one follows a signal, and the others do not. */
function sound(signal: Float64Array, seed = 900): HeardFrames {
  const bands = Array.from({ length: 8 }, (_, band) => (band === 3 ? signal : syllables(signal.length, seed + band)));
  return { loudness: signal, bands };
}

describe('readLips', () => {
  it.each([-8, -3, 0, 8])('finds a sound that is %i frames late', (late) => {
    const { lag, correlation, chance } = readLips(syllables(250, 1), sound(syllables(250, 1, late)))!;
    expect(Math.abs(lag - late)).toBeLessThan(0.5);
    expect(correlation).toBeGreaterThan(0.9);
    expect(correlation / chance).toBeGreaterThan(5);
  });

  it('finds which sounds open the mouth: louder ones, or softer ones', () => {
    const softer = syllables(250, 2, 2).map((value) => 7 - 3 * value);
    const { lag, correlation } = readLips(syllables(250, 2), sound(softer))!;
    expect(Math.abs(lag - 2)).toBeLessThan(0.5);
    expect(correlation).toBeGreaterThan(0.9);
  });

  it('does not follow slow movement', () => {
    const swaying = syllables(250, 3).map((value, i) => value + 40 * Math.sin(i / 60));
    const { lag } = readLips(swaying, sound(syllables(250, 3, -4)))!;
    expect(Math.abs(lag + 4)).toBeLessThan(0.7);
  });

  it('is not misled by sounds that have nothing to do with the mouth', () => {
    const beyond = Array.from({ length: 20 }, (_, i) => {
      const { correlation, chance } = readLips(syllables(200, 20 + i), sound(syllables(200, 500 + i), 700 + 10 * i))!;
      return correlation / chance;
    });
    expect(beyond.filter((value) => value > 3.25).length).toBeLessThanOrEqual(1);
  });

  it('leaves out frames in which the mouth is not seen, or nothing is heard', () => {
    const opening = syllables(300, 4).map((value, i) => (i % 50 < 10 ? NaN : value));
    const late = sound(syllables(300, 4, 4).map((value, i) => (i > 280 ? NaN : value)));
    const { lag, frames } = readLips(opening, late)!;
    expect(Math.abs(lag - 4)).toBeLessThan(0.5);
    expect(frames).toBeGreaterThan(200);
    expect(frames).toBeLessThan(240);
  });

  it('says nothing of a mouth or a sound that stands still, or of a second', () => {
    const still = new Float64Array(200).fill(0.25);
    expect(readLips(still, sound(syllables(200, 5)))).toBeUndefined();
    expect(
      readLips(syllables(200, 5), { loudness: still, bands: Array.from({ length: 8 }, () => still) }),
    ).toBeUndefined();
    expect(readLips(syllables(35, 5), sound(syllables(35, 5)))).toBeUndefined();
  });
});

it('agreementBySecond follows a lag that changes', () => {
  const opening = syllables(500, 6);
  const late = syllables(500, 6, 6);
  const reading = readLips(opening, sound(opening.map((value, i) => (i < 350 ? value : late[i]))))!;
  const seconds = agreementBySecond(reading, 25);
  expect(seconds).toHaveLength(20);
  expect(seconds[5].lag).toBe(0);
  expect(seconds[5].correlation).toBeGreaterThan(0.8);
  expect(seconds[17].lag).toBe(6);
  expect(seconds[17].correlation).toBeLessThan(seconds[5].correlation);
});
