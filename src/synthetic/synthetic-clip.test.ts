// A clip: as many pictures as the sound is long, lips that follow its sounds, and the same clip for the same seed.
import { describe, expect, it } from 'vitest';
import { SENTENCES } from './sentences.ts';
import { SPEECH_SAMPLE_RATE } from './formant-synthesizer.ts';
import { SyntheticClip } from './synthetic-clip.ts';

describe('SyntheticClip', () => {
  const options = { sounds: SENTENCES[2].sounds, seed: 4, width: 64, height: 64, samples: 1, frameRate: 25 };
  const clip = new SyntheticClip(options);
  const { samples, phonemes } = clip.utterance;
  const frames = Array.from({ length: clip.frameCount }, (_, frame) => frame);
  const soundAt = (frame: number): string => {
    const time = (frame + 0.5) / clip.frameRate;
    return phonemes.find(({ start, end }) => time >= start && time < end)!.symbol;
  };

  it('is as long as its sound', () => {
    expect(clip.frameCount).toBe(Math.floor((samples.length / SPEECH_SAMPLE_RATE) * 25));
  });

  it('closes the lips in p, b and m and in silence, and opens them in vowels', () => {
    const openings = (symbols: string[]): number[] =>
      frames.filter((frame) => symbols.includes(soundAt(frame))).map((frame) => clip.measureMouth(frame).opening);
    const vowels = openings(['AA', 'AO', 'AE']);
    const mean = vowels.reduce((sum, value) => sum + value, 0) / vowels.length;
    expect(mean).toBeGreaterThan(0.5);
    const shut = openings(['P', 'B', 'M']);
    expect(shut.filter((opening) => opening < mean / 4).length).toBeGreaterThanOrEqual(0.8 * shut.length);
    expect(clip.measureMouth(0).opening).toBeLessThan(0.02);
    expect(clip.measureMouth(clip.frameCount - 1).opening).toBeLessThan(0.02);
  });

  it('is the same for the same options', () => {
    const again = new SyntheticClip(options);
    expect(again.utterance.samples).toEqual(samples);
    expect(again.expressionAt(20)).toEqual(clip.expressionAt(20));
    expect(again.render(20)).toEqual(clip.render(20));
  });

  it('refuses a frame rate that is none', () => {
    expect(() => new SyntheticClip({ ...options, frameRate: 0 })).toThrow('options.frameRate must be a number');
  });
});
