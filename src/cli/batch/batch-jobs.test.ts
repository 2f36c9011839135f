// Lines become jobs: values of the right types, paths from the right folder, networks shared, and nothing in another job's way.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LipsyncOptions } from '../../pipelines/lipsync-options.ts';
import { BatchJobs, type BatchEntry } from './batch-jobs.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-jobs-'));
});
afterAll(() => rm(folder, { recursive: true }));

let line = 0;

function add(jobs: BatchJobs, values: object): Promise<BatchEntry> {
  return jobs.add({ line: ++line, content: new Map(Object.entries(values)) });
}

/** Adds lines to new jobs, numbered from 1; returns the last entry. */
async function lastOf(
  lines: readonly object[],
  options: Partial<LipsyncOptions> = {},
): Promise<BatchEntry | undefined> {
  const jobs = new BatchJobs({ options, folder });
  line = 0;
  let last: BatchEntry | undefined;
  for (const values of lines) last = await add(jobs, values);
  return last;
}

const files = { video: 'a.mp4', audio: 'a.wav', output: 'out.mp4' };

describe('a line', () => {
  it('overrules the command line, and has its paths from the folder of the batch', async () => {
    const options = { audio: 'all.wav', steps: 4, model: 'models/mine' };
    const entry = await lastOf([{ video: 'a.mp4', output: 'out.mp4', steps: 8 }], options);
    expect(entry).toEqual({
      line: 1,
      written: { audio: 'all.wav', steps: 8, model: 'models/mine', video: 'a.mp4', output: 'out.mp4' },
      options: {
        audio: resolve('all.wav'),
        steps: 8,
        model: resolve('models/mine'),
        video: join(folder, 'a.mp4'),
        output: join(folder, 'out.mp4'),
      },
    });
  });

  it('may give everything as text, as CSV does, and the model as a number', async () => {
    const text = {
      steps: '8',
      guidanceScale: '1.5',
      reference: 'TRUE',
      cache: 'false',
      video: 'https://example.com/a.mp4',
    };
    const entry = await lastOf([{ ...files, ...text, model: 1.6 }]);
    expect(entry).toMatchObject({
      options: { steps: 8, guidanceScale: 1.5, reference: true, cache: false, model: '1.6' },
    });
    expect(entry).toHaveProperty('options.video', new URL('https://example.com/a.mp4'));
  });

  it.each([
    [{ steps: 'many' }, 'is not a job: steps must be an integer from 1 to 999 (got "many").'],
    [{ reference: 'yes' }, 'is not a job: reference must be true or false (got "yes").'],
    [{ output: '' }, 'is not a job: output must not be empty (got nothing).'],
    [
      { reference: true, fps: 30 },
      'is not a job: fps must be left out with reference: the reference works at 25 fps (got 30).',
    ],
    [{ guidance: 2 }, 'gives "guidance", which is not an option. Did you mean guidanceScale?'],
    [{ stesp: 2 }, 'gives "stesp", which is not an option. Did you mean steps?'],
    [{ constructor: 2 }, 'gives "constructor", which is not an option.'],
    [{ audio: 5 }, 'is not a job: audio must be a path, a URL, a Blob or bytes (got 5).'],
  ])('is refused for %j', async (values, fault) => {
    expect(await lastOf([{ ...files, ...values }])).toEqual({ line: 1, fault });
  });

  it('is refused without video, audio or output', async () => {
    expect(await lastOf([{ video: 'a.mp4', audio: 'a.wav' }])).toEqual({
      line: 1,
      fault: 'is not a job: output must be given.',
    });
  });
});

describe('networks', () => {
  it('are those of the first line for lines that do not say', async () => {
    const jobs = new BatchJobs({ options: { threads: 2 }, folder });
    await add(jobs, { ...files, model: '1.6', threads: 4 });
    const second = await add(jobs, { ...files, output: 'second.mp4' });
    expect(jobs.shared).toEqual({ model: '1.6', threads: 2 });
    expect(second).toMatchObject({ options: { model: '1.6', threads: 2 }, written: { model: '1.6', threads: 2 } });
  });
});

describe('two lines', () => {
  it.each([
    [{ output: './out.mp4' }, 'writes ./out.mp4, as line 1 does.'],
    [{ output: 'a.wav' }, 'writes a.wav, which line 1 reads.'],
    [{ output: 'b.mp4', video: 'b.mp4' }, 'writes b.mp4, which line 2 reads.'],
    [{ output: 'b.mp4', video: 'out.mp4' }, 'reads out.mp4, which line 1 writes.'],
  ])('are in conflict when the second has %j', async (values, fault) => {
    expect(await lastOf([files, { ...files, ...values }])).toEqual({ line: 2, fault });
  });

  it('are in conflict through links', async () => {
    await writeFile(join(folder, 'out.mp4'), '');
    await symlink('out.mp4', join(folder, 'link.mp4'));
    await symlink('.', join(folder, 'here'));
    for (const output of ['link.mp4', 'here/out.mp4', join(folder, 'out.mp4')]) {
      expect(await lastOf([files, { ...files, output }])).toEqual({
        line: 2,
        fault: `writes ${output}, as line 1 does.`,
      });
    }
  });

  it('may read the same files', async () => {
    expect(await lastOf([files, { ...files, output: 'b.mp4' }])).toHaveProperty('options');
  });
});
