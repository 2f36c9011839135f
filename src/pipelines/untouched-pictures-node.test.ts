// Whole jobs without loss: what is outside the mask is what the file stores, to the last bit, in every format.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { facePicture } from '../../test/support/clips.ts';
import { writeCoded, type CodedPictures } from '../../test/support/coded-media.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { openVideo } from '../media/input-file-node.ts';
import { colorPlanes } from '../tensor/picture.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const FRAMES = 3;

let folder: string;
let pipeline: LipsyncPipeline;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-untouched-'));
  await writeSmallModel(join(folder, 'model'));
  await writeWav(join(folder, 'speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  pipeline = await LipsyncPipeline.open({ model: join(folder, 'model'), threads: 1 });
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Copies of the face. Colored noise at the edge of the picture tells whether anything else changes. */
function pictures(): { width: number; height: number; pictures: CodedPictures['pictures'] } {
  const { width, height, data } = facePicture();
  const noisy = new Uint8ClampedArray(data);
  for (let i = 0; i < noisy.length; i++) {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    if (i % 4 < 3 && Math.min(x, y, width - 1 - x, height - 1 - y) < 24) noisy[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
  }
  return { width, height, pictures: Array.from({ length: FRAMES }, () => noisy) };
}

it.each([
  { pixels: 'yuv420p' },
  { pixels: 'yuv444p', range: 'pc' },
  { pixels: 'yuv422p10le' },
  { pixels: 'yuv420p12le' },
])('$pixels, range $range', async ({ pixels, range = 'tv' }) => {
  const video = join(folder, `${pixels}.mkv`);
  await writeCoded(video, {
    format: 'matroska',
    video: [{ encoder: 'ffv1', pixels, options: { color_range: range }, ...pictures() }],
  });
  const output = join(folder, `${pixels}.mp4`);
  const audio = join(folder, 'speech.wav');
  const result = await pipeline.run({ video, audio, output, steps: 1, quality: 0, cache: false });
  expect(result).toMatchObject({ frames: FRAMES, framesWithFace: FRAMES });

  await using source = await openVideo(video);
  await using written = await openVideo(output);
  expect(written.layout).toEqual(source.layout);
  const after: Uint8Array[] = [];
  for await (const { data } of written.pictures()) after.push(data);
  expect(after).toHaveLength(FRAMES);
  for await (const { index: frame, data } of source.pictures()) {
    const changedPlanes = colorPlanes(written.layout, after[frame]);
    for (const [index, before] of colorPlanes(source.layout, data).entries()) {
      const changed = changedPlanes[index];
      const box = { left: Infinity, right: -1, top: Infinity, bottom: -1, count: 0 };
      for (let i = 0; i < before.width * before.height; i++) {
        if (before.data[before.offset + i] === changed.data[changed.offset + i]) continue;
        const [x, y] = [(i % before.width) / before.width, Math.floor(i / before.width) / before.height];
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.top = Math.min(box.top, y);
        box.bottom = Math.max(box.bottom, y);
        box.count++;
      }
      // The mask covers the lower half of the face, which fills most of this picture.
      expect(box.count).toBeGreaterThan(0.03 * before.width * before.height);
      expect(box.left).toBeGreaterThan(0.1);
      expect(box.right).toBeLessThan(0.9);
      expect(box.top).toBeGreaterThan(0.33);
      expect(box.bottom).toBeLessThan(0.95);
    }
  }
});
