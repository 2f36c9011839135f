import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallVaeConfig } from '../../../test/support/small-vae.ts';
import { writeModel } from '../../onnx/model-proto.ts';
import { createThreadRuntime } from '../../runtime/thread-runtime-node.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { ClipSet } from '../data/clip-set-node.ts';
import { writeTrainingClip } from '../data/training-clip-node.ts';
import { mouthWeights } from '../../vision/mouth-region.ts';
import { Graph } from '../../onnx/graph.ts';
import { SeededRandom } from '../../synthetic/random.ts';
import { appendGradients } from '../gradients/gradients.ts';
import { detailError } from '../losses.ts';
import type { TrainingTask } from '../training-task.ts';
import { vaeTask, type VaeRecipeSettings } from './vae.ts';

const SIDE = 32;
const PATCH = 16;
const settings: VaeRecipeSettings = {
  seed: 3,
  batchSize: 12,
  patchSize: PATCH,
  mouthLossWeight: 3,
  mouthShare: 0.5,
  l1Weight: 1,
  l2Weight: 0,
  edgeWeight: 0,
  klWeight: 0,
  detailWeight: 0,
  adversarialWeight: 0,
  featureWeight: 0,
  adversarialStart: 0,
  trainableModules: undefined,
};

let folder: string;
let clips: ClipSet;

