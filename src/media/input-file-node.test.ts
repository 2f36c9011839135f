import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corners, remux, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import type { ErrorCode } from '../util/errors.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import type { FramesOptions, VideoFrameData, VideoReader } from './video-reader.ts';

let folder: string;
let clip: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-media-'));
  clip = file('clip.mp4');
  await writeWav(file('tone.wav'), 16000, [sine(440, 16000, 0.5)]);
  await using audio = await openAudio(file('tone.wav'));
  await writeCorners(clip, { audio });
});

afterAll(() => rm(folder, { recursive: true }));

async function collect(reader: VideoReader, options?: FramesOptions): Promise<VideoFrameData[]> {
  const frames: VideoFrameData[] = [];
  for await (const frame of reader.frames(options)) frames.push(frame);
  return frames;
}

/** Which corner color each quarter of a frame has, top left to bottom right; −1 for none. */
function quarters({ width, height, data }: VideoFrameData): number[] {
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].map((x) => {
      const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
      return corners.findIndex((corner) => corner.every((value, i) => Math.abs(value - data[at + i]) <= 6));
    }),
  );
}

function failure(code: ErrorCode, message: RegExp): unknown {
  return expect.objectContaining({ name: 'LatentSyncError', code, message: expect.stringMatching(message) as string });
}

describe('a clip', () => {
  test('gives the same frames in pixels that were given back', async () => {
    await using reader = await openVideo(clip);
    const expected = await collect(reader);
    const arrays = new Set<VideoFrameData['data']>();
    let index = 0;
    for await (const frame of reader.frames()) {
      expect(frame.data).toEqual(expected[index++].data);
      arrays.add(frame.data);
      reader.recycle(frame);
    }
    expect(index).toBe(expected.length);
    expect(arrays.size).toBeLessThan(4);
  });

  test('is described', async () => {
    await using video = await openVideo(clip);
    expect(video.info).toMatchObject({
      width: 64,
      height: 48,
      rotation: 0,
      frameRate: 25,
      variableFrameRate: false,
      frameCount: 10,
      codec: 'avc',
      hasAudio: true,
    });
    expect(video.info.durationSeconds).toBeCloseTo(0.4, 6);
  });

  test('gives its frames in order, with their times', async () => {
    await using video = await openVideo(clip);
    const frames = await collect(video);
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    frames.forEach((frame, index) => {
      expect(frame.timestampSeconds).toBeCloseTo(index / 25, 6);
      expect(frame.durationSeconds).toBeCloseTo(1 / 25, 6);
      expect(frame.data[0]).toBeGreaterThan(corners[0][0] - 2 * index - 4);
      expect(frame.data[0]).toBeLessThan(corners[0][0] - 2 * index + 4);
      expect(frame.data[3]).toBe(255);
    });
    expect(quarters(frames[0])).toEqual([0, 1, 2, 3]);
  });

  test('can be read in part, repeatedly, and backwards', async () => {
    await using video = await openVideo(clip);
    const part = await collect(video, { startSeconds: 0.12, endSeconds: 0.28 });
    expect(part.map(({ index }) => index)).toEqual([3, 4, 5, 6]);
    const backwards = await collect(video, { startSeconds: 0.12, endSeconds: 0.28, reversed: true });
    expect(backwards.map(({ index }) => index)).toEqual([6, 5, 4, 3]);
    expect(backwards[3]).toEqual(part[0]);
  });

  test('is resampled on request', async () => {
    await using video = await openVideo(clip);
    const frames = await collect(video, { fps: 50 });
    expect(frames).toHaveLength(20);
    expect(frames[5].timestampSeconds).toBeCloseTo(0.1, 9);
    expect(Buffer.from(frames[4].data.buffer).equals(Buffer.from(frames[5].data.buffer))).toBe(true);
    expect(frames[4].data.buffer).not.toBe(frames[5].data.buffer); // each frame may be changed by its receiver
    expect(await collect(video, { fps: 12.5 })).toHaveLength(5);
    await expect(collect(video, { fps: 0 })).rejects.toThrow(
      'options.fps must be a number above 0 and at most 1000 (got 0).',
    );
  });

  test('reading can be canceled', async () => {
    await using video = await openVideo(clip);
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const { index } of video.frames({ signal: controller.signal })) if (index === 2) controller.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: 'aborted' });
  });

  test.each([90, 180, 270] as const)('marked as turned by %i° comes out upright', async (rotation) => {
    const turned = file(`turned-${rotation}.mp4`);
    await remux(clip, turned, { format: new Mp4OutputFormat(), metadata: { rotation } });
    await using video = await openVideo(turned);
    const [width, height] = rotation === 180 ? [64, 48] : [48, 64];
    expect(video.info).toMatchObject({ rotation, width, height, codedWidth: 64, codedHeight: 48 });
    const [frame] = await collect(video, { endSeconds: 0.01 });
    expect(quarters(frame)).toEqual({ 90: [2, 0, 3, 1], 180: [3, 2, 1, 0], 270: [1, 3, 0, 2] }[rotation]);
  });

  test('can be Matroska', async () => {
    await remux(clip, file('clip.mkv'), { format: new MkvOutputFormat() });
    await using video = await openVideo(file('clip.mkv'));
    expect(video.info).toMatchObject({ frameRate: 25, variableFrameRate: false, frameCount: 10 });
    expect(await collect(video)).toHaveLength(10);
  });

  test.each(['with space.mp4', `quote"'.mp4`, 'semi;colon.mp4', 'line\nbreak.mp4', '-dash.mp4', 'ünï→코드.mp4'])(
    'can be called %j',
    async (name) => {
      await writeFile(file(name), await readFile(clip));
      await using video = await openVideo(file(name));
      expect(video.info.frameCount).toBe(10);
    },
  );
});

