import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TemporaryFolder } from './temporary-paths-node.ts';

const child = fileURLToPath(new URL('../../test/support/exit-child.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-temporary-'));
});
afterEach(() => rm(folder, { recursive: true }));

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

it('a place for temporary folders that is none is refused with the remedy', async () => {
  await expect(TemporaryFolder.create('work-', join(folder, 'none'))).rejects.toMatchObject({
    code: 'output-not-writable',
    message: expect.stringMatching(
      /^A temporary folder in .*none cannot be created: its folder does not exist\.\nSet TMPDIR/,
    ) as string,
  });
});
