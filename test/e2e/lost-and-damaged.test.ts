// What befalls the files of a job: power cuts, folders that go away, inputs that change. Either the video is the same, or an error says what to do.
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LipsyncRunOptions } from '../../src/pipelines/lipsync-options.ts';
import { LipsyncPipeline } from '../../src/pipelines/lipsync-pipeline-node.ts';
import { LatentSyncError } from '../../src/util/errors.ts';
import { TorchGenerator } from '../../src/util/random.ts';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { damaged } from '../support/damaged-bytes.ts';
import { writeFaceClip } from '../support/clips.ts';
import { writeSmallModel } from '../support/small-model.ts';

/** Frames of the first of two segments. */
const SEGMENT = 20;

let root = '';
let pipeline: LipsyncPipeline;
let whole: Buffer;
const at = (...names: string[]): string => join(root, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-lost-'));
  process.env.LATENTSYNC_HOME = at('home');
  await writeSmallModel(at('model'));
  const times = Array.from({ length: 12 }, (_, index) => index * 0.5);
  await writeFaceClip(at('face.mp4'), times.length, times);
  await writeWav(at('speech.wav'), 16000, [sine(200, 16000, 13.4)]);
  pipeline = await LipsyncPipeline.open({ model: at('model'), threads: 1 });
  await run({ output: at('whole.mp4') });
  whole = await readFile(at('whole.mp4'));
});
afterAll(async () => {
  await pipeline.close();
  delete process.env.LATENTSYNC_HOME;
  await rm(root, { recursive: true, force: true });
});

const run = (options: Partial<LipsyncRunOptions> & { output: string }) =>
  pipeline.run({ video: at('face.mp4'), audio: at('speech.wav'), steps: 1, quiet: 'draw', ...options });

