// Takes of a clip's sound: the same mouth, other voices, louder where it opens; real footage keeps its voice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tensor } from '../../tensor/tensor.ts';
import { correlation } from '../../evaluation/signals.ts';
import { speechEnvelope } from '../../evaluation/speech-mouth.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { SENTENCES } from '../../synthetic/sentences.ts';
import { SyntheticClip } from '../../synthetic/synthetic-clip.ts';
import { sampleVoice } from '../../synthetic/prosody.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { soundTake } from './sound-takes-node.ts';
import { speechLabels } from '../../synthetic/speech-labels.ts';
import { openTrainingClip, writeTrainingClip } from './training-clip-node.ts';
import { fromInt16, labelRows, samplesOfFrames, toInt16, type TrainingClip } from './training-clip.ts';

const FRAMES = 60;
const PERSON = 11;
const SEED = 12;
const [{ sounds }] = SENTENCES;

let folder: string;
let opening: Float32Array;

/** Writes what the renderer would, with pictures of one pixel. */
async function openClip(origin: Record<string, string>): Promise<TrainingClip> {
  const voice = sampleVoice(new SeededRandom(PERSON).fork('voice'));
  const spoken = new SyntheticClip({ sounds, seed: SEED, voice, width: 16, height: 16 });
  const audio = toInt16(spoken.utterance.samples.subarray(0, samplesOfFrames(FRAMES, 25)));
  opening = Float32Array.from({ length: FRAMES }, (_, frame) => spoken.measureMouth(frame).opening);
  const labels = speechLabels(spoken.utterance.phonemes, labelRows(audio.length));
  expect(labels.mouth).toHaveLength(labelRows(audio.length) * MOUTH_NAMES.length);
  const frames = new Tensor('uint8', [FRAMES, 1, 1, 3], new Uint8Array(3 * FRAMES));
  const path = join(folder, `${origin.source}.safetensors`);
  const width = new Float32Array(FRAMES);
  await writeTrainingClip(path, { frames, audio, frameRate: 25, origin, labels: { ...labels, opening, width } });
  return openTrainingClip(path);
}

const envelopeOf = (samples: Float32Array): number[] =>
  speechEnvelope(samples, { frames: FRAMES, frameRate: 25, sampleRate: 16_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sound-takes-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('takes of a synthetic clip', () => {
  let clip: TrainingClip;
  beforeAll(async () => {
    clip = await openClip({ source: 'synthetic', person: String(PERSON), seed: String(SEED), sounds });
  });
  afterAll(() => clip[Symbol.asyncDispose]());

  it('begin with its own sound', async () => {
    expect(await soundTake(clip, 0)).toEqual(fromInt16(await clip.readAudio()));
  });

  it('are other sounds of the same length, the same each time', async () => {
    const [first, again, second] = [await soundTake(clip, 1), await soundTake(clip, 1), await soundTake(clip, 2)];
    expect(first).toHaveLength(clip.sampleCount);
    expect(first).toEqual(again);
    expect(Math.abs(correlation(first, await soundTake(clip, 0)))).toBeLessThan(0.3);
    expect(Math.abs(correlation(first, second))).toBeLessThan(0.3);
  });

  it('are spoken at the same times: their loudness follows the mouth, more than that of its own sound', async () => {
    const own = correlation(envelopeOf(await soundTake(clip, 0)), opening);
    const takes = await Promise.all([1, 2, 3, 4, 5, 6].map((take) => soundTake(clip, take)));
    const mean = takes.reduce((sum, take) => sum + correlation(envelopeOf(take), opening), 0) / takes.length;
    expect(own).toBeGreaterThan(0.3);
    expect(mean).toBeGreaterThan(own + 0.03);
  });
});

describe('takes of real footage', () => {
  it('keep the voice, in another room', async () => {
    await using clip = await openClip({ source: 'video', video: 'talk.mp4', startSeconds: '0' });
    const own = envelopeOf(await soundTake(clip, 0));
    const take = await soundTake(clip, 3);
    expect(take).not.toEqual(await soundTake(clip, 0));
    expect(correlation(envelopeOf(take), own)).toBeGreaterThan(0.8);
  });
});
