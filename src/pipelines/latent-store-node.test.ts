// Latents on disk: found again to the bit, for the same origin only, within bounds, and never in the way of a job.
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { LatentsByFace } from './kept-latents.ts';
import { latentStore, type LatentOrigin } from './latent-store-node.ts';

const FACES = 50;
/** Of one part: 8 channels of 8×8, and a hash. */
const PART_BYTES = FACES * (8 * 64 * 4 + 32);

const origin: LatentOrigin = {
  tracks: { video: 'aa', decoding: {}, detector: 'mesh', reference: false },
  autoencoder: ['bb'],
  resolution: 64,
  kernels: ['cpu', 'float32', null, 'processor', '1.0.0'],
};

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-latents-'));
  directory = join(root, 'latents');
});
afterEach(() => rm(root, { recursive: true }));

function latentsOf(name: string): LatentsByFace {
  const entries = Array.from({ length: FACES }, (_, index): [string, Tensor<'float32'>] => {
    const tensor = Tensor.float32([1, 8, 8, 8]);
    fillHashed(tensor.data, `${name}.${index}`);
    return [index.toString(16).padStart(64, '0'), tensor];
  });
  return new Map(entries.reverse());
}

function expectSame(found: LatentsByFace | undefined, expected: LatentsByFace): void {
  expect([...found!.keys()]).toEqual([...expected.keys()]); // in the same order, that of their use
  for (const [key, tensor] of expected) {
    expect(found!.get(key)!.shape).toEqual(tensor.shape);
    expect(Buffer.compare(found!.get(key)!.bytes, tensor.bytes)).toBe(0);
  }
}

describe('latentStore', () => {
  it('finds latents again, part by part, for the same origin only', async () => {
    const store = latentStore(origin, { directory });
    expect(await store.read(0)).toBeUndefined();
    const [first, second] = [latentsOf('first'), latentsOf('second')];
    expect([await store.write(0, first), await store.write(3, second)]).toEqual([true, true]);
    expect((await readdir(directory)).length).toBe(2);
    const later = latentStore(origin, { directory });
    expectSame(await later.read(0), first);
    expectSame(await later.read(3), second);
    expect(await later.read(1)).toBeUndefined();
    const others: Partial<LatentOrigin>[] = [
      { tracks: { ...origin.tracks, video: 'ab' } },
      { autoencoder: ['bc'] },
      { resolution: 128 },
      { kernels: ['cuda', ...origin.kernels.slice(1)] },
    ];
    for (const other of others) {
      expect(await latentStore({ ...origin, ...other }, { directory }).read(0)).toBeUndefined();
    }
  });

  it('finds nothing in a damaged file, and can write it again', async () => {
    const store = latentStore(origin, { directory });
    await store.write(0, latentsOf('first'));
    const [name] = await readdir(directory);
    await truncate(join(directory, name), 5000);
    expect(await store.read(0)).toBeUndefined();
    await store.write(0, latentsOf('first'));
    expectSame(await store.read(0), latentsOf('first'));
  });

  it('keeps the beginning of a video, up to half of the bound, however often it is used', async () => {
    const maxBytes = 8.5 * PART_BYTES;
    for (let job = 0; job < 2; job++) {
      const store = latentStore(origin, { directory, maxBytes });
      const kept: boolean[] = [];
      for (let part = 0; part < 8; part++) {
        kept.push((await store.read(part)) !== undefined || (await store.write(part, latentsOf(`part ${part}`))));
      }
      expect(kept).toEqual([true, true, true, true, false, false, false, false]);
    }
  });

  it('drops what other videos have not used for longest when the folder grows beyond the bound', async () => {
    const maxBytes = 8.5 * PART_BYTES;
    const videos = ['a', 'b', 'c'].map((video) => ({ ...origin, tracks: { ...origin.tracks, video } }));
    for (const video of videos) {
      const store = latentStore(video, { directory, maxBytes });
      for (let part = 0; part < 4; part++) await store.write(part, latentsOf('part'));
      await new Promise((resolve) => setTimeout(resolve, 20)); // times of files tell the order
    }
    const sizes = await Promise.all(
      (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes);
    const found = await Promise.all(videos.map((video) => latentStore(video, { directory, maxBytes }).read(3)));
    expect(found.map((latents) => latents !== undefined)).toEqual([false, true, true]);
  });

  it('leaves a disk that is nearly full to others, and does without a folder that cannot be written', async () => {
    expect(await latentStore(origin, { directory, minFreeBytes: Infinity }).write(0, latentsOf('first'))).toBe(false);
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(join(root, 'file'), '');
    const blocked = latentStore(origin, { directory: join(root, 'file', 'latents') });
    expect(await blocked.write(0, latentsOf('first'))).toBe(false);
    expect(await blocked.read(0)).toBeUndefined();
  });
});
