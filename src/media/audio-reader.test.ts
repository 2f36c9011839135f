import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { openAudio } from './input-file-node.ts';

let folder: string;
let path: string;
const left = sine(300, 22050, 1.5);
const right = sine(700, 22050, 1.5);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-audio-'));
  path = join(folder, 'two tones.wav');
  await writeWav(path, 22050, [left, right]);
});

afterAll(() => rm(folder, { recursive: true }));

test('WAV samples come exactly, at their own rate, in pieces that follow one another', async () => {
  await using audio = await openAudio(path);
  expect(audio.info).toEqual({ codec: 'pcm-s16', sampleRate: 22050, numberOfChannels: 2, durationSeconds: 1.5 });
  let position = 0;
  let largestError = 0;
  let chunks = 0;
  for await (const { timestampSeconds, sampleRate, channels } of audio.chunks()) {
    expect(timestampSeconds).toBeCloseTo(position / sampleRate, 9);
    channels.forEach((channel, index) => {
      const expected = index === 0 ? left : right;
      channel.forEach((sample, i) => {
        largestError = Math.max(largestError, Math.abs(sample - expected[position + i]));
      });
    });
    position += channels[0].length;
    chunks++;
  }
  expect(position).toBe(left.length);
  expect(chunks).toBeGreaterThan(3);
  expect(largestError).toBeLessThan(1e-4);
});

test('reading can be repeated and canceled', async () => {
  await using audio = await openAudio(path);
  const count = async (): Promise<number> => {
    let samples = 0;
    for await (const { channels } of audio.chunks()) samples += channels[0].length;
    return samples;
  };
  expect(await count()).toBe(left.length);
  expect(await count()).toBe(left.length);
  const controller = new AbortController();
  const canceled = async (): Promise<void> => {
    for await (const { channels } of audio.chunks({ signal: controller.signal })) controller.abort(channels.length);
  };
  await expect(canceled()).rejects.toMatchObject({ code: 'aborted' });
});
