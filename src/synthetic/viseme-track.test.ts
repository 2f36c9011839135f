// What the lips do for each sound, and that they are still in silence.
import { describe, expect, it } from 'vitest';
import { MOUTH_NAMES, type MouthShape } from './expression.ts';
import { PHONEMES, type PhonemeSymbol } from './phonemes.ts';
import { timePhonemes, type Voice } from './prosody.ts';
import { SeededRandom } from './random.ts';
import { SENTENCES } from './sentences.ts';
import { VisemeTrack } from './viseme-track.ts';

const voice: Voice = { pitch: 120, expressiveness: 1, rate: 1, tract: 1, breath: 0.2, jitter: 0.01, shimmer: 0.04 };

/** The mouth in the middle of every occurrence of some sounds, over all sentences. */
function middles(...symbols: PhonemeSymbol[]): MouthShape[] {
  return SENTENCES.flatMap(({ sounds }) => {
    const phonemes = timePhonemes(sounds, voice, new SeededRandom(1));
    const track = new VisemeTrack(phonemes);
    return phonemes
      .filter(({ symbol }) => symbols.includes(symbol))
      .map(({ start, end }) => track.at((start + end) / 2));
  });
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('VisemeTrack', () => {
  it('closes the lips for p, b and m', () => {
    const shut = middles('P', 'B', 'M');
    expect(shut.length).toBeGreaterThan(20);
    for (const mouth of shut) expect(mouth.closure).toBeGreaterThan(0.95);
  });

  it('leaves the lips open in vowels', () => {
    for (const mouth of middles('AA', 'AE', 'EH', 'IY')) expect(mouth.closure).toBeLessThan(0.05);
  });

  it('opens the jaw most for open vowels', () => {
    const jaw = (...symbols: PhonemeSymbol[]): number => mean(middles(...symbols).map((mouth) => mouth.jaw));
    expect(jaw('AA')).toBeGreaterThan(0.6);
    expect(jaw('AA')).toBeGreaterThan(jaw('EH'));
    expect(jaw('EH')).toBeGreaterThan(jaw('IY'));
    expect(jaw('S')).toBeLessThan(0.3);
  });

  it('rounds the lips for oo, oh and w, and spreads them for ee', () => {
    for (const mouth of middles('UW', 'W')) {
      expect(mouth.width).toBeLessThan(-0.5);
      expect(mouth.protrusion).toBeGreaterThan(0.5);
    }
    expect(mean(middles('OW').map((mouth) => mouth.width))).toBeLessThan(-0.4);
    expect(mean(middles('IY').map((mouth) => mouth.width))).toBeGreaterThan(0.4);
  });

  it('lays the lower lip on the teeth for f and v', () => {
    for (const mouth of middles('F', 'V')) expect(mouth.tuck).toBeGreaterThan(0.8);
  });

  it('lets a rounded vowel begin in the consonant before it', () => {
    const at = (vowel: PhonemeSymbol): number => {
      const sound = (symbol: PhonemeSymbol, start: number, end: number) => ({ symbol, stress: 1 as const, start, end });
      const track = new VisemeTrack([
        sound('SIL', 0, 0.2),
        sound('T', 0.2, 0.28),
        sound(vowel, 0.28, 0.44),
        sound('SIL', 0.44, 0.7),
      ]);
      return track.at(0.25).width;
    };
    expect(at('UW')).toBeLessThan(at('IY') - 0.3);
  });

  it('opens the mouth wider the louder a vowel is, as rounded or spread as before, and the lips meet all the same', () => {
    const at = (symbol: PhonemeSymbol, loudness?: number): MouthShape => {
      const sound = { symbol, stress: 1 as const, start: 0.05, end: 0.25, loudness };
      return new VisemeTrack([sound]).at(0.15);
    };
    for (const vowel of ['AA', 'AX', 'UW'] as const) {
      const jaws = [0.1, 0.3, 0.6, 1].map((loudness) => at(vowel, loudness).jaw);
      expect(jaws).toEqual([...jaws].sort((a, b) => a - b));
      expect(jaws[0]).toBeLessThan(0.5 * jaws[3]);
      expect(at(vowel).jaw).toBeGreaterThan(jaws[1]);
      expect(at(vowel).jaw).toBeLessThan(jaws[3]);
    }
    expect(at('UW', 0.1).width).toBeCloseTo(at('UW', 1).width, 6);
    expect(at('M', 0.1)).toEqual(at('M', 1));
  });

  it('is closed and still in silence', () => {
    const phonemes = timePhonemes(SENTENCES[0].sounds, voice, new SeededRandom(1));
    const track = new VisemeTrack(phonemes);
    const last = phonemes.at(-1)!;
    for (const time of [0, 0.02, 0.06, last.end - 0.1, last.end - 0.05, last.end, last.end + 1]) {
      for (const name of MOUTH_NAMES) expect(track.at(time)[name]).toBeCloseTo(0, 3);
    }
  });

  it('moves smoothly', () => {
    const phonemes = timePhonemes(SENTENCES[1].sounds, voice, new SeededRandom(1));
    const track = new VisemeTrack(phonemes);
    for (let time = 0; time < phonemes.at(-1)!.end; time += 0.005) {
      const [a, b] = [track.at(time), track.at(time + 0.005)];
      for (const name of ['jaw', 'width', 'protrusion'] as const)
        expect(Math.abs(a[name] - b[name])).toBeLessThan(0.15);
    }
  });

  it('knows every sound', () => {
    for (const symbol of Object.keys(PHONEMES) as PhonemeSymbol[]) {
      const mouth = new VisemeTrack([{ symbol, stress: 1, start: 0, end: 0.2 }]).at(0.1);
      for (const name of MOUTH_NAMES) expect(Number.isFinite(mouth[name])).toBe(true);
    }
  });
});
