// What is told as speech, in synthetic voices with pauses, over music, rain and a crowd. docs/quiet.md has the same with more voices.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backgroundSound, framesIn, mixed, spokenSound, type BackgroundKind } from '../../test/support/mixed-sound.ts';
import { SAMPLE_RATE } from '../audio/log-mel-spectrogram.ts';
import { lipRows, meetsRows, speechSpans } from '../audio/speech-spans.ts';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { SileroVad, VAD_CHUNK } from './silero-vad.ts';

const SECONDS = 15;
const STEP = VAD_CHUNK / SAMPLE_RATE;

let runtime: ProcessRuntime;
let vad: SileroVad;

beforeAll(async () => {
  runtime = createRuntime({ threads: 1 });
  vad = await SileroVad.create(runtime, await readFile('models/speech/silero_vad_v6.onnx'));
});
afterAll(() => runtime[Symbol.asyncDispose]());

async function probabilitiesOf(pieces: readonly Float32Array[]): Promise<number[]> {
  const probabilities: number[] = [];
  for await (const probability of vad.probabilities(pieces)) probabilities.push(probability);
  return probabilities;
}

describe.each<[BackgroundKind, number]>([
  ['music', 10],
  ['rain', 5],
  ['crowd', 10],
])('over %s, %i dB louder', (kind, decibels) => {
  const { samples, spans } = spokenSound(SECONDS, 2);
  const background = backgroundSound(kind, samples.length, 2);

  it('speech is told in at least 95 of 100 frames, and not one of 100 is lost', async () => {
    const found = speechSpans(await probabilitiesOf([mixed(samples, background, decibels)]), STEP);
    const truth = framesIn(spans, SECONDS);
    const told = framesIn(found, SECONDS);
    const right = truth.filter((isSpeech, frame) => isSpeech === told[frame]).length;
    expect(right / truth.length).toBeGreaterThan(0.95);
    const moving = lipRows(found, SECONDS);
    const lost = truth.filter(
      (isSpeech, frame) => isSpeech && !meetsRows(moving, { from: 2 * frame, to: 2 * frame + 2 }),
    );
    expect(lost.length / truth.length).toBeLessThan(0.01);
  });

  it('speech ends where only the background goes on', async () => {
    const last = spans[spans.length - 1].to;
    const sound = samples.map((sample, at) => (at < last * SAMPLE_RATE ? sample : 0.05 * background[at]));
    const found = speechSpans(await probabilitiesOf([sound]), STEP);
    expect(Math.abs(found[found.length - 1].to - last)).toBeLessThan(0.8);
  });

  it('what sounds without speech is none', async () => {
    const alone = background.map((sample) => 0.1 * sample);
    expect(speechSpans(await probabilitiesOf([alone]), STEP)).toEqual([]);
  });
});

it('the pieces in which samples come make no difference, and the last chunk is filled up', async () => {
  const spoken = spokenSound(SECONDS, 3);
  const first = Math.round(spoken.spans[0].from * SAMPLE_RATE);
  const samples = spoken.samples.subarray(first, first + 20 * VAD_CHUNK + 1);
  const pieces = [0, 1, 600, 601, 5000, 6024, samples.length];
  const whole = await probabilitiesOf([samples]);
  expect(whole).toHaveLength(21);
  expect(Math.max(...whole)).toBeGreaterThan(0.5);
  expect(await probabilitiesOf(pieces.slice(1).map((to, index) => samples.subarray(pieces[index], to)))).toEqual(whole);
});
