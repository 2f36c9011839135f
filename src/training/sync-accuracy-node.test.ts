// Accuracy of a small StableSyncNet with random weights, on clips whose answers are known: in pixels, and in latents.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { smallSyncNetSections, writeSmallModel } from '../../test/support/small-model.ts';
import { writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { parseStableSyncNetConfig } from '../models/stable-syncnet-config.ts';
import { StableSyncNet } from '../models/stable-syncnet.ts';
import { SeededRandom } from '../synthetic/random.ts';
import { Tensor } from '../tensor/tensor.ts';
import { writeTrainingClip } from './data/training-clip-node.ts';
import { samplesOfFrames } from './data/training-clip.ts';
import { measureSyncAccuracy, type SyncAccuracyOptions } from './sync-accuracy-node.ts';

const SIDE = 64;
let folder: string;
const at = (name: string): string => join(folder, name);

/** Writes a clip of random pictures that change or stand still, with noise for a sound. */
async function writeClip(set: string, frames: number, moves: boolean): Promise<void> {
  await mkdir(at(set));
  const random = new SeededRandom(frames);
  const picture = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
  const pixels = new Uint8Array(frames * picture.length).map((_, i) =>
    moves ? random.integer(256) : picture[i % picture.length],
  );
  await writeTrainingClip(join(at(set), 'clip.safetensors'), {
    frames: new Tensor('uint8', [frames, SIDE, SIDE, 3], pixels),
    audio: Int16Array.from({ length: samplesOfFrames(frames, 25) }, () => (moves ? random.integer(8001) - 4000 : 0)),
    frameRate: 25,
    origin: { source: 'synthetic' },
  });
}

async function writeNetwork(name: string, model: ReturnType<typeof smallSyncNetSections>, data: object): Promise<void> {
  const network = new StableSyncNet(parseStableSyncNetConfig(model));
  await writeSafetensorsFile(at(`${name}.safetensors`), hashedCheckpoint(network, 'accuracy.'));
  await writeFile(at(`${name}.yaml`), stringify({ model, data }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-accuracy-'));
  await writeSmallModel(at('model'));
  await writeClip('moving', 40, true);
  await writeClip('still', 12, false);
  await writeClip('short', 4, false);
  const pixels = smallSyncNetSections(SIDE);
  const data = { num_frames: 4, resolution: SIDE, video_fps: 25, lower_half: true };
  await writeNetwork('pixels', pixels, { ...data, latent_space: false });
  const visual = { ...pixels.visual_encoder, in_channels: 16, downsample_factors: [2, [4, 4]] };
  await writeNetwork(
    'latents',
    { ...pixels, visual_encoder: visual },
    { ...data, latent_space: true, lower_half: false },
  );
});
afterAll(() => rm(folder, { recursive: true }));

const measure = (clips: string, network: string, more: Partial<SyncAccuracyOptions> = {}) =>
  measureSyncAccuracy({
    data: at(clips),
    syncnet: at(`${network}.safetensors`),
    recipe: at(`${network}.yaml`),
    model: at('model'),
    pairs: 16,
    threads: 1,
    ...more,
  });

describe('measureSyncAccuracy', () => {
  it.each(['pixels', 'latents'])('is half right where all pairs are the same: %s', async (network) => {
    const { accuracy, matching, shifted, clips } = await measure('still', network);
    expect(accuracy).toBe(0.5);
    expect([matching.pairs, shifted.pairs, clips]).toEqual([8, 8, 1]);
    expect(matching.right + shifted.right).toBe(8);
    expect([0, 8]).toContain(matching.right);
  });

  it('draws the same pairs for the same seed', async () => {
    const first = await measure('moving', 'pixels', { pairs: 30 });
    expect(await measure('moving', 'pixels', { pairs: 30 })).toEqual(first);
    expect(first.accuracy).toBeCloseTo((first.matching.right + first.shifted.right) / 30, 12);
  });

  it('refuses what does not fit', async () => {
    await expect(measure('short', 'pixels')).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(measure('still', 'pixels', { recipe: at('latents.yaml') })).rejects.toMatchObject({
      code: 'checkpoint-mismatch',
    });
    await writeNetwork('odd', smallSyncNetSections(SIDE), { num_frames: 5, resolution: SIDE });
    await expect(measure('still', 'odd')).rejects.toThrow('must be 15 for 5 frames (got 12)');
    await writeNetwork('sizeless', smallSyncNetSections(SIDE), { num_frames: 4 });
    await expect(measure('still', 'sizeless')).rejects.toThrow('"data.resolution" in');
  });
});
