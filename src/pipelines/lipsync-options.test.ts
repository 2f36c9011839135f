import { describe, expect, it } from 'vitest';
import { checkLipsyncOptions, resolveLipsyncOptions, type LipsyncOptions } from './lipsync-options.ts';

const files = { video: 'talk.mp4', audio: 'speech.wav', output: 'out.mp4' };

const defaults = {
  resolution: 256,
  numFrames: 16,
  videoFps: 25,
  audioFeatLength: [2, 2],
  numInferenceSteps: 20,
  guidanceScale: 1.5,
  seed: 1247,
} as const;

describe('checkLipsyncOptions', () => {
  it.each<[string, Partial<LipsyncOptions>]>([
    ['options.video must not be empty', { video: '' }],
    ['options.model must not be empty', { model: '' }],
    ['options.insightface must not be empty', { insightface: '' }],
    ['options.steps must be an integer from 1 to', { steps: 0 }],
    ['options.guidanceScale must be a number from 0 to 10 (got NaN)', { guidanceScale: NaN }],
    ['options.seed must be', { seed: -1 }],
    ['options.deepCacheInterval must be', { deepCacheInterval: 1.5 }],
    ['options.fps must be a number from 1 to 120', { fps: 121 }],
    ['options.fps must be left out with options.reference', { fps: 30, reference: true }],
    ['options.quality must be', { quality: 52 }],
    ['options.threads must be', { threads: 0 }],
    ['options.dtype must be one of float32, int8 (got "int4")', { dtype: 'int4' as 'int8' }],
    ['options.scheduler must be one of', { scheduler: 'fast' as 'ddim' }],
    ['options.length must be one of', { length: 'long' as 'audio' }],
    ['options.device must be one of', { device: 'gpu' as 'cpu' }],
  ])('says %s', (message, change) => {
    expect(() => {
      checkLipsyncOptions({ ...files, ...change });
    }).toThrow(message);
  });

  it('takes int8 on the CPU only', () => {
    expect(() => {
      checkLipsyncOptions({ ...files, dtype: 'int8' });
    }).not.toThrow();
    expect(() => {
      checkLipsyncOptions({ ...files, dtype: 'int8', device: 'cpu' });
    }).not.toThrow();
    expect(() => {
      checkLipsyncOptions({ ...files, dtype: 'float32', device: 'webgpu' });
    }).not.toThrow();
    expect(() => {
      checkLipsyncOptions({ ...files, dtype: 'int8', device: 'webgpu' });
    }).toThrow('options.dtype must be float32 when options.device is webgpu');
  });
});

describe('resolveLipsyncOptions', () => {
  it("takes what is left out from the model, or from the option's own default", () => {
    expect(resolveLipsyncOptions({ ...files, steps: 5, quality: 20 }, defaults)).toEqual({
      numInferenceSteps: 5,
      guidanceScale: 1.5,
      seed: 1247,
      scheduler: 'ddim',
      deepCacheInterval: 1,
      length: 'audio',
      reference: false,
      fps: undefined,
      quality: 20,
    });
  });
});
