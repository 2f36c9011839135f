// The whole pipeline in its two modes: what the default does better than the official code, and that --reference does not.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVideo } from '../../src/media/input-file-node.ts';
import { createVideo } from '../../src/media/video-file-writer-node.ts';
import type { LipsyncRunOptions } from '../../src/pipelines/lipsync-options.ts';
import { LipsyncPipeline } from '../../src/pipelines/lipsync-pipeline-node.ts';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeSmallModel } from '../support/small-model.ts';

const AUDIO_SECONDS = 0.4;
const BAR = 16;
const GRAY_STEP = 20;

let folder = '';
let pipeline: LipsyncPipeline;
const path = (name: string): string => join(folder, name);

/** Writes a face with a bar on top whose gray level tells the frame; frames from `faceUntil` on have no face. */
async function writeClip(name: string, frameRate: number, frames: number, faceUntil = frames): Promise<void> {
  const face = PNG.sync.read(readFileSync(new URL('../fixtures/faces/closed.png', import.meta.url)));
  const { width, height } = face;
  await using writer = await createVideo(path(name), { width, height, frameRate });
  for (let index = 0; index < frames; index++) {
    const data = index < faceUntil ? Uint8Array.from(face.data) : new Uint8Array(width * height * 4).fill(128);
    data.fill(10 + GRAY_STEP * index, 0, width * BAR * 4);
    await writer.add({ data, timestampSeconds: index / frameRate, durationSeconds: 1 / frameRate });
  }
  await writer.finish();
}

/** Returns which frame of the clip each frame of a video shows. */
async function shownFrames(name: string): Promise<number[]> {
  await using video = await openVideo(path(name));
  const shown: number[] = [];
  for await (const { data, width } of video.frames()) {
    shown.push(Math.round((data[(4 * width + 4) * 4] - 10) / GRAY_STEP));
  }
  return shown;
}

async function run(video: string, output: string, more: Partial<LipsyncRunOptions> = {}) {
  return pipeline.run({
    video: path(video),
    audio: path('speech.wav'),
    output: path(output),
    steps: 1,
    quiet: 'draw',
    cache: false,
    ...more,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-reference-'));
  await writeSmallModel(path('model'));
  await writeWav(path('speech.wav'), 16000, [sine(200, 16000, AUDIO_SECONDS)]);
  await writeClip('thirty.mp4', 30, 6);
  await writeClip('gone.mp4', 25, 10, 4);
  pipeline = await LipsyncPipeline.open({ model: path('model'), threads: 1 });
});

afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the default mode', () => {
  it('keeps the frame rate, lasts as long as the audio, and plays a short video backwards', async () => {
    expect(await run('thirty.mp4', 'default.mp4')).toMatchObject({ frames: AUDIO_SECONDS * 30 });
    await using video = await openVideo(path('default.mp4'));
    expect(video.info).toMatchObject({ frameRate: 30, frameCount: 12 });
    expect(await shownFrames('default.mp4')).toEqual([0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0]);
  });

  it('passes frames without a face', async () => {
    expect(await run('gone.mp4', 'passed.mp4')).toMatchObject({ frames: 10, framesWithFace: 4 });
  });
});

describe('the reference mode', () => {
  it('makes 25 frames a second, two more than the audio lasts', async () => {
    expect(await run('thirty.mp4', 'reference.mp4', { reference: true })).toMatchObject({
      frames: AUDIO_SECONDS * 25 + 2,
    });
    await using video = await openVideo(path('reference.mp4'));
    expect(video.info.frameRate).toBe(25);
  });

  it('ends at the first frame without a face', async () => {
    await expect(run('gone.mp4', 'ended.mp4', { reference: true })).rejects.toMatchObject({
      code: 'no-face',
      message: expect.stringContaining('0.16 s') as string,
    });
  });
});
