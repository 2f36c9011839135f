import { describe, expect, it } from 'vitest';
import { passCounts } from './denoising-path.ts';
import { presetNames, presets, withPreset } from './presets.ts';

describe('presets', () => {
  it('take fewer passes one after the other, the last hardly any', () => {
    const passes = presetNames.map((name) => {
      const { steps = NaN, guidanceScale = NaN, ...more } = presets[name];
      const { whole, shallow } = passCounts({ numInferenceSteps: steps, guidanceScale, ...more });
      return whole + shallow / 15; // the work of a shallow pass at the official size
    });
    expect(passes[0]).toBe(40);
    expect([...passes].sort((a, b) => b - a)).toEqual(passes);
    expect(passes.at(-1)).toBeLessThan(1.5);
  });

  it('fill in what is left out', () => {
    expect(withPreset({ steps: 5 })).toEqual({ steps: 5 });
    expect(withPreset({ preset: 'fastest', steps: 5, vae: undefined })).toEqual({
      ...presets.fastest,
      preset: 'fastest',
      steps: 5,
    });
    expect(withPreset({ preset: 'balanced', deepCacheThreshold: 0.1 })).toMatchObject({
      steps: 20,
      deepCacheThreshold: 0.1,
    });
    expect(withPreset({ preset: 'balanced', deepCacheThreshold: 0.1 })).not.toHaveProperty('deepCacheInterval');
  });
});
