import { mkdir, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock-node.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'locks/model.lock');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('pieces of work under one lock never overlap', async () => {
  let running = 0;
  const work = async (): Promise<number> => {
    running++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return running--;
  };
  const results = await Promise.all(Array.from({ length: 3 }, () => withLock(path, 'test', {}, work)));
  expect(results).toEqual([1, 1, 1]);
});

test('the lock is released when the work fails', async () => {
  const failing = withLock(path, 'test', {}, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('waiting ends when it is canceled', async () => {
  await withLock(path, 'test', {}, async () => {
    const signal = AbortSignal.timeout(50);
    await expect(withLock(path, 'test', { signal }, () => Promise.resolve())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

test('an abandoned lock is taken over', async () => {
  await mkdir(path, { recursive: true });
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(path, longAgo, longAgo);
  expect(await withLock(path, 'test', { timeoutSeconds: 0 }, () => Promise.resolve('done'))).toBe('done');
});

test('work whose lock was taken over is canceled and does not count', async () => {
  const work = withLock(path, 'test', { staleSeconds: 2 }, async (signal) => {
    await rm(path, { recursive: true });
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
  });
  await expect(work).rejects.toMatchObject({ code: 'locked' });
  await expect(work).rejects.toThrow('Another process took over');
});