/** Runs the job, and does something when so many frames are written; returns the error that ends the job. */
async function runUntil(frames: number, act: () => Promise<unknown>, options: Parameters<typeof run>[0]) {
  let acting: Promise<unknown> | undefined;
  const onProgress: LipsyncRunOptions['onProgress'] = ({ stage, done }) => {
    if (stage === 'sync' && done >= frames) acting ??= act();
  };
  const error: unknown = await run({ ...options, onProgress }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await acting;
  expect(error).toBeInstanceOf(LatentSyncError);
  return error as LatentSyncError;
}

/** Runs the job, and cancels it when so many frames are written. */
function cancelAt(frames: number, options: Parameters<typeof run>[0]) {
  const controller = new AbortController();
  const cancel = (): Promise<void> => {
    controller.abort();
    return Promise.resolve();
  };
  return runUntil(frames, cancel, { ...options, signal: controller.signal });
}

/** Runs the job, and returns the frame at which it goes on. */
async function firstFrameOf(options: Parameters<typeof run>[0]): Promise<number | undefined> {
  let first: number | undefined;
  const onProgress: LipsyncRunOptions['onProgress'] = ({ stage, done }) => {
    if (stage === 'sync') first ??= done;
  };
  await run({ ...options, onProgress });
  return first;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('a journal that was damaged', () => {
  beforeAll(async () => {
    expect(await cancelAt(23, { output: at('out.mp4') })).toMatchObject({ code: 'aborted' });
    await rename(at('.out.mp4.latentsync'), at('kept'));
    const [record, segment, ...windows] = await readdir(at('kept'));
    expect([record, segment]).toEqual(['job.json', 'segment-00000.packets']);
    expect(windows.length).toBeGreaterThan(0); // the next one may be drawn already
    for (const window of windows) expect(window).toMatch(/^window-/);
  });

  it('is made again where it is damaged', async () => {
    const random = new TorchGenerator(7);
    const journal = at('.out.mp4.latentsync');
    await cp(at('kept'), journal, { recursive: true });
    for (const name of (await readdir(journal)).filter((name) => name !== 'job.json')) {
      const kind = name.startsWith('segment') ? 'zeros' : 'flip';
      await writeFile(join(journal, name), damaged(await readFile(join(journal, name)), kind, random));
    }
    await run({ output: at('out.mp4') });
    expect(await readFile(at('out.mp4'))).toEqual(whole);
    expect(await isThere(journal)).toBe(false);
  });

  it('whose record is damaged is refused', async () => {
    const journal = at('.out.mp4.latentsync');
    await cp(at('kept'), journal, { recursive: true });
    await writeFile(join(journal, 'job.json'), (await readFile(join(journal, 'job.json'))).fill(0, 100));
    await expect(run({ output: at('out.mp4') })).rejects.toMatchObject({ code: 'journal-damaged' });
    await rm(journal, { recursive: true });
  });

  it('whose record is gone is nothing to go on with', async () => {
    const journal = at('.out.mp4.latentsync');
    await cp(at('kept'), journal, { recursive: true });
    await rm(join(journal, 'job.json'));
    expect(await firstFrameOf({ output: at('out.mp4') })).toBe(0);
    expect(await readFile(at('out.mp4'))).toEqual(whole);
  });

  it('in which a segment is damaged before it is joined with the others says so, and goes on', async () => {
    const segment = at('.out.mp4.latentsync', 'segment-00000.packets');
    await cp(at('kept'), at('.out.mp4.latentsync'), { recursive: true });
    const damage = async (): Promise<void> => {
      await writeFile(segment, damaged(await readFile(segment), 'flip', new TorchGenerator(3)));
    };
    expect(await runUntil(21, damage, { output: at('out.mp4') })).toMatchObject({
      code: 'journal-damaged',
      message: expect.stringContaining('what is damaged is made again') as string,
    });
    await run({ output: at('out.mp4') });
    expect(await readFile(at('out.mp4'))).toEqual(whole);
  });
});

describe('a folder that goes away', () => {
  it('of the output: what is finished is kept elsewhere, and the same job goes on', async () => {
    await mkdir(at('videos'));
    const options = { output: at('videos', 'out.mp4'), workDir: at('journals', 'new') };
    expect(await runUntil(8, () => rm(at('videos'), { recursive: true }), options)).toMatchObject({
      code: 'output-not-writable',
      message: expect.stringMatching(
        /out\.mp4 cannot be written: its folder does not exist\.\nCreate the folder first\. What is finished is kept/,
      ) as string,
    });
    await mkdir(at('videos'));
    expect(await firstFrameOf(options)).toBe(SEGMENT);
    expect(await readFile(options.output)).toEqual(whole);
    expect(await readdir(at('journals', 'new'))).toEqual([]);
  });

  it('of the output and the journal: an error says so', async () => {
    await mkdir(at('gone'));
    const options = { output: at('gone', 'out.mp4') };
    const error = await runUntil(8, () => rm(at('gone'), { recursive: true }), options);
    expect(error).toMatchObject({ code: 'output-not-writable' });
    expect(error.message).toMatch(/gone\/out\.mp4 cannot be written: its folder does not exist\.\nCreate the folder/);
    expect(error.message).not.toContain('kept');
  });

  it('of the journal: an error names it', async () => {
    const options = { output: at('lost.mp4'), workDir: at('work') };
    const error = await runUntil(8, () => rm(at('work'), { recursive: true }), options);
    expect(error.message).toMatch(/work\/lost\.mp4-\w+\.latentsync cannot be written: its folder does not exist\./);
  });

  it('is made for a job that keeps nothing, and holds nothing after it was canceled', async () => {
    const options = { output: at('none.mp4'), workDir: at('not', 'there'), journal: 'none' } as const;
    const error = await cancelAt(23, options);
    expect(error.message).not.toContain('kept');
    expect(await readdir(options.workDir)).toEqual([]);
  });
});

describe('an input', () => {
  it('that is changed during the job ends it; with the old one it goes on', async () => {
    await cp(at('face.mp4'), at('changing.mp4'));
    const options = { video: at('changing.mp4'), output: at('changed.mp4') };
    expect(await runUntil(8, () => appendFile(at('changing.mp4'), 'x'), options)).toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(
        /changing\.mp4 was changed during the job\.\nPut the old file back, .* What is finished is kept/,
      ) as string,
    });
    await expect(run(options)).rejects.toMatchObject({ code: 'journal-mismatch' });
    await cp(at('face.mp4'), at('changing.mp4'));
    await utimes(at('changing.mp4'), 1, 1); // what counts is what is in it
    await run(options);
    expect(await readFile(options.output)).toEqual(whole);
  });

  it('that is removed during the job ends it, and the error says what to do', async () => {
    await cp(at('speech.wav'), at('leaving.wav'));
    const options = { audio: at('leaving.wav'), output: at('removed.mp4') };
    expect(await runUntil(8, () => rm(at('leaving.wav')), options)).toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(
        /leaving\.wav was removed during the job\.\nPut it back\. What is finished is kept/,
      ) as string,
    });
  });
});
