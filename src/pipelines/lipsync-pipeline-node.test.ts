// An open pipeline: jobs one after the other and at once, canceled, closed, and with the networks' process killed under them.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sine, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeFaceClip } from '../../test/support/clips.ts';
import { rangeServer } from '../../test/support/range-server.ts';
import { childrenOf } from '../../test/support/run-command.ts';
import { writeSmallModel } from '../../test/support/small-model.ts';
import type { Progress } from '../util/progress.ts';
import type { LipsyncOpenOptions, LipsyncRunOptions } from './lipsync-options.ts';
import type { JobReportHead } from './job-report.ts';
import type { Judge } from './judge.ts';
import { LipsyncPipeline } from './lipsync-pipeline-node.ts';

const FRAMES = 10; // two windows of the small model: eight frames, and two with four that are shared
const STEPS = 2;
const FEW_FRAMES = 3; // for jobs in which it is not the frames that count

let folder: string;
let opening: LipsyncOpenOptions;
const at = (name: string): string => join(folder, name);
const job = (output: string, more: Partial<LipsyncRunOptions> = {}): LipsyncRunOptions => ({
  video: at('face.mp4'),
  audio: at('speech.wav'),
  output: at(output),
  steps: STEPS,
  cache: false,
  quiet: 'draw', // of tones
  ...more,
});
/** Files and steps of a short job. */
const few = () => ({ video: at('few.mp4'), audio: at('few.wav'), steps: 1 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-pipeline-'));
  await writeSmallModel(at('model'));
  await writeFaceClip(at('face.mp4'), FRAMES);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, FRAMES / 25)]);
  await writeFaceClip(at('few.mp4'), FEW_FRAMES);
  await writeWav(at('few.wav'), 16000, [sine(200, 16000, FEW_FRAMES / 25)]);
  opening = { model: at('model'), threads: 1 };
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true }));

/** A hash of a video: the same pictures are written as the same bytes. */
async function hashOf(output: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(at(output)))
    .digest('hex');
}

/** Returns the stages that a job reported, by name. */
function stagesOf(reports: readonly Progress[]): string[] {
  return [...new Set(reports.map(({ stage }) => stage))].sort();
}

/** Runs a job that never ends by itself until its frames are being drawn. */
function startLongJob(pipeline: LipsyncPipeline, output: string, signal?: AbortSignal) {
  let begun: (() => void) | undefined;
  const drawing = new Promise<void>((resolve) => (begun = resolve));
  const run = pipeline.run(
    job(output, {
      steps: 999,
      signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'sync' && done > 0) begun?.();
      },
    }),
  );
  run.catch(() => undefined); // looked at later
  return { run, drawing };
}

