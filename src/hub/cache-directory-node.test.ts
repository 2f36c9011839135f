import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cacheContents, cacheDirectory, ensureDirectory } from './cache-directory-node.ts';

const homeDirectory = '/home/ada';

test.each([
  [{ LATENTSYNC_HOME: '/data/models', XDG_CACHE_HOME: '/cache' }, 'linux', '/data/models'],
  [{ LATENTSYNC_HOME: 'models' }, 'linux', resolve('models')],
  [{ XDG_CACHE_HOME: '/cache' }, 'darwin', '/cache/latentsync'],
  [{ XDG_CACHE_HOME: 'relative', LATENTSYNC_HOME: '' }, 'linux', '/home/ada/.cache/latentsync'],
  [{}, 'linux', '/home/ada/.cache/latentsync'],
  [{}, 'darwin', '/home/ada/Library/Caches/latentsync'],
  [{ LOCALAPPDATA: '/Local' }, 'win32', '/Local/latentsync'],
] as const)('with %o on %s the cache is in %s', (environment, platform, expected) => {
  expect(cacheDirectory({ environment, platform, homeDirectory })).toBe(expected);
});

test('a place that cannot be a folder is refused with the remedy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'));
  await writeFile(join(folder, 'file'), '');
  await expect(ensureDirectory(join(folder, 'file/models'))).rejects.toMatchObject({ code: 'output-not-writable' });
  await expect(ensureDirectory(join(folder, 'file/models'))).rejects.toThrow('Set LATENTSYNC_HOME');
  await rm(folder, { recursive: true });
});

test('a folder and its parents are created, also by many at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'));
  const path = join(folder, 'a/b/c');
  await Promise.all(Array.from({ length: 8 }, () => ensureDirectory(path)));
  expect((await stat(path)).isDirectory()).toBe(true);
  await expect(ensureDirectory(path)).resolves.toBe(path);
  await rm(folder, { recursive: true });
});

test.skipIf(process.platform !== 'linux')('a file system that denies new names is refused at once', async () => {
  await expect(ensureDirectory('/proc/x/models')).rejects.toMatchObject({
    code: 'output-not-writable',
    message:
      'The cache directory /proc/x/models cannot be created: its file system does not allow new folders.\n' +
      'Set LATENTSYNC_HOME to a folder that you may write to.',
  });
});

test('what a cache holds is told by folder, the largest first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'));
  expect(await cacheContents(join(folder, 'nowhere'))).toEqual([]);
  await mkdir(join(folder, 'models/1.6'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await mkdir(join(folder, 'int8'));
  await writeFile(join(folder, 'models/1.6/unet'), new Uint8Array(3000));
  await writeFile(join(folder, 'models/config'), new Uint8Array(500));
  await writeFile(join(folder, 'int8/weights'), new Uint8Array(4000));
  await symlink(folder, join(folder, 'models/loop'));
  expect(await cacheContents(folder)).toEqual([
    { name: 'int8', bytes: 4000 },
    { name: 'models', bytes: 3500 },
  ]);
  await rm(folder, { recursive: true });
});
