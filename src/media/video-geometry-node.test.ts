// How videos and pictures lie, when they begin, and what else is in their files: orientation, edits, covers, changes along the way.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AV_DISPOSITION_ATTACHED_PIC } from 'node-av/constants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodedFile, type CodedPictures, encodeStill, writeCoded } from '../../test/support/coded-media.ts';
import { corners, cornersPicture, sine } from '../../test/fixtures/media/make-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { readTrack } from './audio-reader.ts';
import { openAudio, openVideo } from './input-file-node.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('video-geometry-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const write = async (name: string, file: CodedFile): Promise<string> => {
  const path = join(folder.path, name);
  await writeCoded(path, file);
  return path;
};

/** Five pictures of four colored corners, each darker than the one before by 4 levels. */
const pictures = (width = 64, height = 48) =>
  Array.from({ length: 5 }, (_, index) => cornersPicture(width, height, 2 * index));
const h264 = { encoder: 'libx264', width: 64, height: 48, pictures: pictures() } satisfies CodedPictures;

/** Which of the four corners is in each quarter of a frame, and how much darker it is. */
function quarters({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray }) {
  const found = [0, 1, 2, 3].map((quarter) => {
    const x = Math.floor(width * (quarter % 2 === 0 ? 0.25 : 0.75));
    const y = Math.floor(height * (quarter < 2 ? 0.25 : 0.75));
    const at = 4 * (y * width + x);
    const distances = corners.map((corner) =>
      Math.hypot(...corner.map((value, channel) => value - data[at + channel])),
    );
    const corner = distances.indexOf(Math.min(...distances));
    return { corner, darker: corners[corner][0] - data[at] };
  });
  return { order: found.map(({ corner }) => corner), darker: found.reduce((sum, { darker }) => sum + darker, 0) / 4 };
}

async function read(path: string) {
  await using video = await openVideo(path);
  const frames: { seconds: number; order: number[]; darker: number }[] = [];
  for await (const frame of video.frames()) {
    frames.push({ seconds: Math.round(frame.timestampSeconds * 1000) / 1000, ...quarters(frame) });
  }
  return { info: video.info, origin: video.originSeconds, frames };
}

/** The eight ways in which a picture can lie: EXIF's number, the matrix of MP4, and which corner is then in which quarter. */
const orientations = [
  { exif: 1, matrix: [1, 0, 0, 1], order: [0, 1, 2, 3] },
  { exif: 2, matrix: [-1, 0, 0, 1], order: [1, 0, 3, 2] },
  { exif: 3, matrix: [-1, 0, 0, -1], order: [3, 2, 1, 0] },
  { exif: 4, matrix: [1, 0, 0, -1], order: [2, 3, 0, 1] },
  { exif: 5, matrix: [0, 1, 1, 0], order: [0, 2, 1, 3] },
  { exif: 6, matrix: [0, 1, -1, 0], order: [2, 0, 3, 1] },
  { exif: 7, matrix: [0, -1, -1, 0], order: [3, 1, 2, 0] },
  { exif: 8, matrix: [0, -1, 1, 0], order: [1, 3, 0, 2] },
];

const sizeOf = (matrix: readonly number[]) => (matrix[0] === 0 ? { width: 48, height: 64 } : { width: 64, height: 48 });

/** Returns a JPEG file with an EXIF header that says how the picture lies. */
function withExif(jpeg: Buffer, orientation: number): Buffer {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), Buffer.from(tiff)]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

describe.concurrent('a picture that lies', () => {
  it.each(orientations)('as EXIF $exif is shown upright', async ({ exif, matrix, order }) => {
    const path = join(folder.path, `exif-${exif}.jpg`);
    const jpeg = await encodeStill({
      ...h264,
      encoder: 'mjpeg',
      pixels: 'yuvj444p',
      pictures: [cornersPicture(64, 48)],
    });
    await writeFile(path, withExif(jpeg, exif));
    const { info, frames } = await read(path);
    expect(info).toMatchObject({ ...sizeOf(matrix), codedWidth: 64, codedHeight: 48, frameCount: 1 });
    expect(frames[0].order).toEqual(order);
  });

  it.each(orientations)('as the matrix $matrix of a video is shown upright', async ({ exif, matrix, order }) => {
    const [a, b, c, d] = matrix.map((value) => value << 16);
    const displayMatrix = [a, b, 0, c, d, 0, 0, 0, 1 << 30];
    const path = await write(`matrix-${exif}.mov`, { format: 'mov', video: [{ ...h264, displayMatrix }] });
    const { info, frames } = await read(path);
    expect(info).toMatchObject({ ...sizeOf(matrix), codedWidth: 64, codedHeight: 48 });
    expect(frames.map((frame) => frame.order)).toEqual(frames.map(() => order));
  });
});

