// Features of a part of the speech: the same bits as those of all of it, from no more windows of the encoder than the part needs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWav } from '../../../test/fixtures/media/make-media.ts';
import { FeatureCache } from '../../hub/feature-cache-node.ts';
import type { AudioReader } from '../../media/audio-reader.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { bindWeights } from '../../nn/weights.ts';
import { createRuntime, type ProcessRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { LipsyncModel } from '../lipsync-model.ts';
import { openLipsyncModel } from '../lipsync-model-node.ts';
import {
  audioFeatures,
  featureChunks,
  measureAudio,
  type AudioFeaturesOptions,
  type AudioMeasure,
} from './audio-features.ts';
import { Audio2Feature } from './audio2feature.ts';

/** Four windows of the encoder: they begin at 0, 20, 40 and 45 s. */
const SECONDS = 75;
const WINDOWS = 4;

let folder: string;
let model: LipsyncModel;
let runtime: ProcessRuntime;
let audio2feature: Audio2Feature;
let audio: AudioReader;
let measure: AudioMeasure;
/** Of all windows, from an encoder that has heard nothing else. */
let whole: Float32Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-features-'));
  // A tone that rises all the time, so that no two seconds sound alike.
  const rising = Float32Array.from({ length: SECONDS * 16_000 }, (_, i) => 0.5 * Math.sin(0.05 * i + 1e-7 * i * i));
  await writeWav(join(folder, 'speech.wav'), 16000, [rising]);
  model = await openLipsyncModel('tiny');
  runtime = createRuntime({ threads: 1 });
  const { network, weights } = model.whisper;
  audio2feature = new Audio2Feature(
    await runtime.createSession(await bindWeights(whisperEncoderGraph(network), weights)),
    network.config,
  );
  audio = await openAudio(join(folder, 'speech.wav'));
  measure = await measureAudio(audio);
  whole = (await rowsOf({})).rows;
});
afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Returns what comes of some options, and which windows an earlier job had kept. */
async function rowsOf(
  options: Partial<AudioFeaturesOptions>,
): Promise<{ rows: Float32Array; firstRow: number; kept: boolean[] }> {
  const kept: boolean[] = [];
  const onWindow = (isKept: boolean): void => void kept.push(isKept);
  const more = { audio2feature, encoderIdentity: 'tiny', onWindow, ...options };
  const { rows, firstRow } = audioFeatures(audio, measure, more);
  const parts: number[] = [];
  for await (const part of rows) for (const value of part) parts.push(value);
  return { rows: Float32Array.from(parts), firstRow, kept };
}

/** Checks that rows are those of the whole, to the bit. */
function expectPartOf(whole: Float32Array, { rows, firstRow }: { rows: Float32Array; firstRow: number }): void {
  const at = firstRow * audio2feature.rowWidth;
  expect(rows.length).toBeGreaterThan(0);
  expect(Buffer.compare(bytesOf(rows), bytesOf(whole.slice(at, at + rows.length)))).toBe(0);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

it('encodes only the windows of the rows that are wanted', async () => {
  expect(whole.length).toBe(50 * SECONDS * audio2feature.rowWidth);
  for (const [wanted, windows] of [
    [{ from: 0, to: 100 }, 1],
    [{ from: 62 * 50, to: 63 * 50 }, 1],
    [{ from: 24 * 50, to: 26 * 50 }, 2], // at 25 s one window fades into the next
    [{ from: 50 * SECONDS - 1, to: 50 * SECONDS }, 1],
  ] as const) {
    const part = await rowsOf({ wanted: [wanted] });
    expectPartOf(whole, part);
    expect(part.kept).toEqual(Array.from({ length: windows }, () => false));
    expect(part.firstRow).toBeLessThanOrEqual(wanted.from);
    expect(part.firstRow + part.rows.length / audio2feature.rowWidth).toBeGreaterThanOrEqual(wanted.to);
  }
});

it('gives the frames of a part what they hear in the whole', async () => {
  const options = { audio2feature, encoderIdentity: 'tiny', audioFeatLength: [2, 2] } as const;
  const last = 50 * SECONDS - 1;
  await using ofAll = featureChunks(audio, measure, { ...options, heard: [{ from: 0, to: last + 1 }] });
  for (const [first, end] of [
    [30 * 50, 31 * 50],
    [45 * 50 + 7, 46 * 50],
    [last - 10, last],
  ]) {
    await using ofPart = featureChunks(audio, measure, { ...options, heard: [{ from: first, to: end + 1 }] });
    for (const row of [first, end]) {
      const [here, there] = [await ofPart.chunk(row), await ofAll.chunk(row)];
      expect(Buffer.compare(bytesOf(here), bytesOf(there))).toBe(0);
    }
  }
});

it('leaves out windows between the rows that are wanted', async () => {
  const wanted = [
    { from: 0, to: 100 },
    { from: 62 * 50, to: 63 * 50 },
  ];
  const part = await rowsOf({ wanted });
  expect(part.kept).toEqual([false, false]); // of four
  const { rowWidth } = audio2feature;
  for (const { from, to } of wanted) {
    const rows = part.rows.slice((from - part.firstRow) * rowWidth, (to - part.firstRow) * rowWidth);
    expectPartOf(whole, { rows, firstRow: from });
  }
  expect(part.rows[(30 * 50 - part.firstRow) * rowWidth]).toBeNaN();
});

it('keeps windows, those of a part for the whole', async () => {
  const cache = new FeatureCache({ directory: join(folder, 'features') });
  const wanted = [{ from: 30 * 50, to: 31 * 50 }];
  expect((await rowsOf({ cache, wanted })).kept).toEqual([false]);
  expect((await rowsOf({ cache, wanted })).kept).toEqual([true]);
  const all = await rowsOf({ cache });
  expect(all.kept).toEqual([false, true, false, false]);
  expectPartOf(whole, all);
  expect((await rowsOf({ cache })).kept).toEqual(Array.from({ length: WINDOWS }, () => true));
  expect((await rowsOf({ cache, reference: true })).kept).toEqual([false, false, false]);
});