describe('files that cannot be read', () => {
  test.each<[string, ErrorCode, RegExp]>([
    ['missing.mp4', 'file-not-found', /missing\.mp4 does not exist\./],
    ['folder.mp4', 'media-unreadable', /folder\.mp4 is a folder\./],
    ['empty.mp4', 'media-unreadable', /empty\.mp4 is empty\./],
    [
      'text.mp4',
      'media-unreadable',
      /text\.mp4 is not a media file in a supported format\.\nSupported formats: MP4, MOV/,
    ],
    ['two\nlines.mp4', 'file-not-found', /two\\nlines\.mp4 does not exist\./],
    ['list.m3u8', 'media-unreadable', /list\.m3u8 is an HLS playlist/],
  ])('%j: %s', async (name, code, message) => {
    if (name === 'folder.mp4') await mkdir(file(name));
    if (name === 'empty.mp4') await writeFile(file(name), '');
    if (name === 'text.mp4') await writeFile(file(name), 'This is no video.\n'.repeat(100));
    if (name === 'list.m3u8') await writeFile(file(name), '#EXTM3U\n#EXTINF:4,\nclip.mp4\n#EXT-X-ENDLIST\n');
    await expect(openVideo(file(name))).rejects.toEqual(failure(code, message));
    await expect(openAudio(file(name))).rejects.toEqual(failure(code, message));
  });

  test('a device is refused', async () => {
    await expect(openVideo('/dev/null')).rejects.toEqual(failure('media-unreadable', /is not a regular file\./));
  });

  test('a file whose index is cut off', async () => {
    const late = file('index-last.mp4');
    await remux(clip, late, { format: new Mp4OutputFormat({ fastStart: false }) });
    await writeFile(file('cut.mp4'), (await readFile(late)).subarray(0, -200));
    await expect(openVideo(file('cut.mp4'))).rejects.toEqual(failure('media-unreadable', /cut\.mp4 .*truncated/));
  });

  test('damaged pictures name the length of the video', async () => {
    const bytes = await readFile(clip);
    bytes.fill(0xff, bytes.indexOf('mdat') + 4);
    await writeFile(file('damaged.mp4'), bytes);
    await using video = await openVideo(file('damaged.mp4'));
    await expect(collect(video)).rejects.toEqual(
      failure('video-undecodable', /damaged\.mp4 has no picture that can be decoded in its 0\.40 seconds/),
    );
  });

  test('sound without pictures, pictures without sound, sound without samples', async () => {
    await expect(openVideo(file('tone.wav'))).rejects.toEqual(
      failure('no-video-track', /tone\.wav has no video track/),
    );
    await remux(clip, file('mute.mp4'), { format: new Mp4OutputFormat(), audio: false });
    await expect(openAudio(file('mute.mp4'))).rejects.toEqual(
      failure('no-audio-track', /mute\.mp4 has no audio track/),
    );
    await writeWav(file('nothing.wav'), 16000, [new Float32Array(0)]);
    await expect(openAudio(file('nothing.wav'))).rejects.toEqual(failure('audio-empty', /nothing\.wav/));
  });
});
