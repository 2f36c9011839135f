// Sound in every container: a burst is heard when it was given, whether the sound is encoded or copied.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cornersPicture, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeCoded } from '../../test/support/coded-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { readTrack } from './audio-reader.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import { createVideo } from './video-file-writer-node.ts';

const SECONDS = 1.5;
const BURST = 1;
const RATE = 48_000;

/** A tone of 1 kHz that swells and fades within a few milliseconds. */
const sound = Float32Array.from({ length: SECONDS * RATE }, (_, i) => {
  const seconds = i / RATE - BURST;
  return 0.5 * Math.cos(2 * Math.PI * 1000 * seconds) * Math.exp(-((seconds / 0.004) ** 2));
});

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('output-sound-');
  await writeWav(join(folder.path, 'speech.wav'), RATE, [sound]);
  const audio = { sampleRate: RATE, channels: [sound] };
  await writeCoded(join(folder.path, 'speech.m4a'), { format: 'ipod', audio: [{ ...audio, encoder: 'aac' }] });
  await writeCoded(join(folder.path, 'speech.ogg'), {
    format: 'ogg',
    audio: [{ ...audio, encoder: 'libopus', samples: 'flt' }],
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Writes a video with the sound of a file, and returns what sounds in it. */
async function written(name: string, source: string) {
  const path = join(folder.path, name);
  const frameRate = 25;
  await using audio = await openAudio(join(folder.path, source));
  await using writer = await createVideo(path, { width: 64, height: 48, frameRate, audio });
  for (let index = 0; index < SECONDS * frameRate; index++) {
    const timestampSeconds = index / frameRate;
    await writer.add({ data: cornersPicture(64, 48, index), timestampSeconds, durationSeconds: 1 / frameRate });
  }
  await writer.finish();
  await using again = await openAudio(path);
  await using video = await openVideo(path);
  const [samples] = await readTrack(again);
  return { info: again.info, samples, video: video.info, leads: [again.leadSeconds, video.leadSeconds] };
}

/** When sound is in the middle of its energy. */
function middle(samples: Float32Array, sampleRate: number): number {
  let energy = 0;
  let moment = 0;
  for (const [index, value] of samples.entries()) {
    energy += value ** 2;
    moment += value ** 2 * index;
  }
  return moment / energy / sampleRate;
}

describe('sound', () => {
  it.each([
    ['encoded.mov', 'speech.wav', 'aac'],
    ['encoded.mkv', 'speech.wav', 'aac'],
    ['encoded.webm', 'speech.wav', 'opus'],
    ['copied.mkv', 'speech.m4a', 'aac'],
    ['copied.webm', 'speech.ogg', 'opus'],
    ['other.mkv', 'speech.ogg', 'opus'],
  ])('of %s is heard when that of %s is, as %s', async (name, source, codec) => {
    const { info, samples, video, leads } = await written(name, source);
    expect(info).toMatchObject({ codec, sampleRate: RATE, numberOfChannels: 1 });
    expect(Math.abs(middle(samples, RATE) - leads[1] + leads[0] - BURST)).toBeLessThan(0.001);
    expect(leads).toEqual([0, 0]);
    expect(video).toMatchObject({ frameRate: 25, frameCount: 38, variableFrameRate: false });
  });
});
