import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TemporaryFolder } from './temporary-paths-node.ts';

const child = fileURLToPath(new URL('../../test/support/exit-child.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-temporary-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('a process that exits in the middle of its work leaves only what was finished', async () => {
  const { status, seen } = await new Promise<{ status: unknown; seen: string }>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', child, folder], (error, stdout) => {
      resolve({ status: error?.code, seen: stdout });
    });
  });
  expect(status).toBe(130);
  expect(Number(seen)).toBe(4); // the finished file, and three in the making
  expect(await readdir(folder)).toEqual(['done.mp4']);
});

it('a temporary folder goes with what is in it', async () => {
  let path: string;
  {
    await using temporary = await TemporaryFolder.create('work-', folder);
    ({ path } = temporary);
    expect((await stat(path)).isDirectory()).toBe(true);
    expect([dirname(path), basename(path).slice(0, 5)]).toEqual([folder, 'work-']);
    await writeFile(join(path, 'file'), '');
  }
  expect(existsSync(path)).toBe(false);
});

it('a parent that does not exist is refused with the remedy', async () => {
  const none = join(folder, 'none');
  const problem = `A temporary folder in ${none} cannot be created: its folder does not exist.`;
  await expect(TemporaryFolder.create('work-', none)).rejects.toMatchObject({
    code: 'output-not-writable',
    message: `${problem}\nCreate the folder first.`,
  });
  vi.stubEnv('TMPDIR', none);
  vi.stubEnv('TEMP', none);
  await expect(TemporaryFolder.create('work-')).rejects.toMatchObject({
    code: 'output-not-writable',
    message: `${problem}\nSet TMPDIR to a folder that you may write to.`,
  });
});
