// Reports of real jobs: every frame with what became of it, times that add up, and a page that needs nothing else.
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PNG } from 'pngjs';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeInterruptedFaceClip } from '../../test/support/clips.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { openVideo } from '../media/input-file-node.ts';
import { createImage8 } from '../tensor/image.ts';
import { resizeArea } from '../vision/resize.ts';
import { LipsyncPipeline, type LipsyncResult } from './lipsync-pipeline-node.ts';
import type { LipsyncRunOptions } from './lipsync-options.ts';
import type { JobReportHead, ReportFrame } from './job-report.ts';

const FACES: readonly [number, number, number] = [10, 12, 3];
const FRAMES = 25;

let folder: string;
let pipeline: LipsyncPipeline;
const at = (name: string): string => join(folder, name);

const opening = () => ({ model: at('model'), threads: 1 });
const job = (report: string): LipsyncRunOptions => ({
  video: at('<b>&"clip.mp4'),
  audio: at('speech.wav'),
  output: at('out.mp4'),
  steps: 2,
  cache: false,
  quiet: 'draw',
  report: at(report),
});

function run(report: string, more: Partial<LipsyncRunOptions> = {}): Promise<LipsyncResult> {
  return pipeline.run({ ...job(report), ...more });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-report-'));
  await writeSmallModel(at('model'));
  await writeInterruptedFaceClip(at('<b>&"clip.mp4'), FACES);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  pipeline = await LipsyncPipeline.open(opening());
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

describe('a report', () => {
  it('tells as JSON what became of every frame, in which windows, and how long everything took', async () => {
    const result = await LipsyncPipeline.run({ ...opening(), ...job('report.json') });
    const text = await readFile(at('report.json'), 'utf8');
    const { frames, ...report } = JSON.parse(text) as JobReportHead & { frames: ReportFrame[] };
    expect(report).toMatchObject({
      program: { name: 'latentsync' },
      inputs: { video: at('<b>&"clip.mp4'), audios: [at('speech.wav')] },
      options: { numInferenceSteps: 2, length: 'audio' },
      warnings: [],
    });
    expect(report.totals).toMatchObject({ frames: result.frames, changedFrames: result.framesWithFace, windows: 3 });
    expect(report.totals.unchanged).toEqual({
      'no-face': 12,
      'no-speech': 0,
      quiet: 0,
      turned: 0,
      'cut-off': 0,
      hidden: 0,
      blurred: 0,
      dissolve: 0,
      'not-chosen': 0,
      taken: 0,
    });
    expect(report.totals).toMatchObject({ encodedFaces: 13, keptFaces: 0 }); // shared ones count once
    expect(frames.map(({ frame }) => frame)).toEqual(Array.from({ length: FRAMES }, (_, index) => index));
    expect(frames.map(({ faces: [{ why = '' }] }) => why)).toEqual(
      FACES.flatMap((count, part) => Array.from({ length: count }, () => (part === 1 ? 'no-face' : ''))),
    );
    // Windows of eight frames that share four: the second one has the last two frames beside those.
    const windows = frames.map((frame) => frame.faces[0].windows?.join('+') ?? '-');
    expect(windows.join(' ')).toBe(`0 0 0 0 0+1 0+1 0+1 0+1 1 1 ${'- '.repeat(12)}2 2 2`);
    const face = { speaker: 1, changed: true, track: 1, bridged: false };
    expect(frames[24]).toMatchObject({ source: 24, segment: 0, changed: true, faces: [face] });
    expect(frames[24].seconds).toBeCloseTo(0.96, 6);
    expect(frames[24].faces[0].box!.width).toBeGreaterThan(60);

    const [load, faces, audio, sync] = report.stages;
    expect([load, faces, audio, sync].map(({ stage }) => stage)).toEqual(['load', 'faces', 'audio', 'sync']);
    for (const part of ['networks', 'read', 'encode', 'denoise', 'decode', 'composite', 'write', 'finish']) {
      expect([part, sync.parts![part] > 0]).toEqual([part, true]);
      expect(sync.parts![part]).toBeLessThanOrEqual(sync.seconds * 1.001);
    }
    const stages = Math.max(load.seconds, faces.seconds) + audio.seconds + sync.seconds;
    expect(stages).toBeLessThanOrEqual(report.totals.elapsedSeconds);
    expect(sync.framesPerSecond).toBeCloseTo(FRAMES / sync.seconds, 3);
  });

  it('is a page that asks for nothing, with thumbnails, and with names as they are', async () => {
    await run('report.html', { steps: 1 });
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toContain('&#60;b&#62;&#38;&#34;clip.mp4');
    expect(page).not.toContain('<b>&');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(4); // one second, four a second
    expect(page).not.toMatch(/<script|https?:|url\(/);
    const [, first] = /base64,([^"]+)"/.exec(page)!;
    const thumbnail = PNG.sync.read(Buffer.from(first, 'base64'));
    await using video = await openVideo(at('out.mp4'));
    for await (const { width, height, data } of video.frames({ startSeconds: 0.125 })) {
      const small = resizeArea(createImage8(width, height, 4, data), thumbnail.width, thumbnail.height);
      const difference = Array.from(small.data).reduce((sum, value, i) => sum + Math.abs(value - thumbnail.data[i]), 0);
      expect(difference / small.data.length).toBeLessThan(4);
      break;
    }
    for (const text of ['track 0', 'track 1', 'window 2', '12 frames: no face was found', 'denoise']) {
      expect(page).toContain(text);
    }
  });

  it('is missing, with a warning, where it cannot be written when the video is complete', async () => {
    await mkdir(at('gone'));
    const heard: string[] = [];
    const result = await run('gone/report.html', {
      output: at('complete.mp4'),
      steps: 1,
      onProgress: ({ stage, done }) => {
        if (stage === 'sync' && done > 0) rmSync(at('gone'), { recursive: true, force: true });
      },
      onWarning: ({ message }) => heard.push(message),
    });
    expect(existsSync(at('complete.mp4'))).toBe(true);
    const [warning] = result.warnings;
    expect(result.warnings).toHaveLength(1);
    expect(warning).toMatchObject({ kind: 'report-not-written', file: at('gone/report.html') });
    expect(warning.message).toBe(
      `${at('gone/report.html')} cannot be written: its folder does not exist. ` +
        'The video is complete, but there is no report on it.',
    );
    expect(heard).toEqual([warning.message]);
  });

  it('is refused before the job under a wrong name, or that of another file of the job', async () => {
    await expect(run('report.txt')).rejects.toThrow('options.report must end in .json or .html');
    await symlink(at('speech.wav'), at('speech.json'));
    await expect(run('speech.json')).rejects.toThrow('options.report must be a file of its own');
    await expect(run('none/report.json')).rejects.toMatchObject({ code: 'output-not-writable' });
    expect(existsSync(at('report.txt'))).toBe(false);
  });
});
