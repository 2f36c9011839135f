// Pictures as they are stored: what is read is what the file has, and what is written without loss is what was given.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cornersPicture } from '../../test/fixtures/media/make-media.ts';
import { type CodedPictures, writeCoded } from '../../test/support/coded-media.ts';
import { pictureByteLength, type PictureFormat } from '../tensor/picture.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { openVideo } from './input-file-node.ts';
import { createVideo } from './video-file-writer-node.ts';
import type { VideoReader } from './video-reader.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('stored-pictures-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const yuv = (depth: number, x: number, y: number): PictureFormat => ({
  ...{ colors: 'yuv', depth, chromaShift: [x, y], alpha: false },
});

/** Noise within the values of a depth, the same each time. */
function noise(format: PictureFormat, width: number, height: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(pictureByteLength(format, width, height));
  const values = format.depth > 8 ? new Uint16Array(bytes.buffer) : bytes;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.imul(i + 1 + 7919 * seed, 0x9e3779b1) >>> (32 - format.depth);
  }
  return bytes;
}

/** Writes a file that consists of nothing but pictures and names their format. */
async function writeRaw(name: string, header: string, pictures: readonly Uint8Array[]): Promise<string> {
  const path = join(folder.path, name);
  const frames = pictures.flatMap((bytes) => [Buffer.from('FRAME\n'), bytes]);
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 ${header} F25:1 Ip\n`), ...frames]));
  return path;
}

async function readPictures(video: VideoReader): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = [];
  for await (const { data } of video.pictures()) pictures.push(data);
  return pictures;
}

/** Writes the pictures of a file again, without loss; returns what is in both files. */
async function rewritten(path: string) {
  await using video = await openVideo(path);
  const output = `${path}.mp4`;
  const { format, width, height } = video.layout;
  const options = { width, height, format, tags: video.tags, frameRate: video.info.frameRate, quality: 0 };
  await using writer = await createVideo(output, options);
  const given: Uint8Array[] = [];
  for await (const picture of video.pictures()) {
    given.push(picture.data);
    await writer.add(picture);
  }
  await writer.finish();
  await using again = await openVideo(output);
  return { before: video, given, after: again, pictures: await readPictures(again) };
}

const kinds = [
  { name: '420jpeg', format: yuv(8, 1, 1) },
  { name: '422', format: yuv(8, 1, 0) },
  { name: '444', format: yuv(8, 0, 0) },
  { name: '420p10', format: yuv(10, 1, 1) },
  { name: '422p10', format: yuv(10, 1, 0) },
  { name: '444p10', format: yuv(10, 0, 0) },
  { name: '420p12', format: yuv(12, 1, 1) },
  { name: '422p12', format: yuv(12, 1, 0) },
  { name: '444p12', format: yuv(12, 0, 0) },
];

describe('pictures', () => {
  it.each(kinds)('of $name are read as stored, and written without loss', async ({ name, format }) => {
    const pictures = [0, 1, 2].map((index) => noise(format, 64, 48, index));
    const path = await writeRaw(`${name}.y4m`, `W64 H48 C${name}`, pictures);
    const result = await rewritten(path);
    expect(result.before.layout).toMatchObject({ format, width: 64, height: 48, uprightWidth: 64, uprightHeight: 48 });
    expect(result.given).toEqual(pictures);
    expect(result.after.layout.format).toEqual(format);
    expect(result.after.info.codec).toBe(format.depth > 8 ? 'hevc' : 'avc');
    expect(result.pictures).toEqual(pictures);
  });

  it.each([
    { name: '444', format: yuv(8, 0, 0), size: [33, 47] },
    { name: '422', format: yuv(8, 1, 0), size: [34, 47] },
    { name: '420jpeg', format: yuv(8, 1, 1), size: [34, 48] },
  ])('of an odd size in $name keep it, or become one pixel larger: $size', async ({ name, format, size }) => {
    const picture = noise(format, 33, 47, 1);
    const { after, pictures } = await rewritten(await writeRaw(`odd-${name}.y4m`, `W33 H47 C${name}`, [picture]));
    const [width, height] = size;
    expect(after.layout).toMatchObject({ width, height, format });
    const rows = Array.from({ length: 47 }, (_, row) => pictures[0].subarray(row * width, row * width + 33));
    expect(Buffer.concat(rows)).toEqual(Buffer.from(picture.subarray(0, 33 * 47)));
    expect(pictures[0][32]).toBe(pictures[0][width - 1]);
  });

  it('read backward are the same', async () => {
    const format = yuv(10, 1, 1);
    const pictures = Array.from({ length: 40 }, (_, index) => noise(format, 16, 16, index));
    await using video = await openVideo(await writeRaw('backward.y4m', 'W16 H16 C420p10', pictures));
    const read: Uint8Array[] = [];
    for await (const { data } of video.pictures({ reversed: true })) read.push(data);
    expect(read.reverse()).toEqual(pictures);
  });

  it('that are shown more than once come as often, each with bytes of its own', async () => {
    const format = yuv(8, 1, 1);
    const pictures = [0, 1].map((index) => noise(format, 16, 16, index));
    await using video = await openVideo(await writeRaw('repeated.y4m', 'W16 H16 C420jpeg', pictures));
    const read: Uint8Array[] = [];
    for await (const { data } of video.pictures({ fps: 75 })) {
      read.push(data.slice());
      data.fill(0);
    }
    expect(read).toEqual([0, 0, 0, 1, 1, 1].map((index) => pictures[index]));
  });
});

const corners = (count: number) => Array.from({ length: count }, (_, index) => cornersPicture(64, 48, 2 * index));

describe('tags', () => {
  const base = { encoder: 'libx264', width: 64, height: 48, pictures: corners(3) } satisfies CodedPictures;

  it.each([
    { name: 'a quarter turn', displayMatrix: [0, 65536, 0, -65536, 0, 0, 48 * 65536, 0, 2 ** 30] },
    { name: 'a flip', displayMatrix: [-65536, 0, 0, 0, 65536, 0, 0, 0, 2 ** 30] },
  ])('keep $name', async ({ name, displayMatrix }) => {
    const path = join(folder.path, `${name.replaceAll(' ', '-')}.mp4`);
    await writeCoded(path, { format: 'mp4', video: [{ ...base, displayMatrix }] });
    const { before, after } = await rewritten(path);
    expect(before.layout.orientation).not.toEqual({ rotation: 0, flip: false });
    expect(after.layout).toEqual(before.layout);
    expect(after.tags).toEqual(before.tags);
    expect([after.info.width, after.info.height]).toEqual([before.info.width, before.info.height]);
  });

  it('keep pixels that are not square', async () => {
    const path = join(folder.path, 'wide-pixels.mp4');
    await writeCoded(path, { format: 'mp4', video: [{ ...base, pixelAspect: 2 }] });
    const { before, after } = await rewritten(path);
    expect(before.layout).toMatchObject({ width: 64, height: 48, uprightWidth: 128, uprightHeight: 48 });
    expect(after.layout).toEqual(before.layout);
    expect(after.tags?.pixelAspect).toEqual([2, 1]);
  });

  it.each([
    ['420jpeg', [0.5, 0.5]],
    ['420mpeg2', [0, 0.5]],
    ['420paldv', [0, 0]],
  ])('keep the places of chroma of %s', async (name, site) => {
    const path = await writeRaw(`site-${name}.y4m`, `W16 H16 C${name}`, [noise(yuv(8, 1, 1), 16, 16, 0)]);
    const { before, after } = await rewritten(path);
    expect(before.layout.chromaSite).toEqual(site);
    expect(after.layout.chromaSite).toEqual(site);
  });

  it('keep primaries, transfer, matrix and range, whatever they are', async () => {
    const options = { color_primaries: 'bt2020', color_trc: 'smpte2084', colorspace: 'bt2020nc', color_range: 'pc' };
    for (const encoder of ['libx264', 'libx265']) {
      const path = join(folder.path, `${encoder}-colors.mkv`);
      const video = { ...base, encoder, pixels: 'yuv420p10le', options };
      await writeCoded(path, { format: 'matroska', video: [video] });
      const { before, given, after, pictures } = await rewritten(path);
      expect(before.tags).toMatchObject({ primaries: 9, transfer: 16, matrix: 9, fullRange: true });
      expect(before.layout).toMatchObject({ encoding: { matrix: 'bt2020', fullRange: true }, transfer: 'pq' });
      expect(after.tags).toEqual(before.tags);
      expect(pictures).toEqual(given);
    }
  });
});
