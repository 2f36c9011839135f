import { describe, expect, it } from 'vitest';
import { denoisingSteps, passCounts, type DenoisingSettings } from './denoising-path.ts';

const settings = { numInferenceSteps: 10, guidanceScale: 1.5 };

/** Which passes run at each step: w whole, s shallow, ? either; doubled where the pass without audio runs, + where its difference is reused. */
function drawnPath(more: Partial<DenoisingSettings>): string {
  return denoisingSteps({ ...settings, ...more })
    .map(({ deepFrom, guidance }, step) => {
      const pass = deepFrom === undefined ? '?' : deepFrom === step ? 'w' : 's';
      return guidance === 'computed' ? pass + pass : guidance === 'reused' ? `${pass}+` : pass;
    })
    .join(' ');
}

describe('denoisingSteps', () => {
  it('guides all steps, some in a part of the path, or none', () => {
    expect(drawnPath({ numInferenceSteps: 4 })).toBe('ww ww ww ww');
    expect(drawnPath({ guidanceEnd: 0.34 })).toBe('ww ww ww w w w w w w w');
    expect(drawnPath({ guidanceStart: 0.5, guidanceEnd: 0.7 })).toBe('w w w w w ww ww w w w');
    expect(drawnPath({ numInferenceSteps: 4, guidanceScale: 1 })).toBe('w w w w');
  });

  it('takes a difference again, from the first guided step on', () => {
    expect(drawnPath({ guidanceStart: 0.2, unconditionalInterval: 3 })).toBe('w w ww w+ w+ ww w+ w+ ww w+');
  });

  it('runs the last layer alone in between', () => {
    expect(drawnPath({ numInferenceSteps: 5, deepCacheInterval: 3 })).toBe('ww ss ss ww ss');
    expect(drawnPath({ numInferenceSteps: 3, deepCacheThreshold: 0.1, guidanceScale: 1 })).toBe('? ? ?');
  });

  it('begins later with less strength', () => {
    const steps = denoisingSteps({ ...settings, strength: 0.29, numInferenceSteps: 100 });
    expect(steps).toHaveLength(29);
    expect(steps[0]).toEqual({ index: 71, deepFrom: 0, guidance: 'computed' });
    // A part of the path is a part of the steps that run.
    expect(drawnPath({ strength: 0.4, guidanceEnd: 0.5 })).toBe('ww ww w w');
  });

  it.each([
    ['options.guidanceStart must be at most options.guidanceEnd', { guidanceStart: 0.5, guidanceEnd: 0.4 }],
    ['options.deepCacheThreshold must be left out with', { deepCacheThreshold: 0.1, deepCacheInterval: 2 }],
    ['options.strength must be at least 1/10 with 10 steps', { strength: 0.09 }],
    ['options.strength must be a number from 0 to 1', { strength: 1.1 }],
    ['options.unconditionalInterval must be an integer', { unconditionalInterval: 0 }],
  ])('refuses what does not fit: %s', (message, more) => {
    expect(() => denoisingSteps({ ...settings, ...more })).toThrow(message);
  });
});

describe('passCounts', () => {
  it.each([
    [{}, 20, 0],
    [{ guidanceScale: 1 }, 10, 0],
    [{ deepCacheInterval: 3 }, 8, 12],
    [{ guidanceEnd: 0.5 }, 15, 0],
    [{ unconditionalInterval: 10 }, 11, 0],
    // The pass without audio is whole wherever the deep features that it left are older than those of the other pass.
    [{ deepCacheInterval: 2, unconditionalInterval: 3 }, 5 + 4, 5],
    [{ deepCacheThreshold: 0.1 }, 20, 0],
  ])('%j takes %d whole and %d shallow ones', (more, whole, shallow) => {
    expect(passCounts({ ...settings, ...more })).toEqual({ whole, shallow });
  });
});