/** One frame whose pixels tell their column in red and their row in green. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-vae-'));
  const frames = new Tensor('uint8', [1, SIDE, SIDE, 3], new Uint8Array(SIDE ** 2 * 3));
  for (let pixel = 0; pixel < SIDE ** 2; pixel++) {
    frames.data[3 * pixel] = pixel % SIDE;
    frames.data[3 * pixel + 1] = Math.floor(pixel / SIDE);
  }
  const audio = new Int16Array(640);
  await writeTrainingClip(join(folder, 'a.safetensors'), { frames, audio, frameRate: 25, origin: { name: 'a' } });
  clips = await ClipSet.open(folder, { resolution: SIDE });
});
afterAll(async () => {
  await clips[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Batch = Record<string, Tensor<'float32'>>;
const task = (change: Partial<VaeRecipeSettings> = {}): TrainingTask =>
  vaeTask({ config: smallVaeConfig, clips }, { ...settings, ...change });

describe('a batch of the VAE', () => {
  it('has for every pixel of its patches, mirrored or not, the weight of its place in the face', async () => {
    const { image, places } = (await task().batch(0, 0)) as Batch;
    const weights = mouthWeights(SIDE, settings.mouthLossWeight);
    const area = PATCH ** 2;
    let mirrored = 0;
    for (let item = 0; item < settings.batchSize; item++) {
      const channel = (index: number): Float32Array =>
        image.data.subarray((3 * item + index) * area, (3 * item + index + 1) * area);
      const place = (values: Float32Array, pixel: number): number => Math.round((values[pixel] + 1) * 127.5);
      if (channel(0)[1] < channel(0)[0]) mirrored++;
      for (let pixel = 0; pixel < area; pixel++) {
        const [x, y] = [place(channel(0), pixel), place(channel(1), pixel)];
        expect(places.data[item * area + pixel]).toBe(weights[y * SIDE + x]);
      }
    }
    expect(mirrored).toBeGreaterThan(0);
    expect(mirrored).toBeLessThan(settings.batchSize);
  });
});

describe('the recipe of the VAE', () => {
  it.each([40, 12])('refuses patches that no face has, of %i pixels', (patchSize) => {
    expect(() => task({ patchSize })).toThrow(
      `"data.patch_size" must be a multiple of 8 and at most 32, the side of the clips' faces (got ${patchSize}).`,
    );
  });
});

describe('the loss of the VAE', () => {
  it('counts errors by the weights of their places', async () => {
    const { graph, layout, frozen, initial, prepare, batch } = task({ batchSize: 2 });
    await prepare?.();
    const parameters = Tensor.float32([layout.size]);
    for (const [key, { shape, offset }] of layout.entries) {
      // The last convolution gives 0.25 everywhere.
      const last = key.startsWith('decoder.conv_out.');
      parameters.data.set(
        last ? (await initial(key, shape)).fill(key.endsWith('bias') ? 0.25 : 0) : await initial(key, shape),
        offset,
      );
    }
    const feeds = (await batch(0, 0)) as Batch;
    await using runtime = createThreadRuntime({ threads: 1 });
    await using session = await runtime.createSession(writeModel(graph, frozen));
    const { loss } = await session.run({ ...feeds, parameters });
    let expected = 0;
    for (let i = 0; i < feeds.image.size; i++) {
      const item = Math.floor(i / (3 * PATCH ** 2));
      const weight = feeds.places.data[item * PATCH ** 2 + (i % PATCH ** 2)];
      expected += (weight * Math.abs(0.25 - feeds.image.data[i])) / feeds.image.size;
    }
    expect(toFloat32(loss).data[0]).toBeCloseTo(expected, 4);
  });
});

describe('the detail loss', () => {
  const shape = [1, 3, 16, 16];
  const noise = (seed: number, amount: number): Tensor<'float32'> => {
    const random = new SeededRandom(seed);
    return Tensor.float32(
      shape,
      Float32Array.from({ length: 768 }, () => amount * random.normal()),
    );
  };

  it('asks for as much detail, not for the same, and its gradient agrees with central differences', async () => {
    const g = new Graph();
    const [real, drawn] = [g.input('real', shape), g.input('drawn', shape)];
    const places = g.constant(Tensor.float32([1, 1, 16, 16], new Float32Array(256).fill(1)));
    const loss = detailError(g, { real, drawn }, places);
    const [gradient] = appendGradients(g, loss, [drawn]);
    g.output('loss', loss);
    g.output('gradient', gradient);
    await using runtime = createThreadRuntime({ threads: 1 });
    await using session = await runtime.createSession(
      writeModel(g, () => {
        throw new Error('There are no parameters.');
      }),
    );
    const truth = noise(1, 0.2);
    const run = async (image: Tensor<'float32'>): Promise<{ loss: number; gradient: Float32Array }> => {
      const result = await session.run({ real: truth, drawn: image });
      return { loss: toFloat32(result.loss).data[0], gradient: toFloat32(result.gradient).data };
    };
    expect((await run(truth)).loss).toBeLessThan(1e-6);
    const [asRough, smooth] = [(await run(noise(2, 0.2))).loss, (await run(noise(2, 0))).loss];
    expect(asRough).toBeLessThan(0.35 * smooth);

    const start = noise(3, 0.1);
    const along = (await run(start)).gradient;
    const length = Math.hypot(...along);
    const at = async (step: number): Promise<number> =>
      (
        await run(
          Tensor.float32(
            shape,
            start.data.map((value, i) => value + (step * along[i]) / length),
          ),
        )
      ).loss;
    const difference = ((await at(0.01)) - (await at(-0.01))) / 0.02;
    expect(Math.abs(difference / length - 1)).toBeLessThan(0.02);
  });
});

describe('the adversary of the VAE', () => {
  const opposed = { batchSize: 2, adversarialWeight: 0.5, featureWeight: 2, adversarialStart: 10 };

  it('learns from the first step on, and counts from the one that was asked for', async () => {
    const counts = async (step: number): Promise<number> =>
      ((await task(opposed).batch(step, 0)) as Batch).adversary_counts.data[0];
    expect(await Promise.all([0, 9, 10, 11].map(counts))).toEqual([0, 0, 1, 1]);
    expect((await task().batch(0, 0)).adversary_counts).toBeUndefined();
  });

  it('is not in the weights of the VAE', () => {
    const { layout, fileKey } = task(opposed);
    const kept = [...layout.entries.keys()].map(fileKey).filter((key) => key !== undefined);
    expect(kept).toEqual([...task().layout.entries.keys()]);
    expect(layout.entries.size).toBeGreaterThan(kept.length);
  });

  it('and the VAE have a loss each, and gradients that agree with central differences of their own', async () => {
    const { graph, layout, frozen, initial, prepare, batch } = task(opposed);
    await prepare?.();
    const parameters = new Float32Array(layout.size);
    for (const [key, { shape, offset }] of layout.entries) parameters.set(await initial(key, shape), offset);
    const feeds = (await batch(10, 0)) as Batch;
    await using runtime = createThreadRuntime({ threads: 1 });
    await using session = await runtime.createSession(writeModel(graph, frozen));
    const run = async (values: Float32Array): Promise<Record<string, Float32Array>> => {
      const results = await session.run({ ...feeds, parameters: Tensor.float32([layout.size], values) });
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, toFloat32(value).data]));
    };
    const { gradients } = await run(parameters);
    for (const [name, isOfAdversary, scale] of [
      ['loss', false, 1],
      ['discrimination', true, 0.01],
    ] as const) {
      // Along its own gradient, so that little is lost in rounding.
      const direction = new Float32Array(layout.size);
      for (const [key, { offset, size }] of layout.entries) {
        if (key.startsWith('discriminator.') !== isOfAdversary) continue;
        direction.set(gradients.subarray(offset, offset + size), offset);
      }
      const length = Math.hypot(...direction);
      const at = async (distance: number): Promise<number> =>
        (await run(parameters.map((value, i) => value + (distance * direction[i]) / length)))[name][0];
      const step = 1e-4;
      const difference = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(Math.abs((scale * difference) / length - 1), name).toBeLessThan(0.03);
    }
  });

  it('is refused patches that its verdicts do not divide', () => {
    const odd = { inChannels: 3, outChannels: 3, blockOutChannels: [4, 4] };
    expect(() =>
      vaeTask({ config: { ...smallVaeConfig, ...odd }, clips }, { ...settings, ...opposed, patchSize: 18 }),
    ).toThrow('"data.patch_size" must be a multiple of 4 for a discriminator (got 18).');
  });
});
