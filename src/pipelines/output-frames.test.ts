import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { corners, mergeTracks, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { openAudio, openVideo } from '../media/input-file-node.ts';
import type { VideoReader } from '../media/video-reader.ts';
import { outputFrames } from './output-frames.ts';
import { Timeline, type TimelineOptions } from './timeline.ts';

let folder: string;
let even: VideoReader;
let uneven: VideoReader;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-frames-'));
  await writeCorners(join(folder, 'even.mp4'), { frames: 5, quality: 0 });
  const timestamps = [0, 0.2, 0.4, 0.6, 0.62, 0.64];
  const rate = { frameRate: 10, variableFrameRate: true };
  await writeCorners(join(folder, 'uneven.mp4'), { timestamps, quality: 0, ...rate });
  even = await openVideo(join(folder, 'even.mp4'));
  uneven = await openVideo(join(folder, 'uneven.mp4'));
});
afterAll(async () => {
  await even[Symbol.asyncDispose]();
  await uneven[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Returns what the frames show, by their pixels: the number that the picture was written with. */
async function shown(
  video: VideoReader,
  options: TimelineOptions,
  fromFrame = 0,
): Promise<{ pictures: number[]; timeline: Timeline }> {
  const timeline = new Timeline(video, options);
  const pictures: number[] = [];
  let index = fromFrame;
  for await (const frame of outputFrames((options) => video.frames(options), timeline, { fromFrame })) {
    expect(frame.index).toBe(index);
    expect(frame.timestampSeconds).toBe(timeline.timestamp(index));
    expect(frame.durationSeconds).toBe(timeline.duration(index));
    const [red, green, blue] = frame.data.subarray(frame.data.length - 4);
    const darker = corners[3].reduce<number>((sum, value) => sum + value, 0) - red - green - blue;
    pictures.push(Math.round(darker / 6));
    video.recycle(frame);
    index++;
  }
  expect(index).toBe(timeline.frameCount);
  return { pictures, timeline };
}

describe('the frames of an output', () => {
  it.each<[TimelineOptions['extend'], number[]]>([
    ['pingpong', [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 1]],
    ['loop', [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]],
    ['hold', [0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4]],
  ])('come in the order of the timeline: %s', async (extend, order) => {
    const { pictures } = await shown(even, { length: 'audio', speeches: [{ rows: 24 }], extend });
    expect(pictures).toEqual(order);
  });

  it('are the same from any one on', async () => {
    const options: TimelineOptions = { length: 'audio', speeches: [{ rows: 60 }], seam: { first: 1, last: 4 } };
    const { pictures } = await shown(uneven, options);
    expect(pictures).toEqual([0, 1, 2, 3, 4, 4, 3, 2, 1, 1]);
    for (const from of [1, 4, 5, 9]) {
      expect((await shown(uneven, options, from)).pictures).toEqual(pictures.slice(from));
    }
  });

  it('are those of a part of the video, at another rate', async () => {
    const part = { startSeconds: 0.2, endSeconds: 0.63, length: 'video', speeches: [{ rows: 50 }] } as const;
    expect((await shown(uneven, part)).pictures).toEqual([1, 2, 3, 4]);
    expect((await shown(uneven, { ...part, fps: 10 })).pictures).toEqual([1, 1, 2, 2]);
  });
});

describe.each([
  ['MP4', new Mp4OutputFormat()],
  ['Matroska', new MkvOutputFormat()],
])('where a track of a %s file begins later than the other', (name, format) => {
  it('both readers know by how much', async () => {
    const wav = join(folder, 'tone.wav');
    const picture = join(folder, 'even.mp4');
    await writeWav(wav, 16000, [sine(200, 16000, 1)]);
    const lateSound = join(folder, `late-sound.${name}`);
    const latePicture = join(folder, `late-picture.${name}`);
    const video = { from: picture, kind: 'video' } as const;
    const sound = { from: wav, kind: 'audio' } as const;
    await mergeTracks(latePicture, format, [{ ...video, delaySeconds: 0.6 }, sound]);
    await mergeTracks(lateSound, format, [video, { ...sound, delaySeconds: 0.3 }]);
    const leads: number[] = [];
    for (const path of [latePicture, lateSound]) {
      await using pictures = await openVideo(path);
      await using sounds = await openAudio(path);
      expect(pictures.timestamps[0]).toBe(0);
      leads.push(pictures.leadSeconds, sounds.leadSeconds);
    }
    expect(leads.map((lead) => Number(lead.toFixed(2)))).toEqual([0.6, 0, 0, 0.3]);
  });
});
