// What a mouth must do in speech, on made openings.
import { describe, expect, it } from 'vitest';
import { PHONEME_SYMBOLS } from '../synthetic/speech-labels.ts';
import type { PhonemeSymbol } from '../synthetic/phonemes.ts';
import { closures, silenceMovement, speechEnvelope, type SpokenMouth } from './speech-mouth.ts';

/** A mouth that speaks sounds of given frames (two rows each), with an opening for each frame of them. */
function mouth(...sounds: readonly (readonly [PhonemeSymbol, readonly number[]])[]): SpokenMouth {
  const phonemes = sounds.flatMap(([symbol, opening]) =>
    opening.flatMap(() => [PHONEME_SYMBOLS.indexOf(symbol), PHONEME_SYMBOLS.indexOf(symbol)]),
  );
  return { opening: sounds.flatMap(([, opening]) => opening), phonemes: Int32Array.from(phonemes), frameRate: 25 };
}

const open = [0.9, 1, 1.1];

describe('closures', () => {
  it('count sounds in which any frame is below a quarter of the mean opening in vowels', () => {
    const spoken = mouth(
      ['AA', open],
      ['P', [0.5, 0.2]],
      ['AE', open],
      ['B', [0.26, 0.3]],
      ['M', [0.24]],
      ['IY', open],
    );
    expect(closures(spoken)).toEqual({ count: 2, of: 3 });
  });

  it('want lips closed in p, b and m only', () => {
    expect(closures(mouth(['AA', open], ['T', [0.5]], ['W', [0.5]], ['F', [0.5]]))).toEqual({ count: 0, of: 0 });
  });

  it('are none of a mouth that does not move', () => {
    expect(closures(mouth(['AA', [1, 1]], ['P', [1, 1]]))).toEqual({ count: 0, of: 1 });
  });
});

describe('silenceMovement', () => {
  const still = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const speaking = [1, -1, 1, -1, 1, -1];

  it('is 0 for a mouth that rests in silence', () => {
    expect(silenceMovement([mouth(['SIL', still], ['AA', speaking], ['SIL', still])])).toBe(0);
  });

  it('is the deviation in silence over that in speech', () => {
    const restless = still.map((_, i) => (i % 2 === 0 ? 0.1 : -0.1));
    expect(silenceMovement([mouth(['SIL', restless], ['AA', speaking])])).toBeCloseTo(0.1, 1);
  });

  it('leaves the mouth time to close and to open again', () => {
    const settling = [0.8, 0.5, 0.2, 0, 0, 0, 0, 0.2, 0.5, 0.8];
    expect(silenceMovement([mouth(['AA', speaking], ['SIL', settling], ['AA', speaking])])).toBe(0);
  });

  it('measures each silence against its own mean', () => {
    const wide = still.map(() => 0.5);
    expect(silenceMovement([mouth(['SIL', still], ['AA', speaking]), mouth(['SIL', wide], ['AA', speaking])])).toBe(0);
  });

  it('is not a number without silence', () => {
    expect(silenceMovement([mouth(['AA', speaking])])).toBeNaN();
  });
});

describe('speechEnvelope', () => {
  it('is the root of the mean square of a steady sound, and 0 of silence', () => {
    const samples = Float32Array.from({ length: 32_000 }, (_, i) => (i < 16_000 ? 0 : i % 2 === 0 ? 0.3 : -0.3));
    const envelope = speechEnvelope(samples, { frames: 50, frameRate: 25, sampleRate: 16_000 });
    expect(envelope).toHaveLength(50);
    expect(envelope[10]).toBe(0);
    expect(envelope[40]).toBeCloseTo(0.3, 6);
    // Half of the window's weight is beyond the beginning of the sound.
    expect(envelope[24]).toBeLessThan(envelope[25]);
    expect(Math.hypot(envelope[24], envelope[25])).toBeCloseTo(0.3, 6);
  });
});
