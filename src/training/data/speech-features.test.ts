// What the embedded model's audio encoder says of takes of a sound: alone, and among others.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whisperEncoderGraph } from '../../models/whisper-encoder.ts';
import { bindWeights } from '../../nn/weights.ts';
import { Audio2Feature } from '../../pipelines/audio2feature.ts';
import type { LipsyncModel } from '../../pipelines/lipsync-model.ts';
import { openLipsyncModel } from '../../pipelines/lipsync-model-node.ts';
import type { Runtime, Session } from '../../runtime/runtime.ts';
import { createThreadRuntime } from '../../runtime/thread-runtime-node.ts';
import { correlation } from '../report/signals.ts';
import { SeededRandom } from '../synthetic/random.ts';
import { speechRows, speechRowsOfTakes } from './speech-features.ts';
import { sampleSpeech } from './speech-sampler.ts';

/** Not a whole number of rows. */
const SAMPLES = 20_100;
const ROWS = 62;

let model: LipsyncModel;
let runtime: Runtime;
let encoder: Session;
let audio2feature: Audio2Feature;

beforeAll(async () => {
  model = await openLipsyncModel('tiny');
  const { network, weights } = model.whisper;
  runtime = createThreadRuntime({ threads: 1 });
  encoder = await runtime.createSession(await bindWeights(whisperEncoderGraph(network), weights));
  audio2feature = new Audio2Feature(encoder, network.config);
});
afterAll(async () => {
  await encoder[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

describe('speechRowsOfTakes', () => {
  const takes = [0, 1, 2, 3].map((seed) => sampleSpeech(seed, 2).samples.subarray(0, SAMPLES));
  const rowsOf = (seed: number, sounds = takes): Promise<Float32Array[]> =>
    speechRowsOfTakes(audio2feature, sounds, new SeededRandom(seed));

  it('hears every second take by itself, and the others among all, each at its own place', async () => {
    const rows = await rowsOf(1);
    for (const [take, samples] of takes.entries()) {
      const alone = await speechRows(audio2feature, samples);
      expect(alone).toHaveLength(ROWS * audio2feature.rowWidth);
      if (take % 2 === 0) expect(rows[take]).toEqual(alone);
      else {
        expect(rows[take]).not.toEqual(alone);
        const likeness = takes.map((_, other) => correlation(rows[other], alone));
        expect(likeness[take]).toBeGreaterThan(0.8);
        expect(likeness.indexOf(Math.max(...likeness))).toBe(take);
      }
    }
  });

  it('follows the seed in the order of the takes', async () => {
    const [once, again, otherwise] = [await rowsOf(1), await rowsOf(1), await rowsOf(2)];
    expect(once).toEqual(again);
    expect(once[1]).not.toEqual(otherwise[1]);
  });

  it('hears a single take by itself', async () => {
    expect(await rowsOf(1, takes.slice(0, 1))).toEqual([await speechRows(audio2feature, takes[0])]);
  });
});
