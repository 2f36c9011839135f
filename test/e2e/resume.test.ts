// A job that is killed at any moment goes on with the same command, and its video is the same byte for byte.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeSubtitledFaceClip } from '../support/clips.ts';
import { readSubtitleTracks } from '../support/in-process-subtitles.ts';
import {
  eventsOf,
  resultOf,
  runCommand,
  startCommand,
  type CommandOptions,
  type CommandResult,
} from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

let root = '';
/** The job in one go, and what it asked of the file system. */
let whole: CommandResult;
let wholeCalls: FileCalls;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-resume-'));
  await writeSmallModel(join(root, 'model'));
  // Frames at uneven times, and sound that goes on after them: two segments.
  const times = Array.from({ length: 20 }, (_, index) => index * 0.3 + (index % 4) * 0.03);
  await writeSubtitledFaceClip(join(root, 'face.mkv'), times, [
    { start: 1, duration: 1.5, text: 'One' },
    { start: 5, duration: 0.5, text: '<i>Two</i>' },
  ]);
  await writeWav(join(root, 'speech.wav'), 16000, [sine(200, 16000, 14)]);
  const trace = await newTrace();
  whole = await runCommand(words('whole.mp4'), {
    cwd: root,
    environment: { ...how().environment, ...trace.environment },
  });
  wholeCalls = await trace.read();
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const words = (output: string): string[] => {
  const options = ['--model', 'model', '--steps', '1', '--threads', '1', '--quiet', 'draw', '--json'];
  return ['sync', 'face.mkv', 'speech.wav', '-o', output, ...options];
};
const how = () => ({ cwd: root, environment: { LATENTSYNC_HOME: join(root, 'home') } });
const contentOf = async (name: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(join(root, name)))
    .digest('hex');

/** What a program asked of the file system, in order. */
type FileCalls = { name: string; args: { path?: string; old_path?: string; new_path?: string } }[];

/** Has a command write down what it asks of the file system. */
async function newTrace() {
  const folder = join(root, 'home', 'traces');
  await mkdir(folder, { recursive: true });
  const options = `--trace-event-categories=node.fs.async --trace-event-file-pattern=${folder}/\${pid}.json`;
  return {
    environment: { NODE_OPTIONS: options },
    /** Of the one process that wrote the output. */
    read: async (): Promise<FileCalls> => {
      for (const name of await readdir(folder)) {
        const text = await readFile(join(folder, name), 'utf8');
        if (!text.includes('whole.mp4')) continue;
        const { traceEvents } = JSON.parse(text) as { traceEvents: (FileCalls[number] & { ph: string })[] };
        return traceEvents.filter(({ ph }) => ph === 'b');
      }
      throw new Error('no process has written a trace');
    },
  };
}

/** Checks that what a job has finished is on disk before anything counts on it. */
function expectDurable(calls: FileCalls): void {
  const after = (from: number, isIt: (call: FileCalls[number]) => boolean): number => {
    const found = calls.findIndex((call, index) => index > from && isIt(call));
    expect(found, `a call after ${JSON.stringify(calls[from])}`).toBeGreaterThan(from);
    return found;
  };
  const journal = join(root, '.whole.mp4.latentsync');
  const isOf = (path: string) => (call: FileCalls[number]) => call.args.path === path;
  const isSync = ({ name }: FileCalls[number]): boolean => name === 'fsync';
  // The journal's own entry, before its record.
  const made = calls.findIndex((call) => call.name === 'mkdir' && isOf(journal)(call));
  const parentSynced = after(after(made, isOf(root)), isSync);
  const renamed = (name: string): number => calls.findIndex(({ args }) => args.new_path?.endsWith(name) === true);
  expect(renamed('job.json')).toBeGreaterThan(parentSynced);
  // Each part: its bytes, its name, and the folder's entry.
  for (const name of ['job.json', 'segment-00000.packets', 'segment-00001.packets']) {
    const at = renamed(name);
    expect(calls.slice(0, at).some(isSync)).toBe(true);
    after(after(at, isOf(journal)), isSync);
  }
  // The output, before anything of the journal goes away; then what goes away, before the record does.
  const at = calls.findIndex(({ args }) => args.new_path === 'whole.mp4');
  expect(at).toBeGreaterThan(renamed('segment-00001.packets'));
  const outputSynced = after(after(at, isOf('.')), isSync);
  const removed = after(
    at,
    ({ name, args }) => name === 'unlink' && args.path === join(journal, 'segment-00000.packets'),
  );
  expect(removed).toBeGreaterThan(outputSynced);
  const removalSynced = after(
    after(removed, ({ name, args }) => name === 'open' && args.path === journal),
    isSync,
  );
  after(removalSynced, ({ name, args }) => name === 'unlink' && args.path === join(journal, 'job.json'));
}

/** Runs the job until so many frames are written; then a signal ends it. */
function runUntil(output: string, frames: number, signal: 'SIGKILL' | 'SIGINT'): Promise<CommandResult> {
  return actAt(frames, output, how(), (child) => child.kill(signal));
}

/** Runs the job, and does something when so many frames are written. */
async function actAt(
  frames: number,
  output: string,
  options: CommandOptions,
  act: (child: ReturnType<typeof startCommand>) => unknown,
): Promise<CommandResult> {
  const child = startCommand(words(output), options);
  const ended = resultOf(child);
  for (let text = ''; ; text = text.slice(text.lastIndexOf('\n') + 1)) {
    text += String((await once(child.stdout, 'data'))[0]);
    const done = eventsOf({ stdout: text.slice(0, text.lastIndexOf('\n') + 1) })
      .filter(({ stage }) => stage === 'sync')
      .map((event) => Number(event.done));
    if (Math.max(-1, ...done) >= frames) break;
  }
  await act(child);
  return ended;
}

