// The weights of `tiny` as they are shipped: they make lips follow sound. The model card has the figures of a whole report.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateClips } from '../data/generate-clips-node.ts';
import { reportModel, type ModelReport } from './report-model-node.ts';

let folder: string;
let report: ModelReport;

/** Two people who were never trained on, each saying what the other says. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-embedded-'));
  const data = join(folder, 'clips');
  await generateClips({ output: data, clips: 2, seconds: 2, heldOut: true, seed: 2 });
  report = await reportModel({ data, clips: 2, steps: [6] });
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['opening.correlation', 'atLeast', 0.7],
  ['opening.shift', 'atMost', 1],
  ['opening.wrong-sound', 'atMost', 0.5],
  ['own-sound.psnr', 'atLeast', 25],
  ['own-sound.ssim', 'atLeast', 0.85],
  ['own-sound.flicker', 'atMost', 1.7],
  ['outside.change', 'atMost', 0],
] as const)('%s is %s %d', (name, side, bound) => {
  const { value } = report.figures.find((figure) => figure.name === name)!;
  if (side === 'atLeast') expect(value).toBeGreaterThanOrEqual(bound);
  else expect(value).toBeLessThanOrEqual(bound);
});
