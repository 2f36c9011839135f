// Jobs with two people in the picture: whom the options name is changed, the other is not; and jobs with nobody.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { facePicture, frameWith } from '../../test/support/face-pictures.ts';
import { createVideoHere } from '../../test/support/in-process-media.ts';
import { picturesOf } from '../../test/support/pictures.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { openAudio } from '../media/input-file-node.ts';
import { writePng } from '../media/png-node.ts';
import type { Image8 } from '../tensor/image.ts';
import type { Progress } from '../util/progress.ts';
import type { LipsyncRunOptions } from './lipsync-options.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const FRAMES = 3;
/** Two windows of eight frames, of which four are shared. */
const LONG = 12;
const WIDTH = 512;
const HEIGHT = 256;

let folder: string;
let pipeline: LipsyncPipeline;
const at = (name: string): string => join(folder, name);

async function writeVideo(name: string, image: Image8, frames = FRAMES): Promise<void> {
  await using writer = await createVideoHere(at(name), { width: WIDTH, height: HEIGHT, frameRate: 25, lossless: true });
  for (let index = 0; index < frames; index++) {
    await writer.add({ data: image.data, timestampSeconds: index / 25, durationSeconds: 1 / 25 });
  }
  await writer.finish();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-people-'));
  await writeSmallModel(at('model'));
  const [left, right] = [facePicture('closed'), facePicture('open-turned')];
  const both = frameWith(WIDTH, HEIGHT, [
    { picture: left, x: 0, y: 0 },
    { picture: right, x: 256, y: 0 },
  ]);
  await writeVideo('two.mp4', both);
  await writeVideo('long.mp4', both, LONG);
  await writeWav(at('long.wav'), 16000, [sine(200, 16000, LONG / 25)]);
  await writePng(at('left.png'), left);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  await writeWav(at('other.wav'), 16000, [sine(330, 16000, FRAMES / 25)]);
  pipeline = await LipsyncPipeline.open({ model: at('model'), threads: 1 });
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

/** Does a job, whose options need not name its files. */
async function run(video: string, options: Partial<LipsyncRunOptions> = {}): Promise<void> {
  const audio = options.speakers ? undefined : at('speech.wav');
  const files = { video: at(video), audio, output: at('out.mp4') };
  await pipeline.run({ ...files, steps: 1, quiet: 'draw', lossless: true, cache: false, ...options });
}

/** Does a job; returns of every picture on which sides something has changed. */
async function sidesByFrame(video: string, options: Partial<LipsyncRunOptions>): Promise<string[]> {
  await run(video, options);
  const [before, after] = [await pictures(video), await pictures('out.mp4')];
  return before.map((picture, frame) => {
    const sides = new Set<string>();
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      if (picture[i] !== after[frame][i]) sides.add(i % WIDTH < WIDTH / 2 ? 'left' : 'right');
    }
    return [...sides].sort().join(' ');
  });
}

async function changedSides(video: string, options: Partial<LipsyncRunOptions>): Promise<string> {
  const [first] = await sidesByFrame(video, options);
  return first;
}

const pictures = (name: string): Promise<Buffer[]> => picturesOf(at(name));

it('the lips of the person at a place or with a number follow the speech, and no others', async () => {
  expect(await changedSides('two.mp4', { face: 'left' })).toBe('left');
  expect(await changedSides('two.mp4', { face: 1 })).toBe('right'); // the larger of two that appear together
});

it('the person in a picture is found', async () => {
  expect(await changedSides('two.mp4', { face: at('left.png') })).toBe('left');
});

it('somebody who is not there is an error, or nobody is changed', async () => {
  await expect(changedSides('two.mp4', { face: 3 })).rejects.toMatchObject({ code: 'no-face' });
  expect(await changedSides('two.mp4', { face: 3, noFace: 'copy' })).toBe('');
});

it('several people, or all, follow the speech, each in a stretch of the video', async () => {
  expect(await changedSides('two.mp4', { face: 'all' })).toBe('left right');
  const face = ['left@0-0.04', 'right@0.04-'];
  expect(await sidesByFrame('two.mp4', { face })).toEqual(['left', 'right', 'right']);
});

it('the mouths of others are drawn closed, if that is wished', async () => {
  expect(await changedSides('two.mp4', { face: 'left', silent: 'still' })).toBe('left right');
});

it('each speaker follows a recording of their own, and the mix is heard', async () => {
  const left = { face: 'left', audio: at('speech.wav') };
  const right = { face: 'right', audio: at('other.wav'), start: 0.04 };
  expect(await sidesByFrame('two.mp4', { speakers: [left, right], length: 'video' })).toEqual(['left', 'left right', 'left right']); // prettier-ignore
  const leftHalf = (picture: Buffer): number[] =>
    [...picture.subarray(0, WIDTH * HEIGHT)].filter((_, i) => i % WIDTH < WIDTH / 2);
  const together = (await pictures('out.mp4')).map(leftHalf);
  await using sound = await openAudio(at('out.mp4'));
  expect(sound.info.durationSeconds).toBeCloseTo(0.04 + FRAMES / 25, 1);
  await run('two.mp4', { face: 'left' });
  expect((await pictures('out.mp4')).map(leftHalf)).toEqual(together);
});

it('a job with several speakers goes on where it was interrupted, to the same bytes', async () => {
  const speakers = [`left=${at('long.wav')}`, `right=${at('other.wav')}@0.2`];
  const job = { speakers, length: 'video', cache: false } as const;
  await run('long.mp4', { ...job, output: at('whole.mp4') });
  const interruption = new AbortController();
  const onProgress = ({ stage, done }: Progress): void => {
    if (stage === 'sync' && done >= 9) interruption.abort();
  };
  const stopped = run('long.mp4', { ...job, signal: interruption.signal, onProgress });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  await run('long.mp4', job);
  expect((await readFile(at('out.mp4'))).equals(await readFile(at('whole.mp4')))).toBe(true);
});