/** A user whom folders can be closed to, which no folder is to the superuser. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
const canReadProgram =
  spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(import.meta.filename)})`], { ...user }).status ===
  0;

describe.skipIf(process.platform === 'win32')('a job that is interrupted', () => {
  it('goes on after three kills, to the same bytes, and leaves nothing else', async () => {
    expect(whole.status, whole.stderr).toBe(0);
    expectDurable(wholeCalls);
    const { frames } = eventsOf(whole).at(-1) as { frames: number };
    expect(frames).toBeGreaterThan(40);
    const latents = join(root, 'home/latents');
    expect(await readdir(latents)).not.toEqual([]);
    for (const share of [0.05, 0.5, 0.9]) {
      // Whether the latents of the faces are there makes no difference.
      if (share === 0.5) await rm(latents, { recursive: true });
      await runUntil('killed.mp4', share * frames, 'SIGKILL');
      expect(await readdir(root)).not.toContain('killed.mp4');
    }
    const resumed = await runCommand([...words('killed.mp4'), '--report', 'killed.html'], how());
    expect(resumed.status, resumed.stderr).toBe(0);
    const first = eventsOf(resumed).find(({ stage }) => stage === 'sync');
    expect(Number(first?.done)).toBeGreaterThan(20); // the first segment was not made again
    expect(await contentOf('killed.mp4')).toBe(await contentOf('whole.mp4'));
    const [{ shown: lines }] = await readSubtitleTracks(join(root, 'killed.mp4'));
    expect(lines.map((line) => line.replace(/\0[^]*/, ''))).toEqual(['1.000 2.500 One', '5.000 5.500 Two']);
    // Its report shows frames from before the kills as well: two lines of ten thumbnails.
    const page = await readFile(join(root, 'killed.html'), 'utf8');
    const shown = Array.from(page.matchAll(/title="([\d.]+) s, frame \d+" style="left:/g), ([, seconds]) =>
      Number(seconds),
    );
    expect(shown).toHaveLength(20);
    for (const [index, seconds] of shown.entries()) {
      expect(seconds - 0.7 * (index + 0.5)).toBeGreaterThan(-0.01);
      expect(seconds - 0.7 * (index + 0.5)).toBeLessThan(0.45);
    }
    expect((await readdir(root)).sort()).toEqual([
      'face.mkv',
      'home',
      'killed.html',
      'killed.mp4',
      'model',
      'speech.wav',
      'whole.mp4',
    ]);
  }, 180_000);

  it('says on Ctrl-C how to go on; its leftovers are listed, refused to other jobs, and removed', async () => {
    const { status, stdout } = await runUntil('stopped.mp4', 12, 'SIGINT');
    expect(status).toBe(130);
    expect(eventsOf({ stdout }).at(-1)).toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('the same job goes on from there. Set --fresh to start anew') as string,
    });
    const jobs = await runCommand(['jobs', '--json'], how());
    expect(eventsOf(jobs).at(-1)).toMatchObject({ jobs: [{ output: join(root, 'stopped.mp4'), isRunning: false }] });
    const other = await runCommand([...words('stopped.mp4'), '--seed', '5'], how());
    expect(other.status).toBe(37);
    expect(eventsOf(other).at(-1)).toMatchObject({ code: 'journal-mismatch' });
    const clean = await runCommand(['jobs', 'clean', '--json'], how());
    expect(eventsOf(clean).at(-1)).toMatchObject({ removed: [join(root, 'stopped.mp4')] });
    await expect(stat(join(root, '.stopped.mp4.latentsync'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.skipIf(!canReadProgram)(
    'goes on when its folder, which became read-only, can be written again',
    async () => {
      const folder = join(root, 'guarded');
      for (const path of [folder, join(root, 'home-of-user')]) {
        await mkdir(path);
        if (user) await chown(path, user.uid, user.gid);
      }
      await chmod(root, 0o755);
      const options = { cwd: root, user, environment: { LATENTSYNC_HOME: join(root, 'home-of-user') } };
      const output = 'guarded/out.mp4';
      const closed = await actAt(21, output, options, () => chmod(folder, 0o555));
      const error = { code: 'output-not-writable', message: expect.stringContaining(output) as string };
      expect(eventsOf(closed).at(-1)).toMatchObject({
        ...error,
        message: expect.stringContaining('the same job goes on from there') as string,
      });
      expect(await readdir(folder)).toEqual(['.out.mp4.latentsync']);
      const again = await runCommand(words(output), options);
      expect([again.status, closed.status]).toEqual([20, 20]);
      expect(eventsOf(again).at(-1)).toMatchObject(error);
      await chmod(folder, 0o755);
      const resumed = await runCommand(words(output), options);
      expect(resumed.status, resumed.stderr).toBe(0);
      expect(Number(eventsOf(resumed).find(({ stage }) => stage === 'sync')?.done)).toBeGreaterThan(20);
      expect(await contentOf(output)).toBe(await contentOf('whole.mp4'));
      expect(await readdir(folder)).toEqual(['out.mp4']);
    },
    180_000,
  );
});
