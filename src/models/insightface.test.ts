import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { Tensor } from '../tensor/tensor.ts';
import {
  detectorFile,
  FACE_IN_STRIDES,
  frameWithRectangles,
  landmarksFile,
} from '../../test/support/insightface-models.ts';
import { decodeScrfd, InsightFaceDetector, InsightFaceLandmarks, scrfdHeads } from './insightface.ts';

const RED = [255, 0, 0] as const;
const BLUE = [0, 0, 255] as const;

let runtime: ProcessRuntime;
beforeAll(() => {
  runtime = createRuntime({ threads: 1 });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

/** Zeroed outputs of the detector for a 64×64 image, under names of no meaning. */
function emptyOutputs(): Record<string, Tensor<'float32'>> {
  const outputs: Record<string, Tensor<'float32'>> = {};
  for (const cells of [64, 16, 4]) {
    for (const columns of [10, 1, 4]) outputs[`cells${cells}x${columns}`] = Tensor.float32([cells * 2, columns]);
  }
  return outputs;
}

describe('decodeScrfd', () => {
  it('tells outputs apart by size and reads boxes and points about the anchor', () => {
    const outputs = emptyOutputs();
    // Stride 16: 4×4 cells; the second anchor of the cell in row 2, column 3, at (48, 32).
    const anchor = (2 * 4 + 3) * 2 + 1;
    outputs.cells16x1.data[anchor] = 0.8;
    outputs.cells16x4.data.set([1, 0.5, 2, 1.5], anchor * 4);
    outputs.cells16x10.data.set([0.25, -0.25, 1, 1], anchor * 10);
    // A face that is too unlikely.
    outputs.cells4x1.data[0] = 0.49;
    const faces = decodeScrfd(scrfdHeads(outputs, 64), 64, 0.5);
    expect(faces).toHaveLength(1);
    expect(faces[0].box).toEqual({ x: 32, y: 24, width: 48, height: 32 });
    expect(faces[0].landmarks.slice(0, 3)).toEqual([
      [52, 28],
      [64, 48],
      [48, 32],
    ]);
    expect(faces[0].score).toBeCloseTo(0.8, 6);
  });

  it('refuses outputs that are missing, naming the one', () => {
    const { cells4x10, ...outputs } = emptyOutputs();
    expect(cells4x10.size).toBe(80);
    expect(() => scrfdHeads(outputs, 64)).toThrow(
      /det_10g\.onnx is not the one from InsightFace's buffalo_l archive: it has no output of \[8, 10\] for a 64×64/,
    );
  });
});

describe('InsightFaceDetector', () => {
  it('finds faces in frames of any shape, in their pixels', async () => {
    await using detector = await InsightFaceDetector.create(runtime, detectorFile(640));
    for (const [width, height] of [
      [1280, 960],
      [960, 1280],
      [640, 640],
    ]) {
      const scale = Math.max(width, height) / 640;
      // One 8×8 cell of the detector's image, at (160, 240).
      const frame = frameWithRectangles(width, height, [[160 * scale, 240 * scale, 8 * scale, 8 * scale, RED]]);
      const [face, ...others] = await detector.detect(frame);
      expect(others).toEqual([]);
      const { left, top, right, bottom } = FACE_IN_STRIDES;
      expect(face.box.x).toBeCloseTo((160 - left * 8) * scale, 3);
      expect(face.box.y).toBeCloseTo((240 - top * 8) * scale, 3);
      expect(face.box.width).toBeCloseTo((left + right) * 8 * scale, 3);
      expect(face.box.height).toBeCloseTo((top + bottom) * 8 * scale, 3);
      expect(face.landmarks[1][0]).toBeCloseTo((160 + 0.2 * 8) * scale, 3);
      expect(face.score).toBeGreaterThan(0.95);
    }
  });

  it('keeps the best of overlapping faces', async () => {
    await using detector = await InsightFaceDetector.create(runtime, detectorFile(320), { size: 320 });
    const frame = frameWithRectangles(320, 320, [
      [80, 80, 8, 8, [230, 0, 0]],
      [88, 80, 8, 8, RED],
      [240, 160, 8, 8, RED],
    ]);
    const faces = await detector.detect(frame);
    expect(faces.map(({ box }) => [box.x, box.y])).toEqual([
      [80, 64],
      [232, 144],
    ]);
  });

  it('gives the network blue for red in the order of the reference', async () => {
    const frame = frameWithRectangles(320, 320, [
      [80, 80, 8, 8, RED],
      [160, 160, 8, 8, BLUE],
    ]);
    for (const [channelOrder, x] of [
      ['rgb', 80],
      ['bgr', 160],
    ] as const) {
      await using detector = await InsightFaceDetector.create(runtime, detectorFile(320), { size: 320, channelOrder });
      expect((await detector.detect(frame)).map(({ box }) => box.x)).toEqual([x - 8]);
    }
  });

  it('finds nothing in a black frame', async () => {
    await using detector = await InsightFaceDetector.create(runtime, detectorFile(320), { size: 320 });
    expect(await detector.detect(frameWithRectangles(320, 200, []))).toEqual([]);
  });

  it('refuses other files', async () => {
    const frame = frameWithRectangles(192, 192, []);
    await using detector = await InsightFaceDetector.create(runtime, landmarksFile(), { size: 192 });
    await expect(detector.detect(frame)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    await expect(InsightFaceDetector.create(runtime, Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      code: 'runtime-failed',
    });
    await expect(InsightFaceDetector.create(runtime, landmarksFile(), { size: 100 })).rejects.toThrow(RangeError);
  });
});

describe('InsightFaceLandmarks', () => {
  it('finds landmarks in the pixels of the frame', async () => {
    await using network = await InsightFaceLandmarks.create(runtime, landmarksFile());
    const frame = frameWithRectangles(800, 600, [[400, 300, 21, 11, RED]]);
    // The red center (410, 305) lies aside of the middle of the box, and the box is neither small nor square.
    const landmarks = await network.landmarks(frame, { x: 330, y: 250, width: 150, height: 200 });
    expect(landmarks).toHaveLength(212);
    for (let i = 0; i < 212; i += 2) {
      expect(landmarks[i]).toBeCloseTo(410, 0);
      expect(landmarks[i + 1]).toBeCloseTo(305, 0);
    }
  });

  it('sees black beyond the edges of the frame', async () => {
    await using network = await InsightFaceLandmarks.create(runtime, landmarksFile());
    const frame = frameWithRectangles(200, 200, [[0, 0, 31, 31, RED]]);
    const landmarks = await network.landmarks(frame, { x: -50, y: -50, width: 150, height: 150 });
    expect(landmarks[0]).toBeCloseTo(15, 0);
  });

  it('refuses a network with another number of landmarks', async () => {
    await using network = await InsightFaceLandmarks.create(runtime, landmarksFile(68));
    const frame = frameWithRectangles(64, 64, [[0, 0, 64, 64, RED]]);
    const box = { x: 0, y: 0, width: 64, height: 64 };
    await expect(network.landmarks(frame, box)).rejects.toThrow(
      /2d106det\.onnx is not the one from InsightFace's buffalo_l archive: its output has 136 numbers/,
    );
  });
});
