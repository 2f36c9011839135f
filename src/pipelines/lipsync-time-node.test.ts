// Options about time in whole jobs: what is seen, what is heard, and when, in the file that is written.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mergeTracks, sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeBlurredEndClip, writeFaceClip } from '../../test/support/clips.ts';
import { picturesOf } from '../../test/support/pictures.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudio, openVideo } from '../media/input-file-node.ts';
import { messageOf } from '../util/errors.ts';
import type { Judge } from './judge.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const RATE = 16_000;

let folder: string;
let pipeline: LipsyncPipeline;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-time-'));
  await writeSmallModel(path('model'));
  await writeFaceClip(path('silent.mp4'), 20);
  await writeWav(path('own.wav'), RATE, [sine(300, RATE, 0.8)]);
  await writeWav(path('speech.wav'), RATE, [sine(1500, RATE, 0.2)]);
  const picture = { from: path('silent.mp4'), kind: 'video' } as const;
  const sound = { from: path('own.wav'), kind: 'audio' } as const;
  await mergeTracks(path('talk.mp4'), new Mp4OutputFormat(), [picture, sound]);
  await mergeTracks(path('late.mp4'), new Mp4OutputFormat(), [{ ...picture, delaySeconds: 0.25 }, sound]);
  pipeline = await LipsyncPipeline.open({ model: path('model'), threads: 1 });
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

const job = (video: string, output: string) => ({
  video: path(video),
  audio: path('speech.wav'),
  output: path(output),
  steps: 1,
  quiet: 'draw' as const,
  quality: 0,
  cache: false,
});

/** What is heard in a file, read once. */
const heard = new Map<string, Promise<{ samples: Float32Array; sampleRate: number }>>();

async function soundOf(name: string) {
  await using audio = await openAudio(path(name));
  const [samples] = await readTrack(audio);
  return { samples, sampleRate: audio.info.sampleRate };
}

/** Returns how loud a tone is in a piece of a file's sound, between two times: 0 to 1. */
async function toneIn(name: string, frequency: number, from: number, to: number): Promise<number> {
  if (!heard.has(name)) heard.set(name, soundOf(name));
  const { samples, sampleRate } = await heard.get(name)!;
  const piece = samples.subarray(Math.round(from * sampleRate), Math.round(to * sampleRate));
  const angle = (2 * Math.PI * frequency) / sampleRate;
  const cosine = piece.reduce((sum, value, index) => sum + value * Math.cos(angle * index), 0);
  const sines = piece.reduce((sum, value, index) => sum + value * Math.sin(angle * index), 0);
  return (4 * Math.hypot(cosine, sines)) / piece.length;
}

/** Returns how far the pictures of two files are apart, frame by frame: the greatest difference in gray levels. */
async function differences(one: string, other: string): Promise<number[]> {
  const others = await picturesOf(path(other));
  return (await picturesOf(path(one))).map((picture, frame) =>
    picture.reduce((most, level, index) => Math.max(most, Math.abs(level - others[frame][index])), 0),
  );
}

it('an inserted speech leaves picture and sound before and after it as they are', async () => {
  const result = await pipeline.run({ ...job('talk.mp4', 'inserted.mp4'), at: 0.2 });
  expect(result).toMatchObject({ frames: 20, framesWithFace: 5, durationSeconds: 0.8 });
  const changed = (await differences('inserted.mp4', 'talk.mp4')).map((difference) => difference > 8);
  expect(changed).toEqual(Array.from({ length: 20 }, (_, index) => index >= 5 && index < 10));
  expect(await toneIn('inserted.mp4', 300, 0.02, 0.18)).toBeGreaterThan(0.8);
  expect(await toneIn('inserted.mp4', 1500, 0.02, 0.18)).toBeLessThan(0.05);
  expect(await toneIn('inserted.mp4', 1500, 0.22, 0.38)).toBeGreaterThan(0.8);
  expect(await toneIn('inserted.mp4', 300, 0.22, 0.38)).toBeLessThan(0.05);
  expect(await toneIn('inserted.mp4', 300, 0.42, 0.78)).toBeGreaterThan(0.8);
});

