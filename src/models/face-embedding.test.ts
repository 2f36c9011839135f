import { afterAll, beforeAll, expect, it } from 'vitest';
import { faceNetworkOf } from '../../test/support/face-networks.ts';
import { facePicture } from '../../test/support/face-pictures.ts';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { embeddingCrop, FaceEmbedding } from './face-embedding.ts';
import { squareAroundDetection } from './face-mesh.ts';
import { FaceDetector } from './face-detector.ts';
import type { Image8 } from '../tensor/image.ts';

let runtime: ProcessRuntime;
beforeAll(() => {
  runtime = createRuntime({ threads: 1 });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

it('a face has an embedding of length 1, much the same in another crop', async () => {
  await using detector = await FaceDetector.create(runtime, faceNetworkOf('blazeface'));
  await using network = await FaceEmbedding.create(runtime, faceNetworkOf('faceres'));
  const embed = async (picture: Image8, moved = 0): Promise<Float32Array> => {
    const [face] = await detector.detect(picture);
    const square = squareAroundDetection(face);
    const crop = { ...square, centerX: square.centerX + moved, side: square.side * (1 + moved / 50) };
    return network.embed(embeddingCrop(picture, crop));
  };
  const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const [one, moved, other] = [
    await embed(facePicture('closed')),
    await embed(facePicture('closed'), 3),
    await embed(facePicture('open-turned')),
  ];
  expect(one).toHaveLength(1024);
  expect(product(one, one)).toBeCloseTo(1, 5);
  expect(product(one, moved)).toBeGreaterThan(0.9);
  expect(product(one, other)).toBeLessThan(product(one, moved));
});

it('another network is refused', async () => {
  await expect(FaceEmbedding.create(runtime, faceNetworkOf('facemesh'))).rejects.toMatchObject({
    code: 'checkpoint-corrupt',
  });
});
