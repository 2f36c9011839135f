import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor } from '../tensor/tensor.ts';
import { FeatureCache, featureKey } from './feature-cache-node.ts';
import { fileIdentity } from './files-node.ts';
import type { FeatureOrigin } from './feature-store.ts';

const features = Tensor.float32([500, 5, 64]); // 640 kB
fillHashed(features.data, 'features');
const origin: FeatureOrigin = { audio: 'aa', encoder: 'tiny', windowMode: 'overlap', window: 0 };
const originOf = (audio: string): FeatureOrigin => ({ ...origin, audio });

let directory: string;
let cache: FeatureCache;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'features-')), 'features');
  cache = new FeatureCache({ directory });
});

afterEach(async () => {
  await rm(join(directory, '..'), { recursive: true });
});

/** Compares bytes: element by element is slow at this size. */
function expectFeatures(found: Tensor | undefined): void {
  expect(found?.shape).toEqual([500, 5, 64]);
  expect(found && Buffer.compare(found.bytes, features.bytes)).toBe(0);
}

const entryName = (of = origin): string => `${featureKey(of)}.safetensors`;
const entryPath = (of = origin): string => join(directory, entryName(of));

test('features come back as they were, to another cache object too', async () => {
  expect(await cache.read(origin)).toBeUndefined();
  expect(await cache.write(origin, features)).toBe(true);
  expectFeatures(await new FeatureCache({ directory }).read(origin));
  expect(await readdir(directory)).toEqual([entryName()]);
});

test('the key depends on the audio, the encoder and the window, and on nothing else', () => {
  const others = [{ audio: 'ab' }, { encoder: 'small' }, { windowMode: 'reference' }, { window: 1 }].map((part) => ({
    ...origin,
    ...part,
  }));
  expect(new Set([origin, ...others].map(featureKey)).size).toBe(5);
  expect(featureKey({ ...origin })).toBe(featureKey(origin));
});

test('the identity of weights follows their content', async () => {
  await cache.write(origin, features);
  const path = join(directory, 'weights.pt');
  await writeFile(path, 'first');
  const first = await fileIdentity(path);
  expect(await fileIdentity(path)).toBe(first);
  await writeFile(path, 'second');
  expect(await fileIdentity(path)).not.toBe(first);
});

test.each([
  ['cut off', async (path: string) => truncate(path, 5000)],
  ['emptied', async (path: string) => truncate(path, 0)],
  ['overwritten by something else', async (path: string) => writeFile(path, 'not features')],
  [
    'changed in one bit',
    async (path: string) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 100] ^= 1;
      await writeFile(path, bytes);
    },
  ],
])('an entry that is %s is ignored, and can be written again', async (_, damage) => {
  await cache.write(origin, features);
  await damage(entryPath());
  expect(await cache.read(origin)).toBeUndefined();
  await cache.write(origin, features);
  expectFeatures(await cache.read(origin));
});

test('an entry under the name of another is ignored', async () => {
  await cache.write(origin, features);
  const other = originOf('bb');
  await writeFile(entryPath(other), await readFile(entryPath()));
  expect(await cache.read(other)).toBeUndefined();
});

test('the entries unused for longest go when the folder grows too large, and so do abandoned files', async () => {
  const small = new FeatureCache({ directory, maxBytes: 4 * 660_000 });
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    await small.write(originOf(name), features);
    const then = new Date(Date.now() - 10_000_000 + index * 1000);
    await utimes(entryPath(originOf(name)), then, then);
  }
  const abandoned = join(directory, '.latentsync-1.part');
  await writeFile(abandoned, 'half');
  await utimes(abandoned, new Date(0), new Date(0));
  expect(await small.read(originOf('a'))).toBeDefined(); // used now, so b is the oldest
  await small.write(originOf('e'), features);
  expect((await readdir(directory)).sort()).toEqual(
    ['a', 'c', 'd', 'e'].map((name) => entryName(originOf(name))).sort(),
  );
});

test('entries that were not used for a month go when another is written', async () => {
  const lastUsed = async (name: string, days: number): Promise<void> => {
    await cache.write(originOf(name), features);
    const then = new Date(Date.now() - days * 24 * 3_600_000);
    await utimes(entryPath(originOf(name)), then, then);
  };
  await lastUsed('a', 29);
  await lastUsed('b', 31);
  await cache.write(originOf('c'), features);
  expect((await readdir(directory)).sort()).toEqual(['a', 'c'].map((name) => entryName(originOf(name))).sort());
});

test('features that are too large for the cache are not kept', async () => {
  expect(await new FeatureCache({ directory, maxBytes: 1e6 }).write(origin, features)).toBe(false);
});

test('a cache that cannot be written does not stop the work', async () => {
  const file = join(directory, '../file');
  await writeFile(file, '');
  const blocked = new FeatureCache({ directory: join(file, 'features') });
  expect(await blocked.write(origin, features)).toBe(false);
  expect(await blocked.read(origin)).toBeUndefined();
});

test('a tensor of another rank is a programming error', async () => {
  await expect(cache.write(origin, Tensor.float32([2, 3]))).rejects.toThrow(
    /\[T, layers \+ 1, n_state\] \(got \[2, 3\]\)/,
  );
});

test('processes that write and read the same entry at once never see half of one', async () => {
  const child = fileURLToPath(new URL('../../test/support/feature-child.ts', import.meta.url));
  const writers = [1, 2].map(() =>
    spawn(process.execPath, ['--import', 'tsx', child, directory, origin.audio, '25'], { stdio: 'inherit' }),
  );
  const exits = writers.map((writer) => once(writer, 'exit'));
  const isRunning = (): boolean => writers.some(({ exitCode }) => exitCode === null);
  let found = 0;
  while (isRunning()) {
    const tensor = await cache.read(origin);
    if (tensor) {
      expectFeatures(tensor);
      found++;
    } else expect(found).toBe(0);
  }
  expect(await Promise.all(exits)).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(found).toBeGreaterThan(0);
});
