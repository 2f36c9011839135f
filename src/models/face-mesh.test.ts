import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { createImage8 } from '../tensor/image.ts';
import { faceNetworkOf } from '../../test/support/face-networks.ts';
import { facePicture, frameWith, mirrored } from '../../test/support/face-pictures.ts';
import { mouthOpening, mouthWidth } from './face-measures.ts';
import { FaceMesh, faceMeshModel, meshInFrame, squareAroundDetection, squareAroundMesh } from './face-mesh.ts';

/** Landmark numbers: corners of the eyes and the mouth, tip of the nose, chin. */
const PAIRS = [
  [33, 263],
  [61, 291],
] as const;
const SINGLES = [4, 152] as const;
const [LEFT_EYE, RIGHT_EYE] = PAIRS[0];

const faceSquare = { centerX: 128, centerY: 120, side: 200, angle: 0 };

function distanceBetween(a: Float32Array, b: Float32Array, landmark: number): number {
  return Math.hypot(a[landmark * 3] - b[landmark * 3], a[landmark * 3 + 1] - b[landmark * 3 + 1]);
}

describe('squares around faces', () => {
  it('stand upright by the eyes of a detection and are half as large again', () => {
    const square = squareAroundDetection({
      box: { x: 10, y: 20, width: 40, height: 30 },
      score: 1,
      landmarks: [
        [20, 30],
        [30, 40],
      ],
    });
    expect(square).toEqual({ centerX: 30, centerY: 35, side: 60, angle: Math.PI / 4 });
  });

  it('hold the mesh that the network sees in them, turned or not', () => {
    // A mesh as large as two thirds of the crop, whose middle is the crop's.
    const mesh = new Float32Array(468 * 3).fill(96);
    const place = (landmark: number, x: number, y: number): void => {
      mesh.set([x, y, 5], landmark * 3);
    };
    place(LEFT_EYE, 70, 80);
    place(RIGHT_EYE, 122, 80);
    place(10, 96, 32);
    place(152, 96, 160);
    for (const angle of [0, 0.7, -2]) {
      const square = { centerX: 300, centerY: 200, side: 384, angle };
      const landmarks = meshInFrame(mesh, square);
      const around = squareAroundMesh(landmarks);
      expect(around.centerX).toBeCloseTo(300, 3);
      expect(around.centerY).toBeCloseTo(200, 3);
      expect(around.side).toBeCloseTo(384, 3);
      expect(around.angle).toBeCloseTo(angle, 5);
      expect(landmarks[2 + 152 * 3]).toBeCloseTo(10, 5); // depth in pixels of the frame, like x and y
    }
  });
});

