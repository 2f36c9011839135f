// S3FD's boxes on outputs whose faces are known, and its detector's strictness. The golden file is run by `verifyDirectory`.
import { afterAll, describe, expect, it } from 'vitest';
import { Graph } from '../onnx/graph.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { createImage8 } from '../tensor/image.ts';
import { Tensor } from '../tensor/tensor.ts';
import { CheckpointMismatchError } from '../util/errors.ts';
import { hashedCheckpoint } from './hashed-weights.ts';
import { s3fdDetections, s3fdFaces, s3fdPriors } from './s3fd-boxes.ts';
import { S3FDDetector } from './s3fd-detector.ts';
import { S3FD } from './s3fd.ts';
import { SyncNetV2 } from './syncnet-v2.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime[Symbol.asyncDispose]());

describe('the priors', () => {
  it.each([
    [96, 128],
    [270, 480],
    [69, 101],
  ])('are as many as the network has rows for an image of %i×%i', (height, width) => {
    const g = new Graph();
    const { loc } = new S3FD().forward(g, g.input('image', [1, 3, height, width]));
    expect(s3fdPriors({ width, height })).toHaveLength(4 * Number(loc.shape[1]));
  });

  it('lie in the middle of their cells', () => {
    const [x, y, width, height] = s3fdPriors({ width: 128, height: 64 });
    expect([x * 128, y * 64, width * 128, height * 64]).toEqual([2, 2, 16, 16]);
  });
});

describe('boxes', () => {
  const image = { width: 128, height: 96 };
  const priors = s3fdPriors(image);
  const count = priors.length / 4;

  /** Detections of priors with given scores and offsets; all others are background. */
  function detect(faces: ReadonlyMap<number, { score: number; loc?: readonly number[] }>) {
    const [loc, conf] = [Tensor.float32([1, count, 4]), Tensor.float32([1, count, 2])];
    for (const [prior, { score, loc: offsets = [0, 0, 0, 0] }] of faces) {
      loc.data.set(offsets, 4 * prior);
      conf.data[2 * prior + 1] = score;
    }
    return s3fdDetections(loc, conf, priors);
  }

  it('are moved and sized relative to their priors', () => {
    const [{ box, score }] = detect(new Map([[0, { score: 0.75, loc: [5, 0, 5 * Math.log(2), 0] }]]));
    expect(score).toBe(0.75);
    // Center (2, 2), moved by half of 16; twice as wide.
    expect(box.x * 128).toBeCloseTo(10 - 16, 4);
    expect(box.width * 128).toBeCloseTo(32, 4);
    expect(box.y * 96).toBeCloseTo(2 - 8, 4);
  });

  it('of one face become the best of them, first within 0.3, then within 0.1', () => {
    // Neighbors are 4 pixels apart, and 16 wide: 12/20 of two neighbors is common, 4/28 of those three apart.
    const found = detect(
      new Map([
        [0, { score: 0.6 }],
        [1, { score: 0.9 }],
        [4, { score: 0.7 }],
      ]),
    );
    expect(found.map(({ score }) => score)).toEqual([0.9, 0.7].map(Math.fround));
    expect(s3fdFaces(found, image, { confidence: 0.5 }).map(({ score }) => score)).toEqual([Math.fround(0.9)]);
    expect(s3fdFaces(found, image, { confidence: 0.5, overlap: 0.2 })).toHaveLength(2);
    expect(s3fdFaces(found, image, { confidence: 0.8, overlap: 0.2 })).toHaveLength(1);
    const [{ box }] = s3fdFaces(found, { width: 1280, height: 960 }, { confidence: 0.5 });
    expect(box.width).toBeCloseTo(160, 3);
  });
});

describe('S3FDDetector', () => {
  it('looks at frames of any size', async () => {
    const weights = hashedCheckpoint(new S3FD(), 's3fd.');
    await using detector = new S3FDDetector(runtime, weights);
    for (const [width, height] of [
      [130, 90],
      [90, 130],
    ]) {
      const faces = await detector.detect(createImage8(width, height, 4));
      expect(faces.every(({ score }) => score > 0.9)).toBe(true);
    }
  });

  it('refuses the weights of another network', () => {
    const weights = hashedCheckpoint(new SyncNetV2(), 'sn.');
    expect(() => new S3FDDetector(runtime, weights)).toThrow(CheckpointMismatchError);
  });
});
