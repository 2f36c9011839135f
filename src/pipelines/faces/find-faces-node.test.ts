// findFaces: shots and tracks of a video, their contact sheet, and what is kept for the next time.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCorners } from '../../../test/fixtures/media/make-media.ts';
import { writeInterruptedFaceClip } from '../../../test/support/clips.ts';
import { openVideo } from '../../media/input-file-node.ts';
import { facesText, sheetName } from '../../cli/faces-text.ts';
import type { Progress } from '../../util/progress.ts';
import { findFaces } from './find-faces-node.ts';

let folder: string;
let previousHome: string | undefined;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-faces-'));
  previousHome = process.env.LATENTSYNC_HOME;
  process.env.LATENTSYNC_HOME = at('home');
  await writeInterruptedFaceClip(at('clip.mp4'), [5, 12, 3]);
});

afterAll(async () => {
  if (previousHome === undefined) delete process.env.LATENTSYNC_HOME;
  else process.env.LATENTSYNC_HOME = previousHome;
  await rm(folder, { recursive: true });
});

describe('findFaces', () => {
  it('lists shots, tracks, and frames without a face, and draws the tracks', async () => {
    const { table, summary, output, warnings } = await findFaces(at('clip.mp4'), {
      output: at('clip.png'),
      cache: false,
      threads: 1,
    });
    expect(warnings).toEqual([]);
    expect(table.rowCount).toBe(20);
    expect(summary).toMatchObject({ video: at('clip.mp4'), width: 256, height: 256, frames: 20, framesWithFace: 8 });
    expect(summary.shots).toBe(3);
    expect(summary.durationSeconds).toBeCloseTo(0.8, 6);
    const spans = [...summary.tracks, ...summary.withoutFace].map((span) => [
      span.fromSeconds.toFixed(2),
      span.toSeconds.toFixed(2),
      span.frames,
    ]);
    expect(spans).toEqual([
      ['0.00', '0.20', 5],
      ['0.68', '0.80', 3],
      ['0.20', '0.68', 12],
    ]);
    expect(summary.tracks).toMatchObject([
      { track: 0, person: 1, shot: 0, bridgedFrames: 0 },
      { track: 1, person: 1, shot: 2, bridgedFrames: 0 },
    ]);
    expect(summary.people).toMatchObject([{ person: 1, tracks: [0, 1], frames: 8, usableFrames: 8, unusable: {} }]);
    for (const { faceWidth } of summary.tracks) expect(Math.abs(faceWidth - 120)).toBeLessThan(60);
    expect(output).toBe(at('clip.png'));
    const sheet = PNG.sync.read(await readFile(at('clip.png')));
    expect([sheet.width, sheet.height]).toEqual([2 * 256 + 3 * 8, 256 + 2 * 8]);
    const colors = [8, 8 + 256 + 8].map((x) =>
      sheet.data
        .subarray((8 * sheet.width + x) * 4)
        .subarray(0, 3)
        .join(' '),
    );
    expect(colors).toEqual(['90 200 250', '90 200 250']); // the corners of two labels 1
  });

  it('keeps what it found, and looks only once', async () => {
    const reports: Progress[] = [];
    const options = { threads: 1, onProgress: (progress: Progress) => reports.push(progress) };
    const first = await findFaces(at('clip.mp4'), options);
    expect(reports.at(-1)).toMatchObject({ stage: 'faces', done: 20 });
    reports.length = 0;
    const second = await findFaces(at('clip.mp4'), options);
    expect(reports).toEqual([]);
    expect(second.summary).toEqual(first.summary);
    expect([first.output, second.output]).toEqual([undefined, undefined]);
  });

  it('writes no sheet where there is no face', async () => {
    await writeCorners(at('corners.mp4'));
    const { summary, output } = await findFaces(at('corners.mp4'), { output: at('none.png'), threads: 1 });
    expect(summary).toMatchObject({ tracks: [], framesWithFace: 0, withoutFace: [{ fromSeconds: 0, frames: 10 }] });
    expect([output, existsSync(at('none.png'))]).toEqual([undefined, false]);
    expect(facesText(summary, { output, overlay: undefined, pointsTemplate: undefined })).toContain(
      'No face was found.',
    );
  });

  it('draws what it found into a video, frame by frame at the same times, and writes points that give the same', async () => {
    const [overlay, template] = [at('overlay.mkv'), at('points.csv')];
    const reports: Progress[] = [];
    const options = { threads: 1, onProgress: (progress: Progress) => reports.push(progress) };
    const found = await findFaces(at('clip.mp4'), { ...options, overlay, pointsTemplate: template, face: 1 });
    expect(found).toMatchObject({ overlay, pointsTemplate: template, output: undefined });
    expect(reports.at(-1)).toMatchObject({ stage: 'overlay', done: 20, total: 20 });
    await using video = await openVideo(overlay);
    await using source = await openVideo(at('clip.mp4'));
    expect(Array.from(video.timestamps, (time) => time.toFixed(3))).toEqual(
      Array.from(source.timestamps, (time) => time.toFixed(3)),
    );
    const before = source.frames()[Symbol.asyncIterator]();
    for await (const { sourceIndex, width, data } of video.frames()) {
      const { value } = (await before.next()) as { value: { data: Uint8ClampedArray } };
      // Above the label with the time, only faces are drawn on.
      let changed = 0;
      for (let i = 0; i < width * 240 * 4; i++) if (Math.abs(data[i] - value.data[i]) > 40) changed++;
      const hasFace = found.table.faces(sourceIndex).length > 0;
      expect([sourceIndex, hasFace ? changed > 500 : changed]).toEqual([sourceIndex, hasFace || 0]);
    }
    const again = await findFaces(at('clip.mp4'), { threads: 1, points: template });
    expect(again.summary.tracks.map(({ fromSeconds, frames, person }) => [fromSeconds, frames, person])).toEqual(
      found.summary.tracks.map(({ fromSeconds, frames, person }) => [fromSeconds, frames, person]),
    );
    const [first, second] = [found, again].map(({ table }) => table.faces(2)[0].points.flat());
    for (const [index, value] of first.entries()) expect(Math.abs(value - second[index])).toBeLessThan(2);
  });

  it('leaves no video when it is canceled', async () => {
    const canceled = new AbortController();
    const onProgress = ({ stage, done }: Progress): void => {
      if (stage === 'overlay' && done === 3) canceled.abort();
    };
    const options = { threads: 1, overlay: at('canceled.mp4'), onProgress, signal: canceled.signal };
    await expect(findFaces(at('clip.mp4'), options)).rejects.toMatchObject({ code: 'aborted' });
    expect((await readdir(folder)).filter((name) => name.includes('canceled'))).toEqual([]);
  });

  it('checks the output first', async () => {
    await expect(findFaces(at('clip.mp4'), { output: at('clip.jpg') })).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    await expect(findFaces(at('clip.mp4'), { overlay: at('clip.mp4') })).rejects.toMatchObject({
      code: 'output-is-input',
    });
    await expect(findFaces(at('clip.mp4'), { pointsTemplate: at('points.txt') })).rejects.toMatchObject({
      code: 'output-not-writable',
    });
    const template = { pointsTemplate: at('b.csv') };
    for (const face of ['all', '1@2-3', [1, 2]]) {
      await expect(findFaces(at('clip.mp4'), { ...template, face })).rejects.toThrow('options.face must be one person');
    }
    await expect(findFaces(at('clip.mp4'), { face: 2 })).rejects.toThrow(
      'options.face must be left out without options.overlay',
    );
    await expect(findFaces(at('clip.mp4'), { points: at('a.csv'), ...template })).rejects.toThrow(
      'options.pointsTemplate must be left out with options.points',
    );
    await expect(findFaces(at('clip.mp4'), { threads: 0 })).rejects.toThrow('options.threads must be an integer');
  });
});

it('a sheet is named after its video', () => {
  expect(sheetName('clips/talk.final.mp4')).toBe('talk.final.faces.png');
  expect(sheetName(new URL('https://example.org/a/talk.mov?x=1.2'))).toBe('talk.faces.png');
  expect(sheetName(new URL('https://example.org/'))).toBe('video.faces.png');
  expect(sheetName('.hidden')).toBe('.hidden.faces.png');
});
