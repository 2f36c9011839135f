import { describe, expect, it } from 'vitest';
import { DamageReport } from './damage-report.ts';
import type { MediaWarning } from './media-warning.ts';

const RATE = 25;

/** Loses some frames of a video, and returns the warnings. */
function lose(indices: Iterable<number>, frameCount: number): MediaWarning[] {
  const warnings: MediaWarning[] = [];
  const damage = new DamageReport('a.mp4', (warning) => warnings.push(warning));
  for (const index of indices) {
    damage.frame('framesLost', index, { from: index / RATE, to: (index + 1) / RATE, frameCount });
  }
  damage.flush();
  return warnings;
}

const messages = (warnings: readonly MediaWarning[]): string[] => warnings.map(({ message }) => message);

describe('lost frames', () => {
  it('that follow one another are one warning, in either direction', () => {
    const expected = [
      'a.mp4: 3 frames from 2.00 to 2.12 s cannot be decoded; the one before is shown.',
      'a.mp4: 1 frame at 8.00 s cannot be decoded; the one before is shown.',
    ];
    expect(messages(lose([50, 51, 52, 200], 250))).toEqual(expected);
    expect(messages(lose([200, 52, 51, 50], 250))).toEqual(expected.toReversed());
  });

  it('at the start are replaced by the one after', () => {
    expect(messages(lose([0, 1], 250))).toEqual([
      'a.mp4: 2 frames from 0.00 to 0.08 s cannot be decoded; the one after is shown.',
    ]);
  });

  it('with others between them say so', () => {
    const [warning] = lose([50, 60], 250);
    expect(warning).toMatchObject({ kind: 'frames-lost', frames: 2, fromSeconds: 2, toSeconds: 2.44 });
    expect(warning.seconds).toBeCloseTo(0.08, 9);
    expect(warning.message).toBe('a.mp4: 2 frames between 2.00 and 2.44 s cannot be decoded; those before are shown.');
  });

  it('are few warnings, however many they are', () => {
    const frameCount = 10 * 3600 * RATE;
    const everyTenSeconds = Array.from({ length: 3600 }, (_, i) => i * 10 * RATE);
    const warnings = lose(everyTenSeconds, frameCount);
    expect(warnings.length).toBeGreaterThan(10);
    expect(warnings.length).toBeLessThan(20);
    expect(warnings.reduce((sum, { frames }) => sum + frames!, 0)).toBe(3600);
  });
});

describe('lost sound', () => {
  it('is told once, whether or not it is read again', () => {
    const warnings: MediaWarning[] = [];
    const damage = new DamageReport('a.wav', (warning) => warnings.push(warning));
    expect(damage.hasDamagedSound).toBe(false);
    for (let reading = 0; reading < 2; reading++) {
      damage.sound('soundLost', 3.1, 3.35);
      damage.sound('soundLost', 9, 9.5);
      damage.flush();
    }
    expect(damage.hasDamagedSound).toBe(true);
    expect(messages(warnings)).toEqual([
      'a.wav: 0.25 s of sound at 3.10 s are lost; it is silent there.',
      'a.wav: 0.50 s of sound at 9.00 s are lost; it is silent there.',
    ]);
  });
});
