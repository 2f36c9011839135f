// A batch by the real command: jobs that are done, fail, and are skipped the next time; lines that arrive one by one; Ctrl-C.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip } from '../support/clips.ts';
import { eventsOf, resultOf, runCommand, startCommand } from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

const SAMPLE_RATE = 16000;

let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-batch-'));
  await writeSmallModel(at('model'));
  await writeFaceClip(at('face.mp4'), 6);
  await writeWav(at('speech.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 0.4)]);
});
afterAll(() => rm(folder, { recursive: true }));

const words = (...more: string[]): string[] => [
  ...[
    'sync',
    '--model',
    'model',
    '--threads',
    '1',
    '--length',
    'video',
    '--steps',
    '1',
    '--quiet',
    'draw',
    '--no-cache',
  ],
  ...more,
];
const options = () => ({ cwd: folder, environment: { LATENTSYNC_HOME: at('home') } });

/** The lines of a file of results. */
async function resultsIn(name: string): Promise<Record<string, unknown>[]> {
  return eventsOf({ stdout: await readFile(at(name), 'utf8') });
}

describe('latentsync sync --batch', () => {
  it('does all jobs but the one that fails, and that one the next time', async () => {
    const lines = [
      'video,audio,output,steps',
      'face.mp4,speech.wav,a.mp4,',
      'face.mp4,late.wav,b.mp4,',
      'face.mp4,speech.wav,c.mp4,2',
    ];
    await writeFile(at('jobs.csv'), lines.join('\n'));
    const first = await runCommand(words('--batch', 'jobs.csv'), options());
    expect(first.status, first.stderr).toBe(4);
    expect(first.stdout).toMatch(
      /^Job 1 of 3: a\.mp4: 6 frames.*\nJob 3 of 3: c\.mp4: 6 frames.*\n2 jobs done, 0 done before, 1 failed\. Results: jobs\.results\.jsonl\n$/,
    );
    expect(first.stderr).toContain('Job 2 of 3: Error: late.wav does not exist.'.replace('late.wav', at('late.wav')));
    expect(await resultsIn('jobs.results.jsonl')).toMatchObject([
      { line: 2, status: 'done', output: 'a.mp4', frames: 6, framesWithFace: 6, options: { steps: 1 } },
      { line: 3, status: 'failed', options: { audio: 'late.wav' }, error: { code: 'file-not-found', exitStatus: 10 } },
      { line: 4, status: 'done', output: 'c.mp4', options: { steps: 2 } },
    ]);

    await writeWav(at('late.wav'), SAMPLE_RATE, [sine(200, SAMPLE_RATE, 0.4)]);
    const before = await stat(at('a.mp4'));
    const second = await runCommand(words('--batch', 'jobs.csv', '--json'), options());
    expect(second.status, second.stderr).toBe(0);
    const events = eventsOf(second);
    expect(events.filter(({ event }) => event === 'job')).toMatchObject([
      { line: 2, status: 'skipped', batch: { job: 1, jobs: 3 } },
      { line: 3, status: 'done', output: 'b.mp4' },
      { line: 4, status: 'skipped' },
    ]);
    expect(events.at(-1)).toMatchObject({ event: 'result', jobs: 3, done: 1, skipped: 2, failed: 0 });
    expect(await stat(at('a.mp4'))).toEqual(before);
    const stages = events.filter(({ event }) => event === 'progress');
    expect(stages[0]).toMatchObject({ batch: { job: 2, jobs: 3 } });
    expect(await resultsIn('jobs.results.jsonl')).toHaveLength(4);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('begins nothing when a line of a file is wrong', async () => {
    await writeFile(
      at('wrong.csv'),
      'video,audio,output,steps\nface.mp4,speech.wav,d.mp4,\nface.mp4,speech.wav,d.mp4,\n,,e.mp4,0',
    );
    const { status, stderr } = await runCommand(words('--batch', 'wrong.csv'), options());
    expect(status).toBe(35);
    expect(stderr).toBe(
      'Error: wrong.csv is not a list of jobs:\n  Line 3 writes d.mp4, as line 2 does.\n' +
        '  Line 4 is not a job: video must be given.\nNo job was begun.\n',
    );
    const names = await readdir(folder);
    expect(names.filter((name) => /^[de]\.mp4|wrong\.results/.test(name))).toEqual([]);
  });

  it('does jobs as their lines arrive on stdin, until Ctrl-C', async () => {
    const child = startCommand(words('--batch', '-', '--results', 'stream.jsonl', '--json'), {
      ...options(),
      stdin: true,
    });
    const ended = resultOf(child);
    let text = '';
    child.stdout.on('data', (chunk: string) => (text += chunk));
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(text)) await once(child.stdout, 'data');
    };
    const job = { video: 'face.mp4', audio: 'speech.wav' };
    child.stdin.write('{"video":\n');
    await until(/"line":1,"status":"failed"/);
    child.stdin.write(`${JSON.stringify({ ...job, output: 'first.mp4' })}\n`);
    await until(/"line":2,"status":"done"/);
    child.stdin.write(`${JSON.stringify({ ...job, output: 'other.mp4', model: 'tiny' })}\n`);
    await until(/"line":3,"status":"failed"/);
    child.stdin.write(`${JSON.stringify({ ...job, output: 'long.mp4', steps: 999 })}\n`);
    await until(/"stage":"sync".*"batch":\{"job":4\}/);
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    expect(eventsOf({ stdout }).at(-1)).toMatchObject({ event: 'error', code: 'aborted' });
    expect(await resultsIn('stream.jsonl')).toMatchObject([
      { line: 1, status: 'failed', error: { code: 'config-invalid', message: 'Line 1 is not JSON.' } },
      { line: 2, status: 'done', output: 'first.mp4' },
      {
        line: 3,
        status: 'failed',
        error: { message: `model must be ${at('model')}, with which the pipeline was opened (got "tiny").` },
      },
    ]);
    expect((await readdir(folder)).filter((name) => /long|^\./.test(name))).toEqual([]);
  });
});
