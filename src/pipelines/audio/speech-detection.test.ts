// Speech is found in faint recordings too, and once for every recording.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWav } from '../../../test/fixtures/media/make-media.ts';
import { spokenSound, type SpokenSound } from '../../../test/support/mixed-sound.ts';
import type { SpeechSpan } from '../../audio/speech-spans.ts';
import { FeatureCache } from '../../hub/feature-cache-node.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { createRuntime, type ProcessRuntime } from '../../runtime/child-process-runtime-node.ts';
import { measureAudio } from './audio-features.ts';
import { detectSpeech } from './speech-detection.ts';
import { openSileroVad } from './speech-detector-node.ts';

let folder: string;
let runtime: ProcessRuntime;
let spoken: SpokenSound;
let opened = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-speech-'));
  runtime = createRuntime({ threads: 1 });
  spoken = spokenSound(15, 2);
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function speechIn(samples: Float32Array, cache?: FeatureCache): Promise<SpeechSpan[]> {
  await writeWav(join(folder, 'speech.wav'), 16000, [samples]);
  await using audio = await openAudio(join(folder, 'speech.wav'));
  const openVad = () => {
    opened++;
    return openSileroVad({ runtime });
  };
  return await detectSpeech(audio, await measureAudio(audio), { openVad, cache });
}

it('a recording 40 dB fainter has its speech at the same times', async () => {
  const loud = await speechIn(spoken.samples);
  expect(loud).toHaveLength(spoken.spans.length);
  for (const [index, { from, to }] of spoken.spans.entries()) {
    expect(Math.abs(loud[index].from - from)).toBeLessThan(0.15);
    expect(Math.abs(loud[index].to - to)).toBeLessThan(0.15);
  }
  const faint = await speechIn(spoken.samples.map((sample) => 0.01 * sample));
  expect(faint).toHaveLength(loud.length);
  for (const [index, { from }] of faint.entries()) expect(Math.abs(from - loud[index].from)).toBeLessThan(0.1);
});

it('what was found is kept, and the network is not even opened again', async () => {
  const cache = new FeatureCache({ directory: join(folder, 'cache') });
  opened = 0;
  const found = await speechIn(spoken.samples, cache);
  expect(await speechIn(spoken.samples, cache)).toEqual(found);
  expect(opened).toBe(1);
});
