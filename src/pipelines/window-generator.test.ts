// WindowGenerator: latents of faces, which do not depend on what else is encoded.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { LipsyncNetworks } from './lipsync-networks.ts';
import type { WindowGenerator } from './window-generator.ts';

const FACES = 7;

const runtime = createRuntime();
let model: LipsyncModel;
let networks: LipsyncNetworks;
let generator: WindowGenerator;
let faces: Tensor<'float32'>;

beforeAll(async () => {
  const tiny = await openLipsyncModel('tiny');
  model = tiny.withDefaults({ resolution: 64 });
  networks = await LipsyncNetworks.load(runtime, model);
  generator = networks.generator({ scheduler: 'ddim', numInferenceSteps: 1, guidanceScale: 1 });
  faces = Tensor.float32([FACES, 3, 64, 64]);
  fillHashed(faces.data, 'faces');
});
afterAll(async () => {
  await networks[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await runtime[Symbol.asyncDispose]();
});

it('the latents of a face are the same, to the bit, alone and beside any number of others', async () => {
  const together = await generator.encode(faces);
  expect(together.shape).toEqual([FACES, 8, 8, 8]);
  const bytesOf = (tensor: Tensor, first: number, end: number): Buffer =>
    Buffer.from(tensor.slice(0, first, end).bytes);
  for (const [first, end] of [
    ...Array.from({ length: FACES }, (_, face) => [face, face + 1]),
    [1, 7],
    [2, 5],
    [5, 7],
  ]) {
    const apart = await generator.encode(faces.slice(0, first, end));
    expect(Buffer.compare(bytesOf(apart, 0, end - first), bytesOf(together, first, end))).toBe(0);
  }
  expect(Buffer.compare(bytesOf(together, 0, 1), bytesOf(together, 1, 2))).not.toBe(0);
});
