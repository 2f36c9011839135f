// What a recorded voice asks of a clip's person: as long as the clip, the lips closed where its sounds close them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TimedPhoneme } from '../../synthetic/phonemes.ts';
import { soundInFrame, speechLabels } from '../../synthetic/speech-labels.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { mean } from '../../evaluation/signals.ts';
import { openTrainingClip, writeTrainingClip } from '../data/training-clip-node.ts';
import { RECORDED_VOICES } from '../voices/recorded-voices.ts';
import { speechFor } from './report-voices-node.ts';

const FRAMES = 40;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-voices-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('is cut to the clip, and closes the lips of that person', async () => {
  const path = join(folder, 'clip.safetensors');
  const samples = 640 * FRAMES;
  await writeTrainingClip(path, {
    frames: new Tensor('uint8', [FRAMES, 1, 1, 3], new Uint8Array(3 * FRAMES)),
    audio: new Int16Array(samples),
    frameRate: 25,
    origin: { source: 'synthetic', person: '1001000007' },
  });
  await using clip = await openTrainingClip(path);
  const labels = {
    ...speechLabels([], 2 * FRAMES),
    opening: new Float32Array(FRAMES),
    width: new Float32Array(FRAMES),
  };
  const phonemes = Array.from({ length: 20 }, (_, i): TimedPhoneme => ({
    symbol: i % 2 ? 'AA' : 'M',
    stress: 1,
    start: 0.12 * i,
    end: 0.12 * (i + 1),
  }));
  const voice = RECORDED_VOICES.find(({ use }) => use === 'report')!;
  const utterance = { samples: new Float32Array(16_000 * 3), phonemes };
  const speech = speechFor({ name: 'clip', clip, labels }, voice, utterance);
  expect(speech.frames).toBe(FRAMES);
  expect(speech.samples).toHaveLength(samples);
  expect(speech.asked.phonemes).toHaveLength(2 * FRAMES);
  const openingIn = (symbol: string): number =>
    mean(
      Array.from(speech.asked.opening).filter((_, frame) => soundInFrame(speech.asked.phonemes, frame, 25) === symbol),
    );
  expect(openingIn('M')).toBeLessThan(0.3 * openingIn('AA'));
});
