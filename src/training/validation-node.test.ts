// Validation of the embedded model: videos, figures and a chart by step; what is drawn again replaces what was.
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeFaceClip } from '../../test/support/clips.ts';
import { validationChart, type ValidationEntry } from './validation-chart.ts';
import { Validation } from './validation-node.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-validation-'));
  vi.stubEnv('LATENTSYNC_HOME', at('home'));
  await writeFaceClip(at('face.mp4'), 3);
  // Too short to judge lips by.
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, 0.12)]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('draws and judges a video, and keeps what was found by step', async () => {
  const validation = await Validation.prepare({
    folder: at('validation'),
    config: await readFile('models/tiny/config.yaml', 'utf8'),
    vae: 'models/tiny/vae.safetensors',
    whisper: 'models/tiny/whisper.safetensors',
    video: at('face.mp4'),
    audio: at('speech.wav'),
    threads: 1,
  });
  // Step 20 belongs to a part of the training that is done again.
  const earlier = [5, 20].map((step) => JSON.stringify({ step, video: 'a.mp4', verdict: 'unrelated', reasons: [] }));
  await writeFile(at('validation/figures.jsonl'), `${earlier.join('\n')}\n`);
  const found = await validation.run(10, (path) => copyFile('models/tiny/unet.safetensors', path));
  expect(found).toMatchObject({ step: 10, video: at('validation/step-000010.mp4'), verdict: 'cannot-be-judged' });
  const lines = (await readFile(at('validation/figures.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as ValidationEntry).step)).toEqual([5, 10]);
  expect((await readdir(at('validation'))).sort()).toEqual([
    'figures.jsonl',
    'figures.svg',
    'model',
    'step-000010.mp4',
  ]);
});

describe('the chart', () => {
  const entry = { video: 'a.mp4', verdict: 'in-sync', reasons: [] };
  it('has a dot for every figure that is known, at its step', () => {
    const chart = validationChart([
      { ...entry, step: 100, correlation: -0.1, sharpness: 0.5, flicker: 2 },
      { ...entry, step: 200, correlation: 0.6, sharpness: undefined, flicker: 1 },
    ]);
    expect(chart.match(/<circle/g)).toHaveLength(5);
    expect(chart).toContain('<title>step 200: 0.600</title>');
    // Step 200 is at the right end, 100 in the middle.
    expect(chart).toMatch(/cx="400.0".*step 100: -0.100/);
    expect(chart).toMatch(/cx="736.0".*step 200: 0.600/);
  });

  it('is there where nothing is known yet', () => {
    expect(validationChart([{ ...entry, step: 5 }])).not.toMatch(/NaN|<circle/);
  });
});
