// What both makers of the media interface must do when they write: what is read back is what was given.
import { describe, expect, test } from 'vitest';
import type { VideoFrameData } from '../../../src/media/video-reader.ts';
import type { VideoWriter, VideoWriterOptions } from '../../../src/media/video-writer.ts';
import type { MediaMaker } from '../media-maker.ts';
import { cornersPicture, loudest, unevenTimes } from './contents.ts';
import { readChunks } from './sound.ts';

/** Peak signal-to-noise ratio in dB over red, green and blue. */
function psnr(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / (a.length * 0.75)));
}

/** Adds pictures of four colors at the given times. */
async function addCorners(writer: VideoWriter, { width, height }: VideoWriterOptions, times: readonly number[]) {
  for (const [index, timestampSeconds] of times.entries()) {
    const durationSeconds = (times[index + 1] ?? timestampSeconds + 0.04) - timestampSeconds;
    await writer.add({ data: cornersPicture(width, height, index), timestampSeconds, durationSeconds });
  }
}

const evenly = (count: number, frameRate = 25): number[] => Array.from({ length: count }, (_, i) => i / frameRate);

/** Declares the tests. */
export function testWriting({ openVideo, openAudio, write, file }: MediaMaker): void {
  async function readBack(options: VideoWriterOptions, times: readonly number[]): Promise<VideoFrameData[]> {
    const written = await write(options, (writer) => addCorners(writer, options, times));
    await using video = await openVideo(written);
    const frames: VideoFrameData[] = [];
    for await (const frame of video.frames()) frames.push(frame);
    return frames;
  }

  describe('a written video', () => {
    test.each([25, 30_000 / 1001])('of %d frames per second has its pictures and times', async (frameRate) => {
      const times = evenly(12, frameRate);
      const frames = await readBack({ width: 64, height: 48, frameRate }, times);
      expect(frames).toHaveLength(12);
      frames.forEach(({ timestampSeconds, width, height, data }, index) => {
        expect(timestampSeconds).toBeCloseTo(times[index], 6);
        expect([width, height]).toEqual([64, 48]);
        expect(psnr(data, cornersPicture(64, 48, index))).toBeGreaterThan(33);
      });
    });

    test('keeps uneven times', async () => {
      const frames = await readBack({ width: 64, height: 48, frameRate: 25, variableFrameRate: true }, unevenTimes);
      expect(frames).toHaveLength(unevenTimes.length);
      frames.forEach(({ timestampSeconds }, index) => {
        expect(timestampSeconds).toBeCloseTo(unevenTimes[index], 4);
      });
    });

    test('of an odd size is one pixel larger', async () => {
      const [frame] = await readBack({ width: 33, height: 47, frameRate: 25 }, evenly(2));
      expect(frame).toMatchObject({ width: 34, height: 48 });
    });

    test('has sound that is heard at its time, cut to the length of the pictures', async () => {
      for (const [name, count] of [
        ['click.wav', 15], // encoded
        ['click.m4a', 15], // copied, where it is AAC
      ] as const) {
        await using audio = await openAudio(await file(name));
        const options = { width: 16, height: 16, frameRate: 25, audio };
        const written = await write(options, (writer) => addCorners(writer, options, evenly(count)));
        await using video = await openVideo(written);
        expect(video.info).toMatchObject({ frameCount: count, hasAudio: true });
        await using sound = await openAudio(written);
        const [samples] = await readChunks(sound);
        const { sampleRate, numberOfChannels } = sound.info;
        expect(numberOfChannels).toBe(audio.info.numberOfChannels);
        expect(Math.abs(loudest(samples) / sampleRate - 0.5), name).toBeLessThan(0.001);
        expect(samples.length / sampleRate).toBeGreaterThanOrEqual(count / 25 - 1e-6);
        expect(samples.length / sampleRate).toBeLessThan(count / 25 + 0.07);
      }
    });

    test('takes pictures in order of time, of the right size', async () => {
      const data = cornersPicture(16, 16);
      const options = { width: 16, height: 16, frameRate: 25 };
      const twice = write(options, async (writer) => {
        await writer.add({ data, timestampSeconds: 0, durationSeconds: 0.04 });
        await writer.add({ data, timestampSeconds: 0, durationSeconds: 0.04 });
      });
      await expect(twice).rejects.toThrow('frame.timestampSeconds must be greater than the one before, 0 (got 0).');
      const small = write(options, (writer) =>
        writer.add({ data: cornersPicture(16, 8), timestampSeconds: 0, durationSeconds: 0.04 }),
      );
      await expect(small).rejects.toThrow('A 16×16 picture in RGBA has 1024 bytes (got 512).');
      await expect(write({ ...options, width: 0 }, () => Promise.resolve())).rejects.toThrow(
        'options.width must be an integer from 1 to 16384 (got 0).',
      );
      await expect(write(options, () => Promise.resolve())).rejects.toThrow('at least one frame');
    });
  });
}
