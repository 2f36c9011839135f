// JobJournal: what a job keeps comes back to the same job only, to one process at a time, and nothing damaged comes back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { byteDamages, damaged } from '../../test/support/damaged-bytes.ts';
import { TorchGenerator } from '../util/random.ts';
import {
  checkJournal,
  findAllJournals,
  findJournals,
  JobJournal,
  journalFolder,
  removeJournal,
  type OpenJournalOptions,
} from './job-journal-node.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-journal-'));
  vi.stubEnv('LATENTSYNC_HOME', join(root, 'home'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const output = (): string => join(root, 'out.mp4');
const open = (more: Partial<OpenJournalOptions> = {}): Promise<JobJournal> =>
  JobJournal.open({ output: output(), identity: { video: 'aa', options: { steps: 20 } }, frames: 500, ...more });

/** Changes what a journal's lock says of its holder, by default this process. */
async function writeLock(folder: string, changes: object): Promise<void> {
  const journal = await open();
  const lock = JSON.parse(await readFile(join(folder, 'lock'), 'utf8')) as Record<string, unknown>;
  await journal.close();
  const holder: Record<string, unknown> = { ...lock, ...changes };
  delete holder.checksum;
  await writeFile(join(folder, 'lock'), JSON.stringify({ ...holder, checksum: crc32(JSON.stringify(holder)) }));
}

/** Two faces of 2×2 pixels, at levels that 8 bits have. */
const faces = [0, 1].map((index) =>
  Float32Array.from({ length: 12 }, (_, i) => Math.fround((20 * i + index) / 127.5 - 1)),
);

describe('JobJournal', () => {
  it('gives drawn windows back to the next process', async () => {
    const first = await open();
    expect(await first.isEmpty()).toBe(true);
    await first.lane(0).write(7, faces);
    await first.setFramesSafe(250);
    await first.close();
    const second = await open();
    expect(await findJournals(root)).toMatchObject([{ framesSafe: 250 }]);
    expect(await second.lane(0).read(7)).toEqual(faces);
    expect(await second.lane(0).read(8)).toBeUndefined();
    expect(await second.isEmpty()).toBe(false);
    await second.remove();
    expect(await readdir(root)).toEqual(['home']);
  });

  it('rounds faces to 256 levels, unless they are to be exact', async () => {
    const values = [Float32Array.of(-1.5, 0.001, 0.999, 2)];
    const rounded = await open();
    await rounded.lane(0).write(0, values);
    expect(await rounded.lane(0).read(0)).toEqual([Float32Array.of(-1, 128 / 127.5 - 1, 1, 1)]);
    await rounded.remove();
    const exact = await open({ exact: true });
    await exact.lane(0).write(0, values);
    expect(await exact.lane(0).read(0)).toEqual(values);
    await exact.remove();
  });

  it('does not give back a damaged window, nor one that is cut off', async () => {
    const journal = await open();
    await journal.lane(0).write(3, faces);
    const path = join(journal.folder, 'window-0-0000003.faces');
    const whole = await readFile(path);
    for (const length of [0, 5, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      expect(await journal.lane(0).read(3)).toBeUndefined();
    }
    whole[10] ^= 1;
    await writeFile(path, whole);
    expect(await journal.lane(0).read(3)).toBeUndefined();
    await journal.remove();
  });

  it('forgets the windows before one', async () => {
    const journal = await open();
    for (const window of [1, 2, 3]) await journal.lane(0).write(window, faces);
    await journal.lane(0).forgetBefore(3);
    expect(await Promise.all([1, 2, 3].map((window) => journal.lane(0).read(window)))).toEqual([
      undefined,
      undefined,
      faces,
    ]);
    await journal.remove();
  });

  it('refuses another job, says what differs, and starts anew when told to', async () => {
    const first = await open();
    await first.lane(0).write(0, faces);
    await first.close();
    await expect(open({ identity: { video: 'ab', options: { steps: 20 } } })).rejects.toMatchObject({
      code: 'journal-mismatch',
      message: expect.stringContaining('differs from this one: video.') as string,
    });
    const other = { video: 'ab', options: { steps: 20 } };
    await expect(checkJournal(other, { output: output() })).rejects.toMatchObject({ code: 'journal-mismatch' });
    await checkJournal(other, { output: output(), fresh: true });
    await checkJournal(other, { output: join(root, 'another.mp4') });
    const anew = await open({ identity: { video: 'ab', options: { steps: 20 } }, fresh: true });
    expect(await anew.lane(0).read(0)).toBeUndefined();
    await anew.remove();
  });

  it('is for one process at a time; that of a process that is gone is free', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'locked' });
    await first.close();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    await once(child, 'spawn');
    // A later process that got the same number, and one from before the system was started last.
    await writeLock(first.folder, { pid: child.pid, started: '1' });
    await (await open()).close();
    await writeLock(first.folder, { pid: process.pid, boot: 'earlier' });
    await (await open()).close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeLock(first.folder, { pid: child.pid, started: '' });
    await (await open()).remove();
  });

  it('is left to the process of another machine, and the error names the lock', async () => {
    const journal = await open();
    await journal.close();
    await writeLock(journal.folder, { host: `not-${hostname()}` });
    await expect(open()).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('.out.mp4.latentsync/lock') as string,
    });
  });

  it.each(byteDamages)('gives back nothing that was damaged (%s)', async (kind) => {
    const random = new TorchGenerator(1);
    const journal = await open();
    await journal.lane(0).write(3, faces);
    await journal.close();
    const windowPath = join(journal.folder, 'window-0-0000003.faces');
    const recordPath = join(journal.folder, 'job.json');
    const [window, record] = [await readFile(windowPath), await readFile(recordPath)];
    for (let i = 0; i < 100; i++) {
      const damagedWindow = damaged(window, kind, random);
      await writeFile(windowPath, damagedWindow);
      expect(await journal.lane(0).read(3)).toEqual(damagedWindow.equals(window) ? faces : undefined);
      const damagedRecord = damaged(record, kind, random);
      await writeFile(recordPath, damagedRecord);
      const isSame = record.toString().trimEnd() === damagedRecord.toString().trimEnd();
      if (!isSame) await expect(open()).rejects.toMatchObject({ code: 'journal-damaged' });
    }
  });

  it('goes on under a damaged lock, which is that of a process that died while it wrote it', async () => {
    const journal = await open();
    const path = join(journal.folder, 'lock');
    const lock = await readFile(path);
    for (const kind of byteDamages) {
      await writeFile(path, damaged(lock, kind, new TorchGenerator(2)));
      await utimes(path, 1, 1);
      await (await open()).close();
    }
    await journal.close();
  });

  it('without a record is emptied: nobody knows of which job it is', async () => {
    const journal = await open();
    await journal.lane(0).write(3, faces);
    await journal.close();
    await rm(join(journal.folder, 'job.json'));
    const next = await open({ identity: { video: 'ab' } });
    expect(await next.lane(0).read(3)).toBeUndefined();
    await next.remove();
  });

  it('removes what a killed process had begun to write beside the output', async () => {
    const journal = await open();
    await journal.close();
    await writeFile(join(root, journal.unfinishedOutput), 'half a video');
    await (await open()).remove();
    expect(await readdir(root)).toEqual(['home']);
  });

  it('lies beside the output, hidden, or in another folder; its name is never too long', () => {
    expect(journalFolder('/videos/out.mp4')).toBe('/videos/.out.mp4.latentsync');
    expect(journalFolder('/videos/out.mp4', '/work')).toMatch(/^\/work\/out\.mp4-[0-9a-f]{8}\.latentsync$/);
    const long = journalFolder(`/videos/${'視'.repeat(80)}.mp4`);
    expect(Buffer.byteLength(long.slice('/videos/'.length))).toBeLessThan(160);
  });

  it('refuses a journal that cannot be read', async () => {
    const journal = await open();
    await journal.close();
    await writeFile(join(journal.folder, 'job.json'), '{"output": 3}');
    await expect(open()).rejects.toMatchObject({ code: 'journal-damaged' });
    await (await open({ fresh: true })).remove();
  });
});

describe('journals that interrupted jobs have left', () => {
  it('are found with their size and progress, and removed', async () => {
    const journal = await open();
    await journal.lane(0).write(0, faces);
    await journal.setFramesSafe(250);
    const [running] = await findJournals(root);
    expect(running).toMatchObject({ output: output(), frames: 500, framesSafe: 250, isRunning: true });
    await expect(removeJournal(running)).rejects.toMatchObject({ code: 'locked' });
    await journal.close();
    const [left] = await findAllJournals();
    expect(left).toMatchObject({ output: output(), isRunning: false });
    expect(left.size).toBeGreaterThan(24);
    await removeJournal(left);
    expect(await findAllJournals()).toEqual([]);
    expect(await readdir(root)).toEqual(['home']);
  });
});
