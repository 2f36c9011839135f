import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { faceNetworkOf } from '../../test/support/face-networks.ts';
import { facePicture, frameWith, turned } from '../../test/support/face-pictures.ts';
import { decodeFaces, detectorAnchors, FaceDetector, faceDetectorModel, wholeFrame } from './face-detector.ts';

describe('detectorAnchors', () => {
  it('has two guesses in each of 16×16 cells and six in each of 8×8', () => {
    const anchors = detectorAnchors();
    expect(anchors.length).toBe(896 * 2);
    const at = (guess: number): number[] => Array.from(anchors.subarray(guess * 2, guess * 2 + 2));
    expect([0, 1, 2, 32].map(at)).toEqual([
      [1 / 32, 1 / 32],
      [1 / 32, 1 / 32],
      [3 / 32, 1 / 32],
      [1 / 32, 3 / 32],
    ]);
    expect([512, 517, 518, 895].map(at)).toEqual([
      [1 / 16, 1 / 16],
      [1 / 16, 1 / 16],
      [3 / 16, 1 / 16],
      [15 / 16, 15 / 16],
    ]);
  });
});

describe('decodeFaces', () => {
  it('places boxes and points by their anchor, in pixels of the frame', () => {
    const scores = new Float32Array(896);
    scores[1] = 0.75;
    const boxes = new Float32Array(896 * 16);
    // Center 8 px right and 4 px below the anchor at (8, 8); 32 wide, 64 high; first point 2 left of and 1 above it.
    boxes.set([8, 4, 32, 64, -2, -1], 16);
    // The network saw 512 pixels from (100, 200) on, twice its size.
    const square = { centerX: 355.5, centerY: 455.5, side: 512, angle: 0 };
    const [face, ...others] = decodeFaces(scores, boxes, detectorAnchors(), square, 0.5);
    expect(others).toEqual([]);
    expect(face.score).toBe(0.75);
    // Edges at 16 ± 16 and 12 ± 32 of the image, twice that in the frame, less half a pixel.
    expect(face.box).toEqual({ x: 99.5, y: 159.5, width: 64, height: 128 });
    expect(face.landmarks).toHaveLength(6);
    expect(face.landmarks[0]).toEqual([111.5, 213.5]);
  });

  it('ignores scores that are not numbers', () => {
    const square = { centerX: 0, centerY: 0, side: 256, angle: 0 };
    const scores = new Float32Array(896).fill(NaN);
    expect(decodeFaces(scores, new Float32Array(896 * 16), detectorAnchors(), square, 0.5)).toEqual([]);
  });
});

