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
    ['options.start must be a time, 0 or more: seconds, or [hh:]mm:ss[.mmm] (got "1:75")', { start: '1:75' }],
    ['options.at must be a time', { at: -1 }],
    ['options.end must be after options.start (got "0:01")', { start: 1.5, end: '0:01' }],
    ['options.end must be above 0 (got 0)', { end: 0 }],
    ['options.audioOffset must be a number from -3600000 to 3600000 (got 4000000)', { audioOffset: 4e6 }],
    ['options.preview must be seconds above 0, or SECONDS@TIME (got "5@")', { preview: '5@' }],
    ['options.extend must be one of pingpong, loop, hold', { extend: 'stretch' as 'hold' }],
    ['options.at must be left out with options.reference', { at: 1, reference: true }],
    ['options.extend must be left out with options.reference', { extend: 'loop', reference: true }],
    ['options.quiet must be one of keep, close, draw', { quiet: 'open' as 'keep' }],
    ['options.quiet must be left out with options.reference', { quiet: 'keep', reference: true }],
    ['options.vae must be left out with options.reference', { vae: 'taesd', reference: true }],
    ['options.strength must be left out with options.reference', { strength: 0.5, reference: true }],
    ['options.guidanceEnd must be left out with options.reference', { guidanceEnd: 0.5, reference: true }],
    ['options.guidanceEnd must be left out with options.guidanceScale', { guidanceEnd: 0.5, guidanceScale: 1 }],
    ['options.unconditionalInterval must be left out with', { unconditionalInterval: 2, guidanceScale: 0.5 }],
    ['options.preset must be left out with model tiny', { preset: 'fast' }],
    ['options.preset must be one of reference, balanced, fast, fastest', { model: '1.5', preset: 'slow' as 'fast' }],
    ['options.preset must be left out with options.reference', { model: '1.5', preset: 'fast', reference: true }],
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
  it('reads times, and keeps the whole video where the speech is inserted', () => {
    const times = { start: '1:00', end: 90, at: '0:01:10.5', audioStart: '2', audioOffset: -250, preview: '5@1:00' };
    expect(resolveLipsyncOptions({ ...files, ...times }, defaults)).toMatchObject({
      length: 'longest',
      startSeconds: 60,
      endSeconds: 90,
      speeches: [{ audio: 0, atSeconds: 70.5 }],
      inserts: true,
      audioStartSeconds: 2,
      audioOffsetSeconds: -0.25,
      preview: { seconds: 5, atSeconds: 60 },
    });
    expect(resolveLipsyncOptions({ ...files, at: 1, length: 'video' }, defaults).length).toBe('video');
  });

  it("takes what is left out from the model, or from the option's own default", () => {
    expect(resolveLipsyncOptions({ ...files, steps: 5, quality: 20 }, defaults)).toEqual({
      numInferenceSteps: 5,
      guidanceScale: 1.5,
      seed: 1247,
      scheduler: 'ddim',
      guidanceStart: 0,
      guidanceEnd: 1,
      unconditionalInterval: 1,
      deepCacheInterval: 1,
      deepCacheThreshold: 0,
      strength: 1,
      bestOf: 1,
      length: 'audio',
      extend: 'pingpong',
      audioStartSeconds: 0,
      audioOffsetSeconds: 0,
      ownSoundLateSeconds: 0,
      reference: false,
      mix: 0,
      colorMatch: true,
      detail: true,
      quiet: 'keep',
      speeches: [{ audio: 0 }],
      speakers: [{ face: 'largest', speech: 0 }],
      hasSpeakers: false,
      inserts: false,
      silent: 'keep',
      noFace: 'error',
      fps: undefined,
      quality: 20,
    });
  });

  it('takes the denoising from the model, but for the reference only what that has', () => {
    const own = { ...defaults, scheduler: 'dpmpp2m', guidanceEnd: 0.5, unconditionalInterval: 3 } as const;
    const names = ['scheduler', 'guidanceEnd', 'unconditionalInterval'] as const;
    const resolved = (options: Partial<LipsyncOptions>): unknown[] => {
      const settings = resolveLipsyncOptions({ ...files, ...options }, own);
      return names.map((name) => settings[name]);
    };
    expect(resolved({})).toEqual(['dpmpp2m', 0.5, 3]);
    expect(resolved({ guidanceEnd: 1, scheduler: 'euler' })).toEqual(['euler', 1, 3]);
    expect(resolved({ guidanceStart: 0.75 })).toEqual(['dpmpp2m', 1, 3]);
    expect(resolved({ reference: true })).toEqual(['ddim', 1, 1]);
  });

  it('refuses settings of the denoising that do not fit the model', () => {
    expect(() => resolveLipsyncOptions({ ...files, strength: 0.04 }, defaults)).toThrow(
      'options.strength must be at least 1/20 with 20 steps, so that one is run (got 0.04)',
    );
    expect(() => resolveLipsyncOptions({ ...files, deepCacheThreshold: 0.1, deepCacheInterval: 2 }, defaults)).toThrow(
      'options.deepCacheThreshold must be left out with options.deepCacheInterval',
    );
  });

  it('always draws with the reference', () => {
    expect(resolveLipsyncOptions({ ...files, reference: true }, defaults).quiet).toBe('draw');
    expect(resolveLipsyncOptions({ ...files, quiet: 'close' }, defaults).quiet).toBe('close');
    expect(() => {
      checkLipsyncOptions({ ...files, quiet: 'draw', reference: true });
    }).not.toThrow();
  });

  it.each(['colorMatch', 'detail'] as const)(
    'has %s on unless that is turned off, or the reference is followed',
    (name) => {
      const isOn = (options: Partial<LipsyncOptions>): boolean =>
        resolveLipsyncOptions({ ...files, ...options }, defaults)[name];
      expect(isOn({ [name]: true })).toBe(true);
      expect(isOn({ [name]: false })).toBe(false);
      expect(isOn({ reference: true })).toBe(false);
      expect(() => {
        checkLipsyncOptions({ ...files, reference: true, [name]: true });
      }).toThrow(`options.${name} must be left out with options.reference`);
    },
  );
});
