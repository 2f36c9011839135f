// What both makers of the media interface must do with pictures.
import { describe, expect, test } from 'vitest';
import type { FramesOptions, VideoFrameData, VideoReader } from '../../../src/media/video-reader.ts';
import { pixelReader, pixelsIn } from '../../../src/tensor/image.ts';
import type { MediaMaker } from '../media-maker.ts';
import { corners, unevenTimes } from './contents.ts';

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

/** Declares the tests. */
export function testFrames({ openVideo, file, address }: MediaMaker): void {
  const open = async (name: string): Promise<VideoReader> => openVideo(await file(name));

  describe('frames', () => {
    test('are described before they are decoded', async () => {
      await using video = await open('corners.mp4');
      expect(video.name).toBe('corners.mp4');
      expect(video.originSeconds).toBe(0);
      expect(video.info).toMatchObject({
        width: 64,
        height: 48,
        codedWidth: 64,
        codedHeight: 48,
        rotation: 0,
        frameRate: 25,
        variableFrameRate: false,
        frameCount: 10,
        codec: 'avc',
        hasAudio: true,
      });
      expect(video.info.durationSeconds).toBeCloseTo(0.4, 6);
      await using mute = await open('mute.mp4');
      expect(mute.info.hasAudio).toBe(false);
    });

    test('come in order, with their times and colors', async () => {
      await using video = await open('corners.mp4');
      const frames = await collect(video);
      expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      frames.forEach((frame, index) => {
        expect(frame).toMatchObject({ width: 64, height: 48 });
        expect(frame.timestampSeconds).toBeCloseTo(index / 25, 6);
        expect(frame.durationSeconds).toBeCloseTo(1 / 25, 6);
        expect(frame.data).toHaveLength(64 * 48 * 4);
        expect(Math.abs(frame.data[0] - (corners[0][0] - 2 * index))).toBeLessThan(4);
        expect(frame.data[3]).toBe(255);
      });
      expect(quarters(frames[0])).toEqual([0, 1, 2, 3]);
    });

    test('can be read in part, again, and backward', async () => {
      await using video = await open('corners.mp4');
      const part = await collect(video, { startSeconds: 0.12, endSeconds: 0.28 });
      expect(part.map(({ index }) => index)).toEqual([3, 4, 5, 6]);
      const backward = await collect(video, { startSeconds: 0.12, endSeconds: 0.28, reversed: true });
      expect(backward.map(({ index }) => index)).toEqual([6, 5, 4, 3]);
      expect(backward[3]).toEqual(part[0]);
      expect(await collect(video, { startSeconds: 0.4 })).toEqual([]);
    });

    test('are resampled on request', async () => {
      await using video = await open('corners.mp4');
      const frames = await collect(video, { fps: 50 });
      expect(frames).toHaveLength(20);
      expect(frames[5].timestampSeconds).toBeCloseTo(0.1, 9);
      expect(frames[4].data).toEqual(frames[5].data);
      expect(frames[4].data.buffer).not.toBe(frames[5].data.buffer); // each may be changed by its receiver
      expect(await collect(video, { fps: 12.5 })).toHaveLength(5);
      await expect(collect(video, { fps: 0 })).rejects.toThrow('options.fps must be a number above 0');
    });

    test('use pixels that were given back', async () => {
      await using video = await open('corners.mp4');
      const expected = await collect(video);
      const arrays = new Set<VideoFrameData['data']>();
      let index = 0;
      for await (const frame of video.frames()) {
        expect(frame.data).toEqual(expected[index++].data);
        arrays.add(frame.data);
        video.recycle(frame);
      }
      expect(index).toBe(expected.length);
      expect(arrays.size).toBeLessThan(4);
    });

    test.each(['corners.mp4', 'turned-90.mp4', 'turned-180.mp4', 'turned-270.mp4', 'wide-turned.mp4'])(
      'of %s can be looked at in part, also when each is shown twice',
      async (name) => {
        await using video = await open(name);
        const frames = await collect(video, { fps: 50 });
        let index = 0;
        for await (const image of video.images({ fps: 50 })) {
          const { data, width, height, ...time } = frames[index++];
          expect(image).toMatchObject(time);
          expect(image.data).toMatchObject({ width, height, channels: 4 });
          const part = { left: 5, top: 7, right: 30, bottom: 22 };
          const bytes = pixelsIn(image.data, part);
          const pixelAt = pixelReader(image.data);
          for (let y = part.top; y < part.bottom; y++) {
            const [from, to] = [4 * (y * width + part.left), 4 * (y * width + part.right)];
            expect(bytes.subarray(from, to)).toEqual(data.subarray(from, to));
            expect(pixelAt(width - 1, y) & 0xffffff).toBe(
              new DataView(data.buffer).getUint32(4 * (y * width + width - 1), true) & 0xffffff,
            );
          }
          if (index % 3 === 0) expect(image.data.data).toEqual(data);
          video.recycle(image);
        }
        expect(index).toBe(frames.length);
      },
    );

    test('can be canceled while they are read, and before a file is opened', async () => {
      await using video = await open('corners.mp4');
      const controller = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { index } of video.frames({ signal: controller.signal })) if (index === 2) controller.abort();
      };
      await expect(read()).rejects.toMatchObject({ code: 'aborted' });
      await expect(openVideo(await file('corners.mp4'), { signal: controller.signal })).rejects.toMatchObject({
        code: 'aborted',
      });
    });

    test.each([90, 180, 270] as const)('marked as turned by %i° come upright', async (rotation) => {
      await using video = await open(`turned-${rotation}.mp4`);
      const [width, height] = rotation === 180 ? [64, 48] : [48, 64];
      expect(video.info).toMatchObject({ rotation, width, height, codedWidth: 64, codedHeight: 48 });
      const [frame] = await collect(video, { endSeconds: 0.01 });
      expect(frame).toMatchObject({ width, height });
      expect(quarters(frame)).toEqual({ 90: [2, 0, 3, 1], 180: [3, 2, 1, 0], 270: [1, 3, 0, 2] }[rotation]);
    });

    test.each([
      ['anamorphic.mp4', 256, 256, 128, 256],
      ['almost-square-pixels.mp4', 202, 256, 202, 256],
    ])('of %s have square pixels', async (name, width, height, codedWidth, codedHeight) => {
      await using video = await open(name);
      expect(video.info).toMatchObject({ width, height, codedWidth, codedHeight });
      const [frame] = await collect(video, { endSeconds: 0.01 });
      expect(frame.data).toHaveLength(width * height * 4);
    });

    test('whose pixels are not square keep colors and orientation', async () => {
      await using wide = await open('wide.mp4');
      const [frame] = await collect(wide);
      expect(frame).toMatchObject({ width: 128, height: 48 });
      expect(quarters(frame)).toEqual([0, 1, 2, 3]);
      await using turned = await open('wide-turned.mp4');
      expect(turned.info.rotation).toBe(90);
      const [upright] = await collect(turned);
      expect(upright).toMatchObject({ width: 48, height: 128 });
      expect(quarters(upright)).toEqual([2, 0, 3, 1]);
    });

    test.each([
      ['uneven.mp4', unevenTimes, true],
      ['ntsc.mp4', Array.from({ length: 20 }, (_, i) => (i * 1001) / 30_000), false],
    ])('of %s have the times that were written', async (name, times, variableFrameRate) => {
      await using video = await open(name);
      expect(video.info).toMatchObject({ variableFrameRate, frameCount: times.length });
      const frames = await collect(video);
      expect(frames).toHaveLength(times.length);
      frames.forEach(({ timestampSeconds }, index) => {
        expect(timestampSeconds).toBeCloseTo(times[index], 4);
      });
    });

    test.each([
      ['corners.mkv', 'avc', 10],
      ['full-range.mp4', 'avc', 10],
      ['h264.m2t', 'avc', 5],
      ['vp8.webm', 'vp8', 5],
      ['vp9.webm', 'vp9', 5],
    ])('of %s have the colors that were written', async (name, codec, frameCount) => {
      await using video = await open(name);
      expect(video.info).toMatchObject({ codec, frameCount, frameRate: 25, variableFrameRate: false });
      const frames = await collect(video);
      expect(frames).toHaveLength(frameCount);
      expect(quarters(frames[0])).toEqual([0, 1, 2, 3]);
    });

    test('of a telephone are all there', async () => {
      await using video = await open('phone-vfr.mp4');
      expect(video.info).toMatchObject({ codec: 'avc', frameCount: 12, variableFrameRate: true });
      const frames = await collect(video);
      expect(frames).toHaveLength(12);
      const { width, height } = video.info;
      const middle = 4 * (width * (height >> 1) + (width >> 1));
      for (const { data } of frames) expect(data[middle]).toBeGreaterThan(195); // skin
    });

    test('come from an address, read in parts', async () => {
      await using video = await openVideo(address('corners.mp4'));
      expect(video.name).toBe(address('corners.mp4').href);
      expect(await collect(video)).toHaveLength(10);
    });
  });
}