describe('FaceDetector', () => {
  let runtime: ProcessRuntime;
  let detector: FaceDetector;
  beforeAll(async () => {
    runtime = createRuntime({ threads: 1 });
    detector = await FaceDetector.create(runtime, faceNetworkOf('blazeface'));
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
  });

  it('computes what TensorFlow.js computes', async () => {
    const { data } = facePicture('closed');
    const image = new Tensor('uint8', [1, 256, 256, 3], data.filter((_, i) => i % 4 !== 3) as Uint8Array);
    await using session = await runtime.createSession(faceDetectorModel(faceNetworkOf('blazeface')));
    const outputs = await session.run({ image });
    const scores = toFloat32(outputs.scores).data;
    const boxes = toFloat32(outputs.boxes).data;
    // Figures of @tensorflow/tfjs-backend-cpu 4.22.0 on the same picture.
    expect(scores.indexOf(Math.max(...scores))).toBe(674);
    expect(scores[674]).toBeCloseTo(0.882787, 4);
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(10.675206, 3);
    const expected = [16.833, 6.6706, 109.2653, 109.2632, -6.5583, -20.5429, 39.0369, -21.9339];
    expected.forEach((value, i) => {
      expect(boxes[674 * 16 + i]).toBeCloseTo(value, 2);
    });
    expect(boxes.reduce((sum, value) => sum + Math.abs(value), 0) / 257298.557525).toBeCloseTo(1, 4);
  });

  it('finds a face with its eyes, nose and mouth', async () => {
    const faces = await detector.detect(facePicture('closed'));
    expect(faces).toHaveLength(1);
    const [{ box, landmarks, score }] = faces;
    expect(score).toBeGreaterThan(0.8);
    const [left, right, nose, mouth] = landmarks;
    expect(left[0]).toBeLessThan(right[0]);
    expect(nose[1]).toBeGreaterThan(left[1]);
    expect(mouth[1]).toBeGreaterThan(nose[1]);
    for (const [x, y] of [left, right, nose, mouth]) {
      expect(x).toBeGreaterThan(box.x);
      expect(x).toBeLessThan(box.x + box.width);
      expect(y).toBeGreaterThan(box.y);
      expect(y).toBeLessThan(box.y + box.height);
    }
  });

  it('finds a face wherever it is and however large', async () => {
    const [{ box }] = await detector.detect(facePicture('closed'));
    const [face] = await detector.detect(
      frameWith(900, 500, [{ picture: facePicture('closed'), x: 600, y: 150, scale: 0.75 }]),
    );
    expect(Math.abs(face.box.x + face.box.width / 2 - (600 + (box.x + box.width / 2) * 0.75))).toBeLessThan(6);
    expect(Math.abs(face.box.y + face.box.height / 2 - (150 + (box.y + box.height / 2) * 0.75))).toBeLessThan(6);
    expect(face.box.width / (box.width * 0.75)).toBeCloseTo(1, 0);
  });

  it('searches tiles of a large frame for a small face', async () => {
    // Of 1920 pixels' height the face takes 30, which is 4 of the detector's 256.
    const frame = frameWith(1080, 1920, [{ picture: facePicture('closed'), x: 700, y: 1200, scale: 0.28 }]);
    const [face] = await detector.detect(frame);
    expect(face.box.width).toBeLessThan(60);
    expect(Math.abs(face.box.x + face.box.width / 2 - (700 + 128 * 0.28))).toBeLessThan(12);
    expect(Math.abs(face.box.y + face.box.height / 2 - (1200 + 120 * 0.28))).toBeLessThan(16);
  });

  it('looks only where it is told to', async () => {
    const frame = frameWith(1080, 1920, [{ picture: facePicture('closed'), x: 700, y: 1200, scale: 0.28 }]);
    expect(await detector.detect(frame, { squares: [wholeFrame(frame)] })).toEqual([]);
  });

  it.each([0, 90, 180, 270] as const)('finds a small face beside a large one, turned by %i°', async (angle) => {
    const picture = turned(facePicture('closed'), angle);
    const frame = frameWith(1920, 1080, [
      { picture: facePicture('closed'), x: 100, y: 100, scale: 3 },
      { picture, x: 1500, y: 700, scale: 0.38 }, // 45 pixels wide
    ]);
    const faces = await detector.detect(frame);
    const [small, large] = [1500 + 128 * 0.38, 100 + 128 * 3].map((x) =>
      faces.find(({ box }) => Math.abs(box.x + box.width / 2 - x) < 30),
    );
    expect(large?.box.width).toBeGreaterThan(250);
    expect(small?.box.width).toBeLessThan(80);
    expect(faces).toHaveLength(2);
  });

  it('finds two faces', async () => {
    const picture = facePicture('closed');
    const frame = frameWith(640, 320, [
      { picture, x: 20, y: 30 },
      { picture, x: 360, y: 30, scale: 0.9 },
    ]);
    expect(await detector.detect(frame)).toHaveLength(2);
  });

  it('finds nothing in a gray frame', async () => {
    expect(await detector.detect(frameWith(640, 360, []))).toEqual([]);
  });

  it('refuses another network', async () => {
    await expect(FaceDetector.create(runtime, faceNetworkOf('facemesh'))).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
    });
  });
});
