// Jobs with a recording in which somebody speaks, then nobody does while something sounds, then somebody again.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { picturesOf } from '../../test/support/pictures.ts';
import { writeFaceClip } from '../../test/support/clips.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import { SAMPLE_RATE } from '../audio/log-mel-spectrogram.ts';
import { readTrack } from '../media/audio-reader.ts';
import { openAudio } from '../media/input-file-node.ts';
import type { JobReportHead, ReportFrame } from './job-report.ts';
import type { LipsyncRunOptions } from './lipsync-options.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

/** Frames with speech, with a tone, and with speech. */
const PARTS: readonly [number, number, number] = [12, 26, 12];
const FRAMES = 50;

let folder: string;
let pipeline: LipsyncPipeline;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-quiet-'));
  await writeSmallModel(at('model'));
  await writeFaceClip(at('face.mp4'), FRAMES);
  await using sample = await openAudio(fileURLToPath(new URL('../../samples/speech.wav', import.meta.url)));
  const [speech] = await readTrack(sample);
  const [first, tone, last] = PARTS.map((frames) => (frames * SAMPLE_RATE) / 25);
  const sound = new Float32Array(first + tone + last);
  sound.set(speech.subarray(SAMPLE_RATE, SAMPLE_RATE + first));
  sound.set(sine(300, SAMPLE_RATE, PARTS[1] / 25), first);
  sound.set(speech.subarray(3 * SAMPLE_RATE, 3 * SAMPLE_RATE + last), first + tone);
  await writeWav(at('speech.wav'), SAMPLE_RATE, [sound]);
  await writeWav(at('tone.wav'), SAMPLE_RATE, [sine(300, SAMPLE_RATE, 0.4)]);
  pipeline = await LipsyncPipeline.open({ model: at('model'), threads: 1 });
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true });
});

/** Does a job; returns its report. */
async function reportOf(options: Partial<LipsyncRunOptions>): Promise<JobReportHead & { frames: ReportFrame[] }> {
  const files = { video: at('face.mp4'), audio: at('speech.wav'), output: at('out.mp4'), report: at('report.json') };
  await pipeline.run({ ...files, steps: 1, cache: false, lossless: true, ...options });
  return JSON.parse(await readFile(at('report.json'), 'utf8')) as JobReportHead & { frames: ReportFrame[] };
}

const pixelsOf = (name: string): Promise<Buffer[]> => picturesOf(at(name));

it('the mouth stays as it is where nobody speaks, and the report says so', async () => {
  const { totals, frames } = await reportOf({});
  const unchanged = frames.filter(({ changed }) => !changed);
  expect(new Set(unchanged.map(({ faces: [{ why }] }) => why))).toEqual(new Set(['quiet']));
  const [from, to] = [unchanged[0].frame, unchanged[unchanged.length - 1].frame];
  expect(unchanged).toHaveLength(to - from + 1);
  // Lips come to rest a little after the speech, and begin to move a little before it.
  for (const late of [from - PARTS[0], PARTS[0] + PARTS[1] - to]) {
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(12);
  }
  expect(totals).toMatchObject({ changedFrames: FRAMES - unchanged.length, unchanged: { quiet: unchanged.length } });
  const [source, output] = [await pixelsOf('face.mp4'), await pixelsOf('out.mp4')];
  for (const { frame, changed } of frames)
    expect([frame, output[frame].equals(source[frame])]).toEqual([frame, !changed]);
});

it('mouths are drawn closed where nobody speaks, and as ever elsewhere', async () => {
  const { totals, frames } = await reportOf({ quiet: 'close', output: at('closed.mp4') });
  expect(totals).toMatchObject({ changedFrames: FRAMES });
  const closed = frames.flatMap(({ frame, faces: [{ closed: isClosed }] }) => (isClosed ? [frame] : []));
  expect(closed.length).toBeGreaterThan(4);
  expect(closed.length).toBeLessThan(PARTS[1]);
  const [output, kept] = [await pixelsOf('closed.mp4'), await pixelsOf('out.mp4')];
  for (const frame of [0, 3, ...closed]) {
    expect([frame, output[frame].equals(kept[frame])]).toEqual([frame, !closed.includes(frame)]);
  }
});

it('what sounds where nobody speaks is heard only if that is wished', async () => {
  const { frames } = await reportOf({ quiet: 'close', audio: at('tone.wav'), output: at('closed.mp4') });
  expect(frames.map(({ faces: [{ closed }] }) => closed)).toEqual(Array.from({ length: 10 }, () => true));
  await reportOf({ quiet: 'draw', audio: at('tone.wav') });
  const [closed, drawn] = [await pixelsOf('closed.mp4'), await pixelsOf('out.mp4')];
  for (const [index, picture] of closed.entries()) expect(picture.equals(drawn[index])).toBe(false);
});

it('a recording in which nobody speaks changes nothing, which is an error', async () => {
  await expect(reportOf({ audio: at('tone.wav') })).rejects.toMatchObject({
    code: 'no-speech',
    message: expect.stringContaining(`Nobody speaks in ${at('tone.wav')}.`) as string,
  });
  await expect(reportOf({ preview: '0.2@1' })).rejects.toMatchObject({
    code: 'no-speech',
    message: expect.stringContaining(`the part of ${at('speech.wav')} that is heard`) as string,
  });
});