describe('the networks of a pipeline', () => {
  it('does one job after the other on the same networks', async () => {
    await using pipeline = await LipsyncPipeline.open(opening);
    const children = childrenOf(process.pid);
    const reports: Progress[] = [];
    const first = await pipeline.run(job('first.mp4', { onProgress: (progress) => reports.push(progress) }));
    const later: Progress[] = [];
    await pipeline.run(job('second.mp4', { onProgress: (progress) => later.push(progress) }));
    expect(first).toMatchObject({ output: at('first.mp4'), frames: FRAMES, framesWithFace: FRAMES });
    expect(first.durationSeconds).toBeCloseTo(FRAMES / 25, 9);
    expect(stagesOf(reports)).toEqual(['audio', 'faces', 'sync']);
    expect(stagesOf(later)).toEqual(['audio', 'sync']); // the faces are known
    expect(childrenOf(process.pid)).toEqual(children);
    expect(await hashOf('second.mp4')).toBe(await hashOf('first.mp4'));
  });

  it('draw every window with several seeds, and what the judge likes the best stays', async () => {
    await using pipeline = await LipsyncPipeline.open(opening);
    let rated = 0;
    const judge: Judge = {
      measure: 'correlation',
      mostAgreement: 1,
      judge: () => Promise.reject(new Error('Nothing is judged at the end.')),
      openRater: (speeches) => {
        expect(speeches).toHaveLength(1);
        return Promise.resolve({
          // The second of three drawings of every window.
          rate: (faces, heard) => {
            expect(faces.shape[0]).toBe(heard.length);
            expect(heard.every((row) => row?.speech === 0)).toBe(true);
            return Promise.resolve(rated++ % 3 === 1 ? 1 : 0.5);
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        });
      },
    };
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => void reports.push(progress);
    await pipeline.run(job('best.mp4', { steps: 1, seed: 7, bestOf: 3, judge, onProgress }));
    expect(rated).toBe(6); // two windows
    await pipeline.run(job('second-seed.mp4', { steps: 1, seed: 8 }));
    expect(await hashOf('best.mp4')).toBe(await hashOf('second-seed.mp4'));
    const drawn = reports.filter(({ stage }) => stage === 'sync').map(({ done }) => done);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  });

  it('are loaded for a job alone, which tells with every denoising step how far it is, and draws the same', async () => {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => void reports.push(progress);
    await LipsyncPipeline.run({ ...opening, ...job('alone.mp4', { onProgress }) });
    expect(await hashOf('alone.mp4')).toBe(await hashOf('first.mp4'));
    expect(stagesOf(reports)).toEqual(['audio', 'faces', 'load', 'sync']);
    const drawing = reports.filter(({ stage }) => stage === 'sync');
    expect(new Set(drawing.map(({ done }) => done)).size).toBeGreaterThan(2 * STEPS); // of two windows
    const fractions = reports.map((progress) => progress.job!.fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(drawing.at(-1)).toMatchObject({ done: FRAMES, total: FRAMES, job: { etaSeconds: 0 } });
    expect(drawing.some((progress) => progress.job!.etaSeconds! > 0)).toBe(true);
  });

  it('loads the UNet anew for DeepCache, and refuses other networks than it was opened with', async () => {
    await using pipeline = await LipsyncPipeline.open({ ...opening, preset: 'balanced' }); // has an interval of 3
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): void => void reports.push(progress);
    await pipeline.run(job('deep.mp4', { ...few(), steps: STEPS, onProgress }));
    expect(stagesOf(reports)).not.toContain('load');
    await pipeline.run(job('whole.mp4', { ...few(), steps: STEPS, deepCacheInterval: 1, onProgress }));
    expect(stagesOf(reports)).toContain('load');
    expect(await hashOf('whole.mp4')).not.toBe(await hashOf('deep.mp4'));
    const other = { ...job('int8.mp4'), dtype: 'int8' };
    await expect(pipeline.run(other)).rejects.toThrow(
      'options.dtype must be float32, with which the pipeline was opened (got "int8")',
    );
    const tiny = { ...job('tiny.mp4'), vae: 'taesd' };
    await expect(pipeline.run(tiny)).rejects.toThrow('options.vae must be kl, with which the pipeline was opened');
    await expect(pipeline.run({ ...job('tiny.mp4'), model: '1.5' } as LipsyncRunOptions)).rejects.toMatchObject({
      option: 'model',
    });
  });

  it.skipIf(process.platform !== 'linux')('starts another process when that of the networks has ended', async () => {
    await using pipeline = await LipsyncPipeline.open(opening);
    const [child] = childrenOf(process.pid);
    process.kill(child, 'SIGKILL');
    await expect.poll(() => childrenOf(process.pid)).not.toContain(child);
    await pipeline.run(job('again.mp4', few()));
    const { run, drawing } = startLongJob(pipeline, 'killed.mp4');
    await drawing;
    process.kill(childrenOf(process.pid)[0], 'SIGKILL');
    await expect(run).rejects.toMatchObject({ code: 'insufficient-memory' });
    await pipeline.run(job('once-more.mp4', few()));
    expect(await hashOf('once-more.mp4')).toBe(await hashOf('again.mp4'));
  });

  it.skipIf(process.platform !== 'linux')('ends its jobs when it is closed, and does none afterward', async () => {
    const pipeline = await LipsyncPipeline.open(opening);
    const { run, drawing } = startLongJob(pipeline, 'closed.mp4');
    const waiting = pipeline.run(job('next.mp4'));
    waiting.catch(() => undefined);
    await drawing;
    await pipeline.close();
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await expect(pipeline.run(job('late.mp4'))).rejects.toMatchObject({ code: 'aborted' });
    expect(childrenOf(process.pid)).toEqual([]);
    for (const name of ['closed', 'next', 'late']) expect(existsSync(at(`${name}.mp4`))).toBe(false);
    await pipeline.close(); // closing twice does no harm
  });
});

describe('an open pipeline', () => {
  let pipeline: LipsyncPipeline;
  beforeAll(async () => {
    pipeline = await LipsyncPipeline.open(opening);
  });
  afterAll(() => pipeline.close());

  it('draws another audio on the latents that a video has, and the same picture as without them', async () => {
    vi.stubEnv('LATENTSYNC_HOME', at('home'));
    await writeWav(at('longer.wav'), 16000, [sine(300, 16000, (2 * FRAMES + 4) / 25)]);
    const facesOf = async (output: string, more: Partial<LipsyncRunOptions>): Promise<number[]> => {
      await pipeline.run(job(output, { report: at('report.json'), ...more }));
      const { totals } = JSON.parse(await readFile(at('report.json'), 'utf8')) as JobReportHead;
      return [totals.encodedFaces, totals.keptFaces];
    };
    expect(await facesOf('cold.mp4', { cache: true })).toEqual([FRAMES, 0]);
    const longer = { audio: at('longer.wav'), extend: 'loop' } as const;
    // Where the loop begins later than the video, its first faces are cut out a little differently.
    const [encoded, kept] = await facesOf('warm.mp4', { ...longer, cache: true });
    expect(encoded + kept).toBe(2 * FRAMES + 4);
    expect(kept).toBeGreaterThanOrEqual(2 * FRAMES);
    expect(await facesOf('without.mp4', { ...longer, cache: false })).toEqual([2 * FRAMES + 4, 0]);
    expect(await hashOf('warm.mp4')).toBe(await hashOf('without.mp4'));
  });

  it('encodes no more of a long speech than a preview needs', async () => {
    vi.stubEnv('LATENTSYNC_HOME', at('home'));
    await writeWav(at('minute.wav'), 16000, [sine(200, 16000, 66)]);
    const audioOf = async (more: Partial<LipsyncRunOptions>): Promise<number[]> => {
      const options = { audio: at('minute.wav'), steps: 1, cache: true, report: at('report.json'), ...more };
      await pipeline.run(job('preview.mp4', options));
      const { totals, stages } = JSON.parse(await readFile(at('report.json'), 'utf8')) as JobReportHead;
      expect(totals.frames).toBe(5);
      const isKept = stages.some(({ stage, kept }) => stage === 'audio' && kept === true);
      expect(isKept).toBe(totals.encodedAudio === 0);
      return [totals.encodedAudio, totals.keptAudio];
    };
    // Windows of the encoder begin at 0, 20 and 36 s; the second one is heard from 25 s on, the third one from 43 s on.
    expect(await audioOf({ preview: '0.2@0:30' })).toEqual([1, 0]);
    expect(await audioOf({ preview: '0.2@0:40' })).toEqual([0, 1]);
    expect(await audioOf({ preview: '0.2@0:43' })).toEqual([1, 1]);
    expect(await audioOf({ preview: '0.2@0', audioStart: 60 })).toEqual([1, 0]);
  });

  it('tells how far it is when frames at uneven times end with the audio', async () => {
    const times = Array.from({ length: 20 }, (_, index) => index / 25 + (index % 2) * 0.013);
    await writeFaceClip(at('uneven.mp4'), times.length, times);
    const reports: Progress[] = [];
    const { frames } = await pipeline.run(
      job('uneven-out.mp4', { video: at('uneven.mp4'), steps: 1, onProgress: (progress) => reports.push(progress) }),
    );
    expect(frames).toBeLessThan(times.length);
    const { done, total, job: whole } = reports.at(-1)!;
    expect(total).toBeGreaterThanOrEqual(frames - 1);
    expect(total).toBeLessThanOrEqual(frames + 1);
    expect([done, whole!.fraction, whole!.etaSeconds]).toEqual([total, 1, 0]);
  });

  it('is usable after a job that failed, was canceled, or was canceled while it waited', async () => {
    await expect(pipeline.run(job('none.mp4', { video: at('none.mp4') }))).rejects.toMatchObject({
      code: 'file-not-found',
    });
    const cancellation = new AbortController();
    const { run, drawing } = startLongJob(pipeline, 'canceled.mp4', cancellation.signal);
    const waiting = pipeline.run(job('waiting.mp4', { signal: AbortSignal.timeout(1) }));
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await drawing;
    cancellation.abort();
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    const reports: Progress[] = [];
    await pipeline.run(job('after.mp4', { ...few(), onProgress: (progress) => reports.push(progress) }));
    expect(stagesOf(reports)).not.toContain('load');
    for (const name of ['none', 'canceled', 'waiting']) expect(existsSync(at(`${name}.mp4`))).toBe(false);
  });

  it('does jobs that are asked for at once one after the other, on files as paths, URLs, blobs and bytes', async () => {
    await using server = await rangeServer(folder);
    const [video, audio] = await Promise.all([readFile(at('few.mp4')), readFile(at('few.wav'))]);
    const files: Record<string, Partial<LipsyncRunOptions>> = {
      paths: {},
      'file-urls': { video: pathToFileURL(at('few.mp4')), audio: pathToFileURL(at('few.wav')) },
      blobs: { video: new Blob([video]), audio: new File([audio], 'few.wav') },
      bytes: { video: new Uint8Array(video), audio: new Uint8Array(audio).buffer },
      http: { video: new URL('few.mp4?key=secret', server.url), audio: new URL('few.wav', server.url) },
    };
    const order: string[] = [];
    const run = (name: string): Promise<unknown> => {
      const onProgress = (): unknown => order.at(-1) === name || order.push(name);
      return pipeline.run(job(`${name}.mp4`, { ...few(), ...files[name], onProgress }));
    };
    await Promise.all(Object.keys(files).map(run));
    expect(order).toEqual(Object.keys(files));
    const expected = await hashOf('paths.mp4');
    for (const name of order) expect([name, await hashOf(`${name}.mp4`)]).toEqual([name, expected]);
  });
});
