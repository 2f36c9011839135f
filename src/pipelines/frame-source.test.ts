import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCorners } from '../../test/fixtures/media/make-media.ts';
import { openVideo } from '../media/input-file-node.ts';
import { outputFrames, planFrames, type FramePlan, type FramePlanOptions } from './frame-source.ts';
import type { OutputLength } from './lipsync-options.ts';

/** Four slow frames, then quick ones: 9 frames in 0.95 s. */
const unevenTimes = [0, 0.2, 0.4, 0.6, 0.8, 0.82, 0.84, 0.86, 0.88];
const UNEVEN_RATE = 10;

let folder: string;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-frames-'));
  await writeCorners(path('even.mp4'), { frames: 5 });
  await writeCorners(path('uneven.mp4'), { timestamps: unevenTimes, frameRate: UNEVEN_RATE, variableFrameRate: true });
});
afterAll(() => rm(folder, { recursive: true }));

/** Plans for some seconds of audio, and returns the plan with the times of the frames. */
async function framesFor(name: string, length: OutputLength, seconds: number, fps?: number) {
  await using video = await openVideo(path(name));
  const options: FramePlanOptions = { length, audioRows: Math.round(seconds * 50), fps, reference: false };
  const plan: FramePlan = planFrames(video.info, options);
  const times: number[] = [];
  let end = 0;
  for await (const { index, timestampSeconds, durationSeconds } of outputFrames(video, plan)) {
    expect(index).toBe(times.length);
    times.push(Number(timestampSeconds.toFixed(3)));
    end = timestampSeconds + durationSeconds;
  }
  return { plan, times, end };
}

describe('frames at even times', () => {
  it('are cut or repeated to the length of the audio, of the video, or of the shorter', async () => {
    expect((await framesFor('even.mp4', 'audio', 0.1)).times).toEqual([0, 0.04, 0.08]);
    expect((await framesFor('even.mp4', 'audio', 0.28)).times).toEqual([0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24]);
    expect((await framesFor('even.mp4', 'video', 0.1)).times).toHaveLength(5);
    expect((await framesFor('even.mp4', 'shortest', 0.1)).times).toHaveLength(3);
    expect((await framesFor('even.mp4', 'shortest', 5)).times).toHaveLength(5);
  });

  it('can be asked for', async () => {
    const { plan, times } = await framesFor('uneven.mp4', 'audio', 0.5, 10);
    expect(plan).toEqual({ fps: 10, frameCount: 5 });
    expect(times).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  });
});

describe('frames at uneven times', () => {
  it('are those that begin before the audio ends', async () => {
    const { times } = await framesFor('uneven.mp4', 'audio', 0.5);
    expect(times).toEqual([0, 0.2, 0.4]);
    expect((await framesFor('uneven.mp4', 'shortest', 0.5)).times).toEqual(times);
  });

  it('are all there when the video is shorter or its length counts', async () => {
    expect((await framesFor('uneven.mp4', 'shortest', 5)).times).toEqual(unevenTimes);
    expect((await framesFor('uneven.mp4', 'video', 0.5)).times).toEqual(unevenTimes);
  });

  it('are followed by frames at the average rate until the audio ends', async () => {
    const { plan, times, end } = await framesFor('uneven.mp4', 'audio', 2.5);
    expect(times.slice(0, 9)).toEqual(unevenTimes);
    expect(times).toHaveLength(plan.frameCount);
    const rises = times.slice(1).map((time, index) => time - times[index]);
    expect(Math.min(...rises)).toBeGreaterThan(0);
    expect(times.at(-1)).toBeLessThan(2.5);
    expect(end).toBeGreaterThanOrEqual(2.5);
  });
});
