// The results of a batch: they are found again as long as nothing changed, and half a line at the end does no harm.
import { appendFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchJob } from './batch-jobs.ts';
import { BatchResults, filesOf, type BatchRecord } from './batch-results.ts';

let folder = '';
let path = '';
let job: BatchJob;
let record: BatchRecord;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-results-'));
  path = join(folder, 'jobs.results.jsonl');
  for (const name of ['a.mp4', 'a.wav', 'out.mp4']) await writeFile(join(folder, name), name);
  const written = { video: 'a.mp4', audio: 'a.wav', output: 'out.mp4', steps: 4 };
  const options = {
    video: join(folder, 'a.mp4'),
    audio: join(folder, 'a.wav'),
    output: join(folder, 'out.mp4'),
    steps: 4,
  };
  job = { line: 2, written, options };
  const result = { output: 'out.mp4', frames: 10, framesWithFace: 10, durationSeconds: 0.4, elapsedSeconds: 1 };
  const files = await filesOf(options);
  record = { line: 2, status: 'done', options: written, files, ...result, model: 'tiny', warnings: [] };
});
afterEach(() => rm(folder, { recursive: true }));

/** Whether a job counts as done when the results are opened anew. */
async function isDone(of: BatchJob = job): Promise<boolean> {
  await using results = await BatchResults.open(path);
  return (await results.find(of)) !== undefined;
}

async function add(added: BatchRecord): Promise<void> {
  await using results = await BatchResults.open(path);
  await results.add(added);
}

describe('a job that is done', () => {
  it('is found again', async () => {
    expect(await isDone()).toBe(false);
    await add(record);
    expect(await isDone()).toBe(true);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines).toEqual([JSON.stringify(record), '']);
  });

  it('is found again in another line, and with other options that do not decide what comes out', async () => {
    await add(record);
    const { written, options } = job;
    expect(await isDone({ line: 7, written: { ...written, threads: 3, cache: false }, options })).toBe(true);
    expect(await isDone({ line: 2, written: { ...written, steps: 5 }, options })).toBe(false);
    expect(await isDone({ line: 2, written: { ...written, seed: 5 }, options })).toBe(false);
  });

  it.each(['a.mp4', 'a.wav', 'out.mp4'])('is to be done again when %s has changed or is gone', async (name) => {
    await add(record);
    const file = join(folder, name);
    await utimes(file, new Date(), new Date(0));
    expect(await isDone()).toBe(false);
    await rm(file);
    expect(await isDone()).toBe(false);
  });

  it('tells whether its lips and sound agreed as asked', async () => {
    const check = { passed: false, minimum: 0.5, measure: 'correlation', agreement: 0.1, soundLateMs: 0 };
    await add({ ...record, check: { ...check, isReliable: true, reasons: [] } } as BatchRecord);
    await using results = await BatchResults.open(path);
    expect(await results.find(job)).toEqual({ isOutOfSync: true });
  });

  it('is not one that failed', async () => {
    const error = { code: 'no-face', exitStatus: 18, message: 'No face.' };
    await add({ line: 2, status: 'failed', options: job.written, error });
    await add({ line: 3, status: 'failed', error });
    expect(await isDone()).toBe(false);
  });
});

describe('a file of results', () => {
  it('loses a last line that was half written, and nothing else', async () => {
    await add(record);
    const whole = await readFile(path);
    const line = Buffer.from(JSON.stringify({ ...record, line: 3 }));
    for (const length of [1, line.length / 2, line.length]) {
      await appendFile(path, line.subarray(0, length));
      expect(await isDone()).toBe(true);
      expect(await readFile(path)).toEqual(whole);
    }
    await appendFile(path, line.subarray(0, 20));
    await add({ ...record, line: 4 });
    expect((await readFile(path, 'utf8')).split('\n')).toEqual([
      JSON.stringify(record),
      JSON.stringify({ ...record, line: 4 }),
      '',
    ]);
  });

  it('is refused when it holds something else', async () => {
    await writeFile(path, `${JSON.stringify(record)}\n{"note":"mine"}\n`);
    await expect(isDone()).rejects.toMatchObject({
      code: 'input-invalid',
      problem: [`Line 2 of ${path} is not a result.`],
    });
  });
});
