// Whole jobs without loss: what is outside the mask is what the file stores, to the last bit, in every format.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { facePicture } from '../../test/support/clips.ts';
import { writeCoded, type CodedPictures } from '../../test/support/coded-media.ts';
import { readPlanes } from '../../test/support/in-process-media.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { colorPlanes, planeSizes, type PictureFormat } from '../tensor/picture.ts';
import type { VideoCodec } from '../media/encoded-formats.ts';
import type { LipsyncRunOptions } from './lipsync-options.ts';
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

/** Copies of the face. Colored noise at the edge of the picture tells whether anything else changes; to the right it gets transparent. */
function pictures(): { width: number; height: number; pictures: CodedPictures['pictures'] } {
  const { width, height, data } = facePicture();
  const noisy = new Uint8ClampedArray(data);
  for (let i = 0; i < noisy.length; i++) {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    if (i % 4 === 3) noisy[i] = 255 - Math.round((200 * x) / width);
    else if (Math.min(x, y, width - 1 - x, height - 1 - y) < 24) noisy[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
  }
  return { width, height, pictures: Array.from({ length: FRAMES }, () => noisy) };
}

/** Does a job with a video whose pictures have a format; returns both, and their pictures. */
async function job(pixels: string, name: string, options: Partial<LipsyncRunOptions>, range = 'tv') {
  const video = join(folder, `${pixels}.mkv`);
  await writeCoded(video, {
    format: 'matroska',
    video: [{ encoder: 'ffv1', pixels, options: { color_range: range }, ...pictures() }],
  });
  const output = join(folder, name);
  const audio = join(folder, 'speech.wav');
  const result = await pipeline.run({ video, audio, output, steps: 1, cache: false, quiet: 'draw', ...options });
  expect(result).toMatchObject({ frames: FRAMES, framesWithFace: FRAMES, warnings: [] });
  const source = await readPictures(video);
  const written = await readPictures(output);
  expect(written.pictures).toHaveLength(FRAMES);
  return { source, written };
}

async function readPictures(path: string) {
  const { description, read } = await readPlanes(path);
  const { codec, format, codedWidth: width, codedHeight: height, tags } = description;
  const { pixelAspect, primaries, transfer, displayMatrix } = tags;
  // What a file leaves open may be said by another one.
  const { fullRange = format.colors !== 'yuv', chromaLocation = 'left' } = tags;
  const matrix = format.colors === 'rgb' ? 0 : tags.matrix;
  const colors = { pixelAspect, primaries, transfer, matrix, displayMatrix, fullRange, chromaLocation };
  return { codec, layout: { format, width, height, colors }, pictures: read };
}

/** Returns the opacity of a picture, its last plane. */
function opacityOf(layout: { format: PictureFormat; width: number; height: number }, picture: Uint8Array): number[] {
  const { data } = colorPlanes(layout, picture)[0];
  const { width, height } = planeSizes(layout.format, layout.width, layout.height).at(-1)!;
  return [...data.subarray(-width * height)];
}

interface LosslessJob {
  pixels: string;
  range?: string;
  /** How the output is named. Default `mp4`. */
  ending?: string;
  codec?: VideoCodec;
}

it.each<LosslessJob>([
  { pixels: 'yuv420p' },
  { pixels: 'yuv444p', range: 'pc' },
  { pixels: 'yuv422p10le' },
  { pixels: 'yuv420p12le' },
  { pixels: 'bgr0', range: 'pc', ending: 'mov', codec: 'h264' },
  { pixels: 'gray', range: 'pc', ending: 'mkv', codec: 'ffv1' },
  { pixels: 'yuva420p', ending: 'webm' },
])('without loss: $pixels, range $range, $codec in $ending', async ({ pixels, range, ending = 'mp4', codec }) => {
  const { source, written } = await job(pixels, `${pixels}.out.${ending}`, { quality: 0, codec }, range);
  expect(written.layout).toEqual(source.layout);
  for (const [frame, data] of source.pictures.entries()) {
    if (source.layout.format.alpha) {
      expect(opacityOf(written.layout, written.pictures[frame])).toEqual(opacityOf(source.layout, data));
    }
    const changedPlanes = colorPlanes(written.layout, written.pictures[frame]);
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

it('nearly, by ProRes, with all of the transparency', async () => {
  const { source, written } = await job('yuva444p10le', 'opaque.mov', { quality: 4, codec: 'prores' });
  expect(written.codec).toBe('prores');
  // FFmpeg shows it as 12 bits.
  expect(written.layout.format).toEqual({ ...source.layout.format, depth: 12 });
  const { width, height } = source.layout;
  for (const [frame, data] of source.pictures.entries()) {
    const after = written.pictures[frame];
    expect(opacityOf(written.layout, after).map((value) => value >> 2)).toEqual(opacityOf(source.layout, data));
    const [before] = colorPlanes(source.layout, data);
    const [luma] = colorPlanes(written.layout, after);
    // Above the mask.
    const count = Math.floor(0.33 * height) * width;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.abs(before.data[i] - luma.data[i] / 4);
    expect(sum / count / 4).toBeLessThan(3);
  }
});
