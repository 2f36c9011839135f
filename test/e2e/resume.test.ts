// A job that is killed at any moment goes on with the same command, and its video is the same byte for byte.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine, writeWav } from '../fixtures/media/make-media.ts';
import { writeFaceClip } from '../support/clips.ts';
import { eventsOf, resultOf, runCommand, startCommand } from '../support/run-command.ts';
import { writeSmallModel } from '../support/small-model.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-resume-'));
  await writeSmallModel(join(root, 'model'));
  // Frames at uneven times, and sound that goes on after them: two segments.
  const times = Array.from({ length: 20 }, (_, index) => index * 0.3 + (index % 4) * 0.03);
  await writeFaceClip(join(root, 'face.mp4'), times.length, times);
  await writeWav(join(root, 'speech.wav'), 16000, [sine(200, 16000, 14)]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const words = (output: string): string[] => {
  const options = ['--model', 'model', '--steps', '2', '--threads', '1', '--json'];
  return ['sync', 'face.mp4', 'speech.wav', '-o', output, ...options];
};
const how = () => ({ cwd: root, environment: { LATENTSYNC_HOME: join(root, 'home') } });
const contentOf = async (name: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(join(root, name)))
    .digest('hex');

/** Runs the job until so many frames are written; then a signal ends it. */
async function runUntil(output: string, frames: number, signal: 'SIGKILL' | 'SIGINT') {
  const child = startCommand(words(output), how());
  const ended = resultOf(child);
  for (let text = ''; ; text = text.slice(text.lastIndexOf('\n') + 1)) {
    text += String((await once(child.stdout, 'data'))[0]);
    const done = eventsOf({ stdout: text.slice(0, text.lastIndexOf('\n') + 1) })
      .filter(({ stage }) => stage === 'sync')
      .map((event) => Number(event.done));
    if (Math.max(-1, ...done) >= frames) break;
  }
  child.kill(signal);
  return ended;
}

describe.skipIf(process.platform === 'win32')('a job that is interrupted', () => {
  it('goes on after three kills, to the same bytes, and leaves nothing else', async () => {
    const whole = await runCommand(words('whole.mp4'), how());
    expect(whole.status, whole.stderr).toBe(0);
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
      'face.mp4',
      'home',
      'killed.html',
      'killed.mp4',
      'model',
      'speech.wav',
      'whole.mp4',
    ]);
  });

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
});
