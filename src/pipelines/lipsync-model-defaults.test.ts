import { expect, it } from 'vitest';
import { officialConfig } from '../hub/official-configs.ts';
import { parseLipsyncModelDefaults } from './lipsync-model-defaults.ts';

it('reads what the official configurations say', () => {
  expect(parseLipsyncModelDefaults({ ...officialConfig(512) }, 'config.yaml')).toEqual({
    resolution: 512,
    numFrames: 16,
    videoFps: 25,
    audioFeatLength: [2, 2],
    numInferenceSteps: 20,
    scheduler: 'ddim',
    guidanceScale: 1.5,
    guidanceStart: 0,
    guidanceEnd: 1,
    unconditionalInterval: 1,
    seed: 1247,
  });
});

it('takes the official values for what is left out', () => {
  const official = parseLipsyncModelDefaults({ ...officialConfig(256) }, 'config.yaml');
  expect(parseLipsyncModelDefaults({}, 'config.yaml')).toEqual(official);
  expect(parseLipsyncModelDefaults({ data: null, run: { seed: 7 } }, 'config.yaml')).toEqual({ ...official, seed: 7 });
});

it.each([
  ['data', 'resolution', 0, 'an integer from 8 to 8192 (got 0)'],
  ['data', 'num_frames', 0, 'an integer from 1 to 1024 (got 0)'],
  ['data', 'num_frames', 1.5, 'an integer from 1 to 1024 (got 1.5)'],
  ['data', 'video_fps', 'fast', 'a number from 1 to 120 (got "fast")'],
  ['data', 'audio_feat_length', [-1, 2], 'two values, each an integer from 0 to 100 (got [-1,2])'],
  ['data', 'audio_feat_length', 5, 'two values, each an integer from 0 to 100 (got 5)'],
  ['run', 'inference_steps', 5000, 'an integer from 1 to 999 (got 5000)'],
  ['run', 'guidance_scale', Infinity, 'a number from 0 to 10 (got Infinity)'],
  ['run', 'scheduler', 'plms', 'one of ddim, dpmpp2m, dpmpp2m_karras, unipc, euler (got "plms")'],
  ['run', 'guidance_end', 2, 'a number from 0 to 1 (got 2)'],
  ['run', 'unconditional_interval', 0, 'an integer from 1 to 1000 (got 0)'],
  ['run', 'seed', 1.5, 'an integer from 0 to 9007199254740991 (got 1.5)'],
])('refuses %s.%s of %j', (section, key, value, rule) => {
  expect(() => parseLipsyncModelDefaults({ [section]: { [key]: value } }, 'my/config.yaml')).toThrow(
    `"${section}.${key}" in my/config.yaml must be ${rule}.\nUse the configuration file that belongs to the model.`,
  );
});

it('refuses a section that is not a mapping', () => {
  expect(() => parseLipsyncModelDefaults({ data: [1] }, 'config.yaml')).toThrow(
    '"data" in config.yaml must be a mapping',
  );
});
