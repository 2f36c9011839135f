// Jobs with two people in the picture: whom the options name is changed, the other is not; and jobs with nobody.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { facePicture, frameWith } from '../../test/support/face-pictures.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { openVideo } from '../media/input-file-node.ts';
import { writePng } from '../media/png-node.ts';
import { createVideo } from '../media/video-file-writer-node.ts';
import type { Image8 } from '../tensor/image.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const FRAMES = 3;
const WIDTH = 512;
const HEIGHT = 256;

let folder: string;
let pipeline: LipsyncPipeline;
const at = (name: string): string => join(folder, name);

async function writeVideo(name: string, image: Image8): Promise<void> {
  await using writer = await createVideo(at(name), { width: WIDTH, height: HEIGHT, frameRate: 25, lossless: true });
  for (let index = 0; index < FRAMES; index++) {
    await writer.add({ data: image.data, timestampSeconds: index / 25, durationSeconds: 1 / 25 });
  }
  await writer.finish();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-people-'));
  await writeSmallModel(at('model'));
  const [left, right] = [facePicture('closed'), facePicture('open-turned')];
  await writeVideo(
    'two.mp4',
    frameWith(WIDTH, HEIGHT, [
      { picture: left, x: 0, y: 0 },
      { picture: right, x: 256, y: 0 },
    ]),
  );
  await writePng(at('left.png'), left);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  pipeline = await LipsyncPipeline.open({ model: at('model'), threads: 1 });
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

/** Does a job; returns on which sides of its first picture something has changed. */
async function changedSides(video: string, options: { face?: string | number; noFace?: 'copy' }): Promise<string[]> {
  const files = { video: at(video), audio: at('speech.wav'), output: at('out.mp4') };
  await pipeline.run({ ...files, steps: 1, quiet: 'draw', lossless: true, cache: false, ...options });
  const [before, after] = [await firstPicture(video), await firstPicture('out.mp4')];
  const sides = new Set<string>();
  for (let i = 0; i < before.length; i++) {
    if (before[i] !== after[i]) sides.add((i >> 2) % WIDTH < WIDTH / 2 ? 'left' : 'right');
  }
  return [...sides];
}

async function firstPicture(name: string): Promise<Uint8ClampedArray> {
  await using video = await openVideo(at(name));
  for await (const { data } of video.frames()) return data.slice();
  throw new Error(`${name} has no frames`);
}

it('the lips of the person at a place or with a number follow the speech, and no others', async () => {
  expect(await changedSides('two.mp4', { face: 'left' })).toEqual(['left']);
  expect(await changedSides('two.mp4', { face: 1 })).toEqual(['right']); // the larger of two that appear together
});

it('the person in a picture is found', async () => {
  expect(await changedSides('two.mp4', { face: at('left.png') })).toEqual(['left']);
});

it('somebody who is not there is an error, or nobody is changed', async () => {
  await expect(changedSides('two.mp4', { face: 3 })).rejects.toMatchObject({ code: 'no-face' });
  expect(await changedSides('two.mp4', { face: 3, noFace: 'copy' })).toEqual([]);
});
