// The figures of recorded voices: met by a mouth that does what the phones ask for, missed by one that stands still or mumbles.
import { describe, expect, it } from 'vitest';
import { PHONEME_SYMBOLS } from '../../synthetic/speech-labels.ts';
import { meetsBound } from '../../util/figure.ts';
import type { AskedMouth } from './figures.ts';
import { voiceFigures, voiceOutcomes, type VoiceMeasures } from './voice-figures.ts';

const FRAMES = 100;
const CLOSED = 0.04;
const [vowel, closing] = ['AA', 'B'].map((symbol) => PHONEME_SYMBOLS.indexOf(symbol as 'AA'));

/** "bababa": every fifth frame the lips are closed. */
const isClosed = (frame: number): boolean => frame % 5 === 0;
const asked: AskedMouth = {
  opening: Float32Array.from({ length: FRAMES }, (_, frame) => (isClosed(frame) ? 0 : 1 + 0.5 * Math.sin(frame / 9))),
  width: new Float32Array(FRAMES),
  phonemes: Int32Array.from({ length: 2 * FRAMES }, (_, row) => (isClosed(row >> 1) ? closing : vowel)),
};
const read = (opening: ArrayLike<number>): number[] => Array.from(opening, (value) => CLOSED + 0.3 * value);

function measures(voice: string, opening: (asked: number, frame: number) => number): VoiceMeasures {
  return {
    voice,
    clip: { name: 'clip', frameRate: 25, own: asked, original: { opening: read(asked.opening), width: [] } },
    asked,
    driven: { opening: read(Array.from(asked.opening, opening)), width: [] },
    envelope: asked.opening,
  };
}

const missed = (list: readonly VoiceMeasures[]): string[] =>
  voiceFigures(list)
    .filter((figure) => meetsBound(figure) === false)
    .map(({ name }) => name);

describe('the figures of recorded voices', () => {
  it('are met by a mouth that does what is asked, however wide it opens', () => {
    const list = [measures('rms', (value) => value), measures('lp_diphone', (value) => 0.6 * value)];
    expect(missed(list)).toEqual([]);
    const [correlation, closed, loudness] = voiceFigures(list);
    expect(correlation.value).toBeCloseTo(1, 10);
    expect(closed.value).toBe(100);
    expect(loudness.value).toBeCloseTo(loudness.asked!, 10);
  });

  it('are missed by a mouth whose lips never meet, and by one that stands still', () => {
    expect(missed([measures('rms', (value) => 0.4 + 0.6 * value)])).toEqual(['voices.closed']);
    expect(missed([measures('rms', () => 0.5)])).toEqual(['voices.correlation', 'voices.closed']);
  });

  it('are told of each voice', () => {
    const half = measures('rms', (value, frame) => (isClosed(frame) && frame < 50 ? 1 : value));
    expect(voiceOutcomes([half, measures('lp_diphone', (value) => value), half])).toEqual([
      { voice: 'rms', clips: 2, correlation: expect.any(Number) as number, closed: 20, closures: 40 },
      { voice: 'lp_diphone', clips: 1, correlation: expect.closeTo(1, 10) as number, closed: 20, closures: 20 },
    ]);
  });
});
