// Invented utterances: every sound of English, lips that shut often, pauses of all lengths, and the length asked for.
import { describe, expect, it } from 'vitest';
import { PHONEMES } from './phonemes.ts';
import { timePhonemes, type Voice } from './prosody.ts';
import { SeededRandom } from './random.ts';
import { readSounds, SENTENCES } from './sentences.ts';
import { inventUtterance } from './utterances.ts';

const voice: Voice = { pitch: 110, expressiveness: 0, rate: 1, tract: 1, breath: 0.1, jitter: 0.003, shimmer: 0.01 };
const utterances = Array.from({ length: 200 }, (_, seed) => inventUtterance(new SeededRandom(seed), { seconds: 5 }));

describe('inventUtterance', () => {
  it('uses every sound of English, about as often as English does', () => {
    const symbols = utterances.flatMap((sounds) => readSounds(sounds).map(({ symbol }) => symbol));
    expect(new Set(symbols)).toEqual(new Set(Object.keys(PHONEMES)));
    const spoken = symbols.filter((symbol) => symbol !== 'SIL');
    const share = (...wanted: string[]): number =>
      spoken.filter((symbol) => wanted.includes(symbol)).length / spoken.length;
    const vowels = spoken.filter((symbol) => PHONEMES[symbol].manner === 'vowel').length / spoken.length;
    expect(vowels).toBeGreaterThan(0.35);
    expect(vowels).toBeLessThan(0.45);
    expect(share('P', 'B', 'M')).toBeGreaterThan(0.08);
    expect(share('UW', 'OW', 'AO', 'UH', 'OY', 'W')).toBeGreaterThan(0.08);
    expect(share('AX')).toBeLessThan(0.12);
  });

  it('pauses for a tenth of a second to one second, and lasts at least as long as asked', () => {
    const timed = utterances.map((sounds) => timePhonemes(sounds, voice, new SeededRandom(1)));
    const pauses = timed.flatMap((phonemes) =>
      phonemes
        .slice(1, -1)
        .filter(({ symbol }) => symbol === 'SIL')
        .map(({ start, end }) => end - start),
    );
    expect(Math.min(...pauses)).toBeGreaterThan(0.09);
    expect(Math.max(...pauses)).toBeLessThan(1.01);
    expect(pauses.filter((seconds) => seconds > 0.3).length).toBeGreaterThan(0.25 * pauses.length);
    for (const phonemes of timed) expect(phonemes.at(-1)!.end).toBeGreaterThan(4.5);
  });

  it('repeats a seed, and mixes in the sentences when asked to', () => {
    expect(inventUtterance(new SeededRandom(3), { seconds: 5 })).toBe(utterances[3]);
    const real = inventUtterance(new SeededRandom(3), { seconds: 1, sentences: 1 });
    expect(SENTENCES.some(({ sounds }) => real.includes(sounds))).toBe(true);
  });
});

describe('pauses with a length', () => {
  it('last as long as they say, whatever the rate of speech, and join the silence beside them', () => {
    const at = (rate: number): number[] =>
      timePhonemes(',0.5 M AA1 ,0.6 M AA1 ,0.4 ,0.3', { ...voice, rate }, new SeededRandom(2))
        .filter(({ symbol }) => symbol === 'SIL')
        .map(({ start, end }) => Math.round((end - start) * 100));
    expect(at(1)).toEqual([72, 60, 92]);
    expect(at(1.3)).toEqual(at(1));
  });
});
