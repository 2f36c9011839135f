import { describe, expect, it } from 'vitest';
import { continuousSound, type SoundPiece } from './continuous-sound.ts';
import { DamageReport } from './damage-report.ts';
import { believedTimes } from './frame-times.ts';
import type { MediaWarning } from './media-warning.ts';

const RATE = 1000;
const YEAR = 365 * 24 * 3600;

/** Plays pieces of some lengths in seconds, each with its number as samples: what lies where, as [number, from, to]; 0 is silence. */
async function play(pieces: readonly [at: number, length: number][], durationSeconds = 10) {
  const warnings: MediaWarning[] = [];
  const damage = new DamageReport('a.wav', (warning) => warnings.push(warning));
  const info = { sampleRate: RATE, numberOfChannels: 1, durationSeconds, codec: 'pcm' };
  const made = async function* (): AsyncGenerator<SoundPiece> {
    await Promise.resolve();
    for (const [index, [seconds, length]] of pieces.entries()) {
      yield { seconds, channels: [new Float32Array(length * RATE).fill(index + 1)] };
    }
  };
  const parts: [value: number, from: number, to: number][] = [];
  for await (const { timestampSeconds, channels } of continuousSound(made(), {
    info,
    originSeconds: 100,
    damage,
    limits: believedTimes,
  })) {
    const [samples] = channels;
    const end = timestampSeconds + samples.length / RATE;
    const last = parts.at(-1);
    if (last?.[0] === samples[0] && last[2] === timestampSeconds) last[2] = end;
    else parts.push([samples[0], timestampSeconds, end]);
  }
  return { parts, messages: warnings.map(({ message }) => message) };
}

describe('sound in pieces', () => {
  it('is silent where samples are no numbers, or so large that they are no sound', async () => {
    const warnings: MediaWarning[] = [];
    const damage = new DamageReport('a.wav', (warning) => warnings.push(warning));
    const info = { sampleRate: RATE, numberOfChannels: 2, durationSeconds: 0.01, codec: 'pcm' };
    const left = Float32Array.of(0.5, NaN, 0.5, 1e30, 2, 0.5);
    const right = Float32Array.of(0.5, 0.5, -Infinity, 0.5, -2, 0.5);
    const pieces = async function* (): AsyncGenerator<SoundPiece> {
      yield await Promise.resolve({ seconds: 0, channels: [left, right] });
    };
    const sound: Float32Array[][] = [];
    for await (const { channels } of continuousSound(pieces(), {
      info,
      originSeconds: 0,
      damage,
      limits: believedTimes,
    })) {
      sound.push(channels);
    }
    expect(sound).toEqual([[Float32Array.of(0.5, 0, 0.5, 0, 2, 0.5), Float32Array.of(0.5, 0.5, 0, 0.5, -2, 0.5)]]);
    expect(warnings).toMatchObject([{ kind: 'sound-lost', fromSeconds: 0.001, toSeconds: 0.004, seconds: 0.003 }]);
    expect(damage.hasDamagedSound).toBe(true);
  });

  it('begins where the track does, and is silent where pieces are missing', async () => {
    const { parts, messages } = await play([
      [99.5, 1],
      [100.5, 0.5],
      [101.25, 0.75],
      [106, 1],
      [107, 1],
    ]);
    expect(parts).toEqual([
      [1, 0, 0.5],
      [2, 0.5, 1],
      [0, 1, 1.25],
      [3, 1.25, 2],
      [0, 2, 6],
      [4, 6, 7],
      [5, 7, 8],
    ]);
    expect(messages).toEqual(['a.wav: 4.25 s of sound between 1.00 and 6.00 s are lost; it is silent there.']);
  });

  it('ignores the time of a piece that cannot be right', async () => {
    for (const wrong of [130, 50, 100 + YEAR]) {
      const { parts, messages } = await play([
        [100, 1],
        [wrong, 1],
        [102, 1],
      ]);
      expect(parts).toEqual([
        [1, 0, 1],
        [2, 1, 2],
        [3, 2, 3],
      ]);
      expect(messages).toEqual(['a.wav: the times of the sound leap at 1.00 s; the leap is left out.']);
    }
  });

  it('goes on where its times begin anew, or leap by more than can be', async () => {
    for (const leap of [-100, YEAR]) {
      const { parts, messages } = await play([
        [100, 1],
        [101 + leap, 1],
        [102 + leap, 1],
        [103.5 + leap, 1],
      ]);
      expect(parts).toEqual([
        [1, 0, 1],
        [2, 1, 2],
        [3, 2, 3],
        [0, 3, 3.5],
        [4, 3.5, 4.5],
      ]);
      expect(messages).toEqual([
        'a.wav: the times of the sound leap at 1.00 s; the leap is left out.',
        'a.wav: 0.50 s of sound at 3.00 s are lost; it is silent there.',
      ]);
    }
  });

  it('believes the time of the last piece if it lies within the length of the file', async () => {
    const pieces: [number, number][] = [
      [100, 1],
      [105, 1],
    ];
    expect((await play(pieces, 6)).parts).toEqual([
      [1, 0, 1],
      [0, 1, 5],
      [2, 5, 6],
    ]);
    expect((await play(pieces, 2)).parts).toEqual([
      [1, 0, 1],
      [2, 1, 2],
    ]);
  });

  it('is refused when its times make it longer than can be', async () => {
    const hours = Array.from({ length: 120 }, (_, i): [number, number] => [100 + i * 3599, 1]);
    await expect(play(hours)).rejects.toMatchObject({
      code: 'media-unreadable',
      message: expect.stringMatching(/^a\.wav has more than 100\.0 hours of sound/) as string,
    });
  });
});
