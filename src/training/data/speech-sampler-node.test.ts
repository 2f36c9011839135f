// Sampled speech: sound with labels of its length, true to the sound; voices differ, seeds repeat.
import { beforeAll, describe, expect, it } from 'vitest';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { meanPower } from './sound-noise.ts';
import { PHONEME_SYMBOLS } from '../../synthetic/speech-labels.ts';
import { sampleSpeech, type SampledSpeech } from './speech-sampler-node.ts';

describe('sampleSpeech', () => {
  let sampled: readonly SampledSpeech[];
  beforeAll(async () => {
    sampled = await Promise.all(Array.from({ length: 12 }, (_, seed) => sampleSpeech(seed, { seconds: 3 })));
  });

  it('gives sound and labels of the length asked', () => {
    for (const { samples, phonemes, mouth } of sampled) {
      expect(samples.length).toBe(48_000);
      expect(phonemes.length).toBe(150);
      expect(mouth.length).toBe(150 * MOUTH_NAMES.length);
      expect(samples.every((x) => Math.abs(x) <= 1)).toBe(true);
    }
  });

  it('labels what is heard: silence is quiet, and lips shut in p, b and m', () => {
    const [silence, ...lips] = ['SIL', 'P', 'B', 'M'].map((symbol) => PHONEME_SYMBOLS.indexOf(symbol as 'SIL'));
    expect(silence).toBe(0);
    const power = { silence: 0, speech: 0 };
    const closure: number[] = [];
    for (const { samples, phonemes, mouth } of sampled) {
      phonemes.forEach((phoneme, row) => {
        const around = samples.subarray(Math.max(0, 320 * row - 160), 320 * row + 160);
        power[phoneme === silence ? 'silence' : 'speech'] += meanPower(around);
        if (lips.includes(phoneme)) closure.push(mouth[row * MOUTH_NAMES.length + MOUTH_NAMES.indexOf('closure')]);
      });
    }
    expect(power.silence).toBeLessThan(0.15 * power.speech);
    expect(closure.length).toBeGreaterThan(30);
    expect(closure.filter((x) => x > 0.9).length).toBeGreaterThan(0.6 * closure.length);
  });

  it('repeats a seed and speaks otherwise with another', async () => {
    expect(await sampleSpeech(5, { seconds: 3 })).toEqual(sampled[5]);
    expect(sampled[6].phonemes).not.toEqual(sampled[5].phonemes);
  });

  it('refuses a seed or a length that is none', async () => {
    await expect(sampleSpeech(-1, { seconds: 3 })).rejects.toThrow('seed must be an integer from 0');
    await expect(sampleSpeech(1, { seconds: 0 })).rejects.toThrow('options.seconds must be a number from 0.1 to 120');
  });
});