describe.concurrent('a video that begins', () => {
  it.each(['matroska', 'mpegts', 'mp4'])('late keeps its times, in %s', async (format) => {
    const path = await write(`late.${format}`, { format, video: [{ ...h264, start: 10 }], audio: [tone(48000, 1, 1)] });
    const { frames, origin } = await read(path);
    await using sound = await openAudio(path);
    expect(frames.map(({ seconds }) => seconds)).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
    expect(origin - sound.originSeconds).toBeCloseTo(0.4, 1);
  });

  it('before its edit list does is read from there', async () => {
    const path = await write('edited.mp4', { format: 'mp4', video: [{ ...h264, start: -3 }] });
    const { info, frames } = await read(path);
    expect(info.frameCount).toBe(2);
    expect(frames.map(({ seconds }) => seconds)).toEqual([0, 0.04]);
    expect(Math.abs(frames[0].darker - 12)).toBeLessThan(3);
  });
});

const tone = (sampleRate: number, numberOfChannels: number, seconds: number) => ({
  encoder: 'aac',
  sampleRate,
  channels: Array.from({ length: numberOfChannels }, () => sine(440, sampleRate, seconds)),
});
const cover = {
  ...h264,
  encoder: 'png',
  pixels: 'rgb24',
  width: 128,
  height: 128,
  pictures: [cornersPicture(128, 128)],
  disposition: AV_DISPOSITION_ATTACHED_PIC,
} satisfies CodedPictures;

describe.concurrent('a cover', () => {
  it.each([
    ['song.mp3', 'mp3', 'libmp3lame', 'fltp'],
    ['song.m4a', 'ipod', 'aac', 'fltp'],
    ['song.flac', 'flac', 'flac', 's16'],
  ])('of %s is not a video', async (name, format, encoder, samples) => {
    const audio = [{ ...tone(44100, 1, 0.2), encoder, samples }];
    const path = await write(name, { format, video: [cover], audio });
    await expect(openVideo(path)).rejects.toMatchObject({ code: 'no-video-track' });
    await using sound = await openAudio(path);
    expect(sound.info).toMatchObject({ sampleRate: 44100, numberOfChannels: 1 });
  });

  it('of a film is not the film', async () => {
    const path = await write('film.mp4', { format: 'mp4', video: [cover, h264] });
    const { info } = await read(path);
    expect(info).toMatchObject({ codec: 'avc', width: 64, height: 48, frameCount: 5 });
  });
});

describe.concurrent('a stream that changes along the way', () => {
  const joined = async (name: string, parts: readonly CodedFile[]): Promise<string> => {
    const paths = await Promise.all(parts.map((part, index) => write(`${index}-${name}`, part)));
    const path = join(folder.path, name);
    await writeFile(path, Buffer.concat(await Promise.all(paths.map((part) => readFile(part)))));
    return path;
  };

  it.each(['mpegts', 'h264'])('keeps the first size, in %s', async (format) => {
    // The container puts decoding first, which is two frames ahead.
    const larger = { ...h264, width: 128, height: 96, pictures: pictures(128, 96), start: 7 };
    const path = await joined(`sizes.${format}`, [
      { format, video: [h264] },
      { format, video: [larger] },
    ]);
    const { info, frames } = await read(path);
    expect(info).toMatchObject({ width: 64, height: 48, frameCount: 10 });
    expect(frames.map(({ seconds }) => seconds)).toEqual(frames.map((_, index) => Math.round(40 * index) / 1000));
    for (const { order } of frames) expect(order).toEqual([0, 1, 2, 3]);
  });

  it('keeps the first rate and channels', async () => {
    const path = await joined('rates.aac', [
      { format: 'adts', audio: [tone(44100, 2, 0.5)] },
      { format: 'adts', audio: [tone(22050, 1, 0.5)] },
    ]);
    await using sound = await openAudio(path);
    const [left, right] = await readTrack(sound);
    expect(sound.info).toMatchObject({ sampleRate: 44100, numberOfChannels: 2 });
    expect(right).toHaveLength(left.length);
    // Whole frames of 1024 samples, with a frame of run-up each.
    expect(Math.abs(left.length / 44100 - 1.1)).toBeLessThan(0.05);
    const periods = crossings(left.subarray(Math.round(0.7 * 44100), Math.round(0.9 * 44100)));
    expect(Math.abs(periods - 88)).toBeLessThanOrEqual(1);
  });
});

/** How often a tone rises through zero. */
function crossings(samples: Float32Array): number {
  return samples.reduce((sum, value, index) => sum + (index > 0 && samples[index - 1] < 0 && value >= 0 ? 1 : 0), 0);
}
