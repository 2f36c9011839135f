// The figures of a model, on made measures: a model that does as it is told, and others that do not.
import { describe, expect, it } from 'vitest';
import { meetsBound } from '../../util/figure.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { PHONEME_SYMBOLS } from '../../synthetic/speech-labels.ts';
import { reportFigures, speechFigure, stepsFigure, type AskedMouth, type ClipMeasures } from './figures.ts';

const FRAMES = 100;

/** Half a second of silence, then syllables that begin with lips shut. */
function asked(seed: number): AskedMouth {
  const random = new SeededRandom(seed);
  const phonemes: number[] = [];
  const opening: number[] = [];
  const say = (symbol: 'SIL' | 'P' | 'AA', frames: number, gap: () => number): void => {
    for (let frame = 0; frame < frames && opening.length < FRAMES; frame++) {
      phonemes.push(PHONEME_SYMBOLS.indexOf(symbol), PHONEME_SYMBOLS.indexOf(symbol));
      opening.push(gap());
    }
  };
  say('SIL', 12, () => 0);
  while (opening.length < FRAMES) {
    say('P', 2, () => 0);
    say('AA', 2 + random.integer(5), () => random.uniform(0.5, 1.5));
  }
  const width = Array.from({ length: FRAMES }, () => random.uniform(4, 6));
  return { opening, width, phonemes: Int32Array.from(phonemes) };
}

/** How the mesh reads what a mouth does: a gap on closed lips too, and in another unit. */
function seen({ opening, width }: AskedMouth) {
  return {
    opening: Array.from(opening, (value) => 0.03 + 0.1 * value),
    width: Array.from(width, (value) => 0.15 * value),
  };
}

/** Clips of a model that does what `driven` says with what it is asked. */
function clips(driven: (own: AskedMouth, other: AskedMouth) => AskedMouth): ClipMeasures[] {
  return Array.from({ length: 6 }, (_, index) => {
    const own = asked(index);
    const other = asked(100 + index);
    return {
      name: `clip ${index}`,
      frameRate: 25,
      own,
      other,
      original: seen(own),
      driven: seen(driven(own, other)),
      quality: { psnr: 30, ssim: 0.9, flicker: 1.2 },
      changeOutside: 0,
    };
  });
}

function missed(measures: readonly ClipMeasures[]): string[] {
  return reportFigures(measures)
    .filter((figure) => meetsBound(figure) !== true)
    .map(({ name }) => name);
}

/** A signal later by some frames; it stays at its first value until then. */
function later({ opening, width, phonemes }: AskedMouth, frames: number): AskedMouth {
  const late = (signal: ArrayLike<number>): number[] => Array.from(signal, (_, i) => signal[Math.max(0, i - frames)]);
  return { opening: late(opening), width: late(width), phonemes };
}

describe('the figures of a model', () => {
  it('are all met when the mouth does what the sound asks for', () => {
    expect(missed(clips((_, other) => other))).toEqual([]);
  });

  it('are missed by a model that copies the picture', () => {
    expect(missed(clips((own) => own))).toEqual(
      expect.arrayContaining(['opening.correlation', 'opening.wrong-sound', 'lips.closed', 'width.correlation']),
    );
  });

  it('are missed by a mouth that stands still', () => {
    const still = (own: AskedMouth): AskedMouth => ({ ...own, opening: new Float32Array(FRAMES).fill(0.4) });
    expect(missed(clips(still))).toEqual(expect.arrayContaining(['opening.correlation', 'lips.closed']));
  });

  it('are missed by a mouth that is late', () => {
    const figures = reportFigures(clips((_, other) => later(other, 3)));
    expect(figures.find(({ name }) => name === 'opening.shift')).toMatchObject({ value: 3, originals: 0 });
  });

  it('tell what the clips as they are would get', () => {
    const [first, , , closed] = reportFigures(clips((own) => own));
    expect(first.originals).toBeCloseTo(1, 10);
    expect(closed).toMatchObject({ name: 'lips.closed', originals: 100 });
  });

  it('are missed by the worst clip where nothing may change', () => {
    const measures = clips((_, other) => other);
    const spoilt = { ...measures[2], changeOutside: 1, quality: { psnr: 20, ssim: 0.3, flicker: 9 } };
    expect(missed([...measures.slice(0, 2), spoilt])).toEqual([
      'own-sound.psnr',
      'own-sound.ssim',
      'own-sound.flicker',
      'outside.change',
    ]);
  });
});

describe('other figures', () => {
  it('of natural speech: the opening follows the loudness', () => {
    const envelope = Array.from({ length: 60 }, (_, i) => Math.sin(i / 3) ** 2);
    const figure = speechFigure([{ opening: envelope.map((value) => 0.2 * value + 0.03), envelope }]);
    expect(figure.value).toBeGreaterThan(0.99);
    expect(meetsBound(figure)).toBe(true);
    expect(meetsBound(speechFigure([{ opening: envelope.map((value) => -value), envelope }]))).toBe(false);
  });

  it('of fewer steps: what they lose', () => {
    const figure = stepsFigure({ steps: 10, correlation: 0.85 }, { steps: 50, correlation: 0.88 });
    expect(figure).toMatchObject({ name: 'steps.10-not-50', unit: 'lost' });
    expect(figure.value).toBeCloseTo(0.03, 10);
    expect(meetsBound(figure)).toBe(false);
    expect(meetsBound(stepsFigure({ steps: 10, correlation: 0.9 }, { steps: 50, correlation: 0.88 }))).toBe(true);
  });
});