it("moves all sound by what a judge finds of the video's own", async () => {
  const judge: Judge = {
    measure: 'correlation',
    mostAgreement: 1,
    openRater: () => Promise.reject(new Error('Everything is drawn once.')),
    judge: (video) =>
      Promise.resolve({
        agreement: 0.5,
        soundLateMs: video === path('talk.mp4') ? 160 : 100,
        isReliable: true,
        reasons: [],
      }),
  };
  const wanted = { judge, autoOffset: true, check: 0.4 };
  const result = await pipeline.run({ ...job('talk.mp4', 'moved.mp4'), at: 0.4, ...wanted });
  expect(result).toMatchObject({ ownSoundLateMs: 160, check: { passed: false, agreement: 0.5, soundLateMs: 100 } });
  // The speech begins 0.16 s earlier, and the sound around it is over as much earlier.
  const changed = (await differences('moved.mp4', 'talk.mp4')).map((difference) => difference > 8);
  expect(changed).toEqual(Array.from({ length: 20 }, (_, index) => index >= 6 && index < 11));
  expect(await toneIn('moved.mp4', 1500, 0.26, 0.42)).toBeGreaterThan(0.8);
  expect(await toneIn('moved.mp4', 300, 0.46, 0.62)).toBeGreaterThan(0.8);
  const { samples, sampleRate } = await soundOf('moved.mp4');
  expect(samples.length / sampleRate).toBeLessThan(0.72);
});

it('a speech in place of the sound is followed by silence, and by an untouched picture', async () => {
  const result = await pipeline.run({ ...job('talk.mp4', 'replaced.mp4'), length: 'video' });
  expect(result).toMatchObject({ frames: 20, framesWithFace: 5 });
  expect(await toneIn('replaced.mp4', 1500, 0.02, 0.18)).toBeGreaterThan(0.8);
  expect(await toneIn('replaced.mp4', 300, 0.02, 0.18)).toBeLessThan(0.05);
  await using audio = await openAudio(path('replaced.mp4'));
  expect(audio.info.durationSeconds).toBeLessThan(0.3);
});

it('a picture that begins after its sound does so in the output', async () => {
  await pipeline.run({ ...job('late.mp4', 'late-out.mp4'), at: 0.45, length: 'video' });
  await using source = await openVideo(path('late.mp4'));
  await using output = await openVideo(path('late-out.mp4'));
  expect(source.leadSeconds).toBeCloseTo(0.25, 3);
  expect(output.leadSeconds).toBeCloseTo(0.25, 3);
  expect(output.info.frameCount).toBe(20);
  // The speech begins 0.2 s after the picture, with its sixth frame.
  const changed = (await differences('late-out.mp4', 'silent.mp4')).map((difference) => difference > 8);
  expect(changed.indexOf(true)).toBe(5);
  expect(await toneIn('late-out.mp4', 300, 0.02, 0.43)).toBeGreaterThan(0.8);
  expect(await toneIn('late-out.mp4', 1500, 0.47, 0.63)).toBeGreaterThan(0.8);
});

it('a preview is a piece of the output', async () => {
  const result = await pipeline.run({ ...job('talk.mp4', 'preview.mp4'), at: 0.2, preview: '0.2@0.1' });
  expect(result).toMatchObject({ frames: 5, framesWithFace: 2 });
  expect(await toneIn('preview.mp4', 1500, 0.14, 0.2)).toBeGreaterThan(0.8);
});

it('a blurred end is not what is repeated', async () => {
  await writeBlurredEndClip(path('blurred.mp4'), 40, 2);
  await writeWav(path('long.wav'), RATE, [sine(1500, RATE, 1.8)]);
  const options = { ...job('blurred.mp4', 'sharp.mp4'), audio: path('long.wav') };
  expect(await pipeline.run(options)).toMatchObject({ frames: 45, framesWithFace: 45 });
  const [sharp] = await picturesOf(path('blurred.mp4'));
  // Above the mouth everything is as in the video.
  const isBlurred = (picture: Buffer): boolean =>
    picture.subarray(0, 256 * 90).some((level, at) => Math.abs(level - sharp[at]) > 8);
  expect((await picturesOf(path('sharp.mp4'))).map(isBlurred)).toEqual(new Array(45).fill(false));
});

it('times outside the files are refused', async () => {
  const refused = (options: object): Promise<unknown> =>
    pipeline.run({ ...job('talk.mp4', 'none.mp4'), ...options }).catch((error: unknown) => messageOf(error));
  expect(await refused({ at: 3 })).toBe('options.at must be before the end of the video, 0.8 s (got 3).');
  expect(await refused({ audioStart: 1 })).toBe(
    'options.audioStart must be before the end of the audio, 0.2 s (got 1).',
  );
  expect(await refused({ audioOffset: -500 })).toContain('options.audioOffset must leave something of the 0.2 s');
});
