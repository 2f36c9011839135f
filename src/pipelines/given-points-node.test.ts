// Jobs in which a points file says where the face is: no face is looked for, and only what is drawn there changes.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { createVideoHere } from '../../test/support/in-process-media.ts';
import { picturesOf } from '../../test/support/pictures.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import type { Progress } from '../util/progress.ts';
import { JobInputs } from './job-inputs-node.ts';
import type { LipsyncOptions } from './lipsync-options.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const FRAMES = 4;
const [WIDTH, HEIGHT] = [320, 240];
const HEADER = 'frame,left_eyebrow_x,left_eyebrow_y,right_eyebrow_x,right_eyebrow_y,nose_x,nose_y';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-points-'));
  await writeSmallModel(at('model'));
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  // Stripes in which nobody finds a face.
  await using writer = await createVideoHere(at('stripes.mp4'), {
    width: WIDTH,
    height: HEIGHT,
    frameRate: 25,
    lossless: true,
  });
  for (let index = 0; index < FRAMES; index++) {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : 90 + 40 * ((i >> 6) % 3),
    );
    await writer.add({ data, timestampSeconds: index / 25, durationSeconds: 1 / 25 });
  }
  await writer.finish();
  await writeFile(
    at('points.csv'),
    `${HEADER}\n0,130,60,190,60,160,90\n1,130,100,190,100,160,130\n2,,,,,,\n3,30,60,90,60,60,90\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

function job(options: Partial<LipsyncOptions>): Promise<unknown> {
  const files = { video: at('stripes.mp4'), audio: at('speech.wav'), output: at('out.mp4'), model: at('model') };
  return LipsyncPipeline.run({
    ...files,
    steps: 1,
    threads: 1,
    quiet: 'draw',
    lossless: true,
    cache: false,
    ...options,
  });
}

const pictures = (name: string): Promise<Buffer[]> => picturesOf(at(name));

it('what is drawn is where the points say, and nothing else changes', async () => {
  const stages: Progress[] = [];
  await job({ points: at('points.csv'), report: at('report.json'), onProgress: (progress) => stages.push(progress) });
  expect(stages.findLast(({ stage }) => stage === 'faces')).toMatchObject({ done: FRAMES });
  const [before, after] = [await pictures('stripes.mp4'), await pictures('out.mp4')];
  const changed = before.map((picture, frame) => {
    const luma = picture.subarray(0, WIDTH * HEIGHT);
    const places = [...luma.keys()].filter((place) => luma[place] !== after[frame][place]);
    const [xs, ys] = [places.map((place) => place % WIDTH), places.map((place) => Math.floor(place / WIDTH))];
    const range = (values: number[]): number[] =>
      values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    return places.length === 0 ? undefined : [...range(xs), ...range(ys)];
  });
  // Eyebrows 60 pixels apart: what is drawn is 103 wide, and reaches from 17 below them to 113 below.
  const isNear = (found: number[] | undefined, expected: number[]): void => {
    expect(
      found?.every((value, i) => Math.abs(value - expected[i]) < 4),
      `${String(found)} is near ${String(expected)}`,
    ).toBe(true);
  };
  isNear(changed[0], [107, 210, 77, 173]);
  isNear(changed[1], [107, 210, 117, 213]);
  expect(changed[2]).toBeUndefined();
  isNear(changed[3], [7, 110, 77, 173]);
  const report = JSON.parse(await readFile(at('report.json'), 'utf8')) as {
    inputs: unknown;
    frames: { faces: { person?: number; why?: string }[] }[];
  };
  expect(report.inputs).toMatchObject({ points: at('points.csv') });
  expect(report.frames.map(({ faces: [{ person, why }] }) => person ?? why)).toEqual([1, 1, 'no-face', 1]);
});

it('points contradict other choices of a face, must belong to the video, and are not overwritten', async () => {
  const points = at('points.csv');
  await expect(job({ points, face: 'left' })).rejects.toThrow('options.face must be left out with options.points');
  await expect(job({ points, reference: true })).rejects.toThrow(
    'options.points must be left out with options.reference',
  );
  await expect(job({ points, insightface: at('model') })).rejects.toThrow('options.insightface must be left out');
  await expect(job({ points: at('report.json'), report: at('report.json') })).rejects.toThrow(
    'must be a file of its own',
  );
  await writeFile(at('late.csv'), `${HEADER}\n${FRAMES},130,60,190,60,160,90\n`);
  await expect(job({ points: at('late.csv') })).rejects.toThrow('late.csv, line 2: frame must be from 0 to 3');
  await expect(job({ points: at('none.csv') })).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(job({ points: at('speech.wav') })).rejects.toThrow(
    'is not a points file: its name must end in .csv or .json',
  );
});

it('a file that changes during the job ends it', async () => {
  const points = at('changing.csv');
  await writeFile(points, HEADER);
  const inputs = await JobInputs.note([at('stripes.mp4'), at('speech.wav'), points]);
  await inputs.check();
  await writeFile(points, 'else');
  await expect(inputs.check()).rejects.toThrow('changing.csv was changed during the job.');
});
