import { describe, expect, it } from 'vitest';
import { presetNames, presetPasses, presets, withPreset } from './presets.ts';

describe('presets', () => {
  it('take fewer passes one after the other, the last hardly any', () => {
    const passes = presetNames.map((name) => {
      const { whole, shallow } = presetPasses(name);
      return whole + shallow / 15; // the work of a shallow pass at the official size
    });
    expect(passes[0]).toBe(40);
    expect([...passes].sort((a, b) => b - a)).toEqual(passes);
    expect(passes.at(-1)).toBe(2);
  });

  it('fill in what is left out', () => {
    expect(withPreset({ steps: 5 })).toEqual({ steps: 5 });
    expect(withPreset({ preset: 'fastest', steps: 5, vae: undefined })).toEqual({
      ...presets.fastest,
      preset: 'fastest',
      steps: 5,
    });
    expect(withPreset({ preset: 'fastest', device: 'webgpu' })).not.toHaveProperty('dtype');
    expect(withPreset({ preset: 'balanced', deepCacheThreshold: 0.1 })).toMatchObject({
      steps: 20,
      deepCacheThreshold: 0.1,
    });
    expect(withPreset({ preset: 'balanced', deepCacheThreshold: 0.1 })).not.toHaveProperty('deepCacheInterval');
  });
});