describe('FaceMesh', () => {
  let runtime: ProcessRuntime;
  let mesh: FaceMesh;
  beforeAll(async () => {
    runtime = createRuntime({ threads: 1 });
    mesh = await FaceMesh.create(runtime, faceNetworkOf('facemesh'));
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
  });

  it('computes what TensorFlow.js computes', async () => {
    const { data } = facePicture('closed');
    const crop = new Uint8Array(192 * 192 * 3);
    for (let i = 0; i < 192 * 192; i++) {
      const from = ((Math.floor(i / 192) + 20) * 256 + (i % 192) + 32) * 4;
      crop.set(data.subarray(from, from + 3), i * 3);
    }
    await using session = await runtime.createSession(faceMeshModel(faceNetworkOf('facemesh')));
    const outputs = await session.run({ image: new Tensor('uint8', [1, 192, 192, 3], crop) });
    const values = toFloat32(outputs.mesh).data;
    // Figures of @tensorflow/tfjs-backend-cpu 4.22.0 on the same crop.
    const expected = [96.5403, 71.6288, -3.644, 78.2037, 72.218, -12.7813, 96.4833, 75.8628, -2.0763, 138.3172];
    expected.forEach((value, i) => {
      expect(values[i * 100]).toBeCloseTo(value, 2);
    });
    expect(values.reduce((sum, value) => sum + Math.abs(value), 0) / 94571.212951).toBeCloseTo(1, 5);
    expect(toFloat32(outputs.presence).data[0]).toBeCloseTo(1, 5);
  });

  it('finds the same landmarks wherever the first crop is', async () => {
    const frame = facePicture('closed');
    const { landmarks } = await mesh.refine(frame, faceSquare);
    for (const [dx, dy] of [
      [-8, 5],
      [6, -8],
    ]) {
      const shifted = { ...faceSquare, centerX: 128 + dx, centerY: 120 + dy };
      const once = await mesh.refine(frame, shifted, { passes: 1 });
      const thrice = await mesh.refine(frame, shifted);
      for (const landmark of [...PAIRS.flat(), ...SINGLES]) {
        expect(distanceBetween(thrice.landmarks, landmarks, landmark)).toBeLessThan(0.8);
      }
      const error = (found: Float32Array): number =>
        PAIRS.flat().reduce((sum, landmark) => sum + distanceBetween(found, landmarks, landmark), 0);
      expect(error(thrice.landmarks)).toBeLessThan(error(once.landmarks));
    }
  });

  it('finds mirrored landmarks in a mirrored picture', async () => {
    const { landmarks } = await mesh.refine(facePicture('closed'), faceSquare);
    const flipped = await mesh.refine(mirrored(facePicture('closed')), { ...faceSquare, centerX: 127 });
    for (const [left, right] of [...PAIRS, ...SINGLES.map((single) => [single, single] as const)]) {
      expect(Math.abs(255 - flipped.landmarks[right * 3] - landmarks[left * 3])).toBeLessThan(2);
      expect(Math.abs(flipped.landmarks[right * 3 + 1] - landmarks[left * 3 + 1])).toBeLessThan(2);
    }
  });

  it('moves and grows its landmarks with the face', async () => {
    const { landmarks } = await mesh.refine(facePicture('closed'), faceSquare);
    const frame = frameWith(700, 640, [{ picture: facePicture('closed'), x: 150, y: 100, scale: 2 }]);
    const larger = await mesh.refine(frame, { centerX: 150 + 260, centerY: 100 + 236, side: 400, angle: 0.05 });
    for (const landmark of [...PAIRS.flat(), ...SINGLES]) {
      expect(Math.abs(larger.landmarks[landmark * 3] - (150.5 + landmarks[landmark * 3] * 2))).toBeLessThan(3);
      expect(Math.abs(larger.landmarks[landmark * 3 + 1] - (100.5 + landmarks[landmark * 3 + 1] * 2))).toBeLessThan(3);
    }
  });

  it('measures the mouth alike on an upright and a turned head', async () => {
    const closed = await mesh.refine(facePicture('closed'), faceSquare);
    const open = await mesh.refine(facePicture('open-turned'), { ...faceSquare, centerX: 145 });
    expect(mouthOpening(closed.landmarks)).toBeLessThan(0.08);
    expect(mouthOpening(open.landmarks)).toBeGreaterThan(0.2);
    expect(mouthWidth(closed.landmarks)).toBeGreaterThan(0.7);
    expect(mouthWidth(closed.landmarks)).toBeLessThan(0.95);
    expect(open.presence).toBeGreaterThan(0.9);
  });

  it('tells that a crop shows no face', async () => {
    const gray = createImage8(256, 256, 3, new Uint8Array(256 * 256 * 3).fill(90));
    expect((await mesh.refine(gray, faceSquare)).presence).toBeLessThan(0.1);
  });
});

describe('mouth measures', () => {
  it('are ratios to the distance between the eyes, in three dimensions', () => {
    const landmarks = new Float32Array(468 * 3);
    const place = (ids: readonly number[], x: number, y: number, z: number): void => {
      for (const id of ids) landmarks.set([x, y, z], id * 3);
    };
    place([33, 133], 0, 0, 0);
    place([263, 362], 30, 0, 40); // 50 away, seen at an angle
    place([82, 13, 312], 10, 20, 0);
    place([87, 14, 317], 10, 30, 0);
    place([61], 0, 25, 0);
    place([291], 24, 25, 32);
    expect(mouthOpening(landmarks)).toBeCloseTo(10 / 50, 6);
    expect(mouthWidth(landmarks)).toBeCloseTo(40 / 50, 6);
    expect(() => mouthOpening(new Float32Array(212))).toThrow(RangeError);
  });
});
