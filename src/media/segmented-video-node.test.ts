// SegmentedVideo: the same bytes in one go or in several; finished segments survive, damaged ones are made again.
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cornersPicture, sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import { SegmentedVideo, type SegmentedVideoOptions } from './segmented-video-node.ts';

const FRAMES = 23;
const SEGMENT_FRAMES = 10;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-segments-'));
  await writeWav(join(root, 'speech.wav'), 16000, [sine(200, 16000, 1)]);
});
afterAll(() => rm(root, { recursive: true }));

/** Frames at 25 per second, every third one late. */
const timeOf = (index: number): number => (index + (index % 3 === 2 ? 0.4 : 0)) / 25;

async function newFolder(name: string): Promise<{ folder: string; path: string }> {
  const folder = join(root, name);
  await mkdir(folder);
  return { folder, path: join(root, `${name}.mp4`) };
}

const optionsFor = (at: { folder: string; path: string }): SegmentedVideoOptions => ({
  ...at,
  width: 64,
  height: 48,
  frameRate: 25,
  variableFrameRate: true,
  segmentFrames: SEGMENT_FRAMES,
});

async function addFrames(video: SegmentedVideo, end: number): Promise<void> {
  for (let index = video.framesWritten; index < end; index++) {
    const timestampSeconds = timeOf(index);
    const durationSeconds = timeOf(index + 1) - timestampSeconds;
    await video.add({ data: cornersPicture(64, 48, index), timestampSeconds, durationSeconds });
  }
}

/** Writes the video in as many goes as there are ends; returns its bytes, and how many frames each go found. */
async function write(name: string, ends: readonly number[], between?: (folder: string) => Promise<void>) {
  const at = await newFolder(name);
  const found: number[] = [];
  for (const end of ends) {
    await using audio = await openAudio(join(root, 'speech.wav'));
    await using video = await SegmentedVideo.open({ ...optionsFor(at), audio });
    found.push(video.framesWritten);
    await addFrames(video, end);
    if (end === FRAMES) await video.finish();
    else {
      await video[Symbol.asyncDispose]();
      await between?.(at.folder);
    }
  }
  return { bytes: await readFile(at.path), found, path: at.path };
}

describe('SegmentedVideo', () => {
  it('gives the same bytes, whether it is written in one go or in several', async () => {
    const whole = await write('whole', [FRAMES]);
    const parts = await write('parts', [12, 15, 22, FRAMES]);
    expect(parts.found).toEqual([0, 10, 10, 20]);
    expect(Buffer.compare(parts.bytes, whole.bytes)).toBe(0);

    await using video = await openVideo(whole.path);
    expect(video.info).toMatchObject({
      width: 64,
      height: 48,
      frameCount: FRAMES,
      variableFrameRate: true,
      hasAudio: true,
    });
    let index = 0;
    for await (const frame of video.frames()) {
      expect(frame.timestampSeconds).toBeCloseTo(timeOf(index), 5);
      const expected = cornersPicture(64, 48, index++);
      const middle = 4 * (64 * 12 + 16);
      expect(Math.abs(frame.data[middle] - expected[middle])).toBeLessThan(12);
    }
    expect(index).toBe(FRAMES);
  });

  it('makes damaged and cut-off segments again, and what follows them', async () => {
    const whole = await readFile(join(root, 'whole.mp4'));
    const flipped = await write('flipped', [21, FRAMES], async (folder) => {
      const path = join(folder, 'segment-00001.packets');
      const bytes = await readFile(path);
      bytes[100] ^= 1;
      await writeFile(path, bytes);
    });
    expect(flipped.found).toEqual([0, 10]);
    expect(Buffer.compare(flipped.bytes, whole)).toBe(0);
    const cut = await write('cut', [21, FRAMES], (folder) => truncate(join(folder, 'segment-00000.packets'), 300));
    expect(cut.found).toEqual([0, 0]);
    expect(Buffer.compare(cut.bytes, whole)).toBe(0);
  });

  it('leaves only whole segments behind', async () => {
    const at = await newFolder('left');
    const video = await SegmentedVideo.open(optionsFor(at));
    await addFrames(video, 14);
    await video[Symbol.asyncDispose]();
    expect(await readdir(at.folder)).toEqual(['segment-00000.packets']);
  });

  it('tells how many frames are safe', async () => {
    const safe: number[] = [];
    const onSegment = (frames: number): Promise<void> => {
      safe.push(frames);
      return Promise.resolve();
    };
    await using video = await SegmentedVideo.open({ ...optionsFor(await newFolder('safe')), onSegment });
    await addFrames(video, FRAMES);
    await video.finish();
    expect(safe).toEqual([10, 20, 23]);
  });
});
