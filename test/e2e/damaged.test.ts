// Whole jobs with damaged files, by the real command: they are done as far as possible, and warnings say what was lost.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAudio, openVideo } from '../../src/media/input-file-node.ts';
import type { MediaWarning } from '../../src/media/media-warning.ts';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip } from '../support/clips.ts';
import { eventsOf, runCommand } from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

const SAMPLE_RATE = 16000;
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/media/${name}`, import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-damaged-jobs-'));
  await writeSmallModel(join(folder, 'model'));
  await writeFaceClip(join(folder, 'face.mp4'), 4);
  await writeWav(join(folder, 'speech.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 1)]);
});
afterAll(() => rm(folder, { recursive: true }));

function sync(video: string, audio: string, output: string, ...more: string[]) {
  const words = [
    'sync',
    video,
    audio,
    '-o',
    output,
    '--model',
    'model',
    '--steps',
    '1',
    '--threads',
    '1',
    '--quiet',
    'draw',
    '--no-cache',
  ];
  return runCommand([...words, ...more], { cwd: folder, environment: { LATENTSYNC_HOME: join(folder, 'home') } });
}

/** Kind, and the seconds from and to. */
const briefly = ({ kind, fromSeconds, toSeconds }: MediaWarning) =>
  [kind, fromSeconds?.toFixed(2), toSeconds?.toFixed(2)].join(' ');

/** Does a job that tells of it in JSON: its result, after checking that each warning was an event. */
async function syncToJson(video: string, audio: string, output: string, ...more: string[]) {
  const job = await sync(video, audio, output, '--json', ...more);
  expect(job).toMatchObject({ status: 0, stderr: '' });
  const events = eventsOf(job);
  const result = events.at(-1) as { event: string; warnings: MediaWarning[] };
  expect(events.filter(({ event }) => event === 'warning')).toEqual(
    result.warnings.map((warning) => ({ event: 'warning', ...warning })),
  );
  return result;
}

describe('a job', () => {
  it('shows the frames that are left of a damaged video', async () => {
    const { info } = await openedAndClosed(fixture('damaged.m2t'));
    const result = await syncToJson(
      fixture('damaged.m2t'),
      'speech.wav',
      'video.mp4',
      '--length',
      'video',
      '--no-face',
      'copy',
    );
    expect(result).toMatchObject({ event: 'result', frames: info.frameCount });
    expect(result.warnings.map(briefly)).toEqual([
      'times-repaired 0.28 0.60',
      'frames-damaged 0.00 0.76',
      'frames-lost 0.04 0.68',
    ]);
    for (const { file } of result.warnings) expect(file).toBe(fixture('damaged.m2t'));
    const written = await openedAndClosed(join(folder, 'video.mp4'));
    expect(written.info.frameCount).toBe(info.frameCount);
    expect(written.info.durationSeconds).toBeCloseTo(info.durationSeconds, 3);
  });

  it('speaks what is left of damaged speech', async () => {
    const result = await syncToJson('face.mp4', fixture('damaged.flac'), 'speech.mp4');
    expect(result.warnings.map(briefly)).toEqual(['sound-lost 0.14 0.65']);
    const written = await openedAndClosed(join(folder, 'speech.mp4'));
    expect(result).toMatchObject({ frames: written.info.frameCount });
    await using speech = await openAudio(fixture('damaged.flac'));
    expect(Math.abs(written.info.durationSeconds - speech.info.durationSeconds)).toBeLessThan(0.06);
  });

  it('does so with both, and tells people', async () => {
    const both = await sync(fixture('recording-cut-off.mkv'), fixture('damaged.mp3'), 'both.mp4', '--length', 'video');
    expect(both.status, both.stderr).toBe(0);
    expect(both.stderr.split('\n').filter((line) => line.startsWith('Warning: '))).toEqual([
      `Warning: ${fixture('recording-cut-off.mkv')}: ends early, after 0.52 of 1.00 s.`,
      `Warning: ${fixture('damaged.mp3')}: 0.07 s of sound between 0.11 and 0.47 s are lost; it is silent there.`,
    ]);
    expect(both.stdout).toContain('both.mp4: 13 frames, 0.52 s of video');
    expect((await openedAndClosed(join(folder, 'both.mp4'))).info.frameCount).toBe(13);
  });

  it('says that the picture is damaged where it finds no face', async () => {
    const before = await readdir(folder);
    const { status, stderr } = await sync(fixture('damaged.webm'), 'speech.wav', 'none.mp4');
    expect(status).toBe(18);
    const lost = '1 frame at 0.64 s cannot be decoded; the one before is shown.';
    expect(stderr).toContain(
      `Error: No face was found in ${fixture('damaged.webm')}. Its picture is damaged: ${lost}\n` +
        'Copy, download or convert the video again, or choose another.\n',
    );
    expect(await readdir(folder)).toEqual(before);
  });
});

async function openedAndClosed(path: string) {
  await using video = await openVideo(path);
  return video;
}
