// The face networks take the rendered speakers for faces, and read from their lips what the mouth was asked to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faceNetworkOf } from '../../test/support/face-networks.ts';
import { FaceDetector } from '../models/face-detector.ts';
import { mouthOpening, mouthWidth } from '../models/face-measures.ts';
import { FaceMesh, squareAroundDetection } from '../models/face-mesh.ts';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';
import { createImage8 } from '../tensor/image.ts';
import { neutralExpression, type Expression } from './expression.ts';
import { sampleIdentity } from './identity.ts';
import { TalkingHead } from './talking-head.ts';

const SIZE = 192;

// Jaw, width of the lips, turn of the head and blink of the faces that are drawn.
const FACES = [
  [0, 0, 0, 0],
  [0.3, 0.8, 0.1, 0],
  [0.9, 0, -0.1, 0],
  [0.3, -0.9, 0.05, 1],
  [0.6, 0.3, -0.05, 0.3],
  [1, 0.4, 0.2, 0],
  [0, -0.8, -0.2, 0],
  [0.15, 0.5, 0, 1],
];

function expressionOf([jaw, width, yaw, blink]: number[]): Expression {
  const neutral = neutralExpression();
  return { ...neutral, mouth: { ...neutral.mouth, jaw, width, protrusion: Math.max(0, -width) }, yaw, blink };
}

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const total = (f: (i: number) => number): number => a.reduce((sum, _, i) => sum + f(i), 0);
  const covariance = total((i) => (a[i] - ma) * (b[i] - mb));
  return covariance / Math.sqrt(total((i) => (a[i] - ma) ** 2) * total((i) => (b[i] - mb) ** 2));
}

describe('rendered speakers', () => {
  let runtime: ProcessRuntime;
  let detector: FaceDetector;
  let mesh: FaceMesh;
  beforeAll(async () => {
    runtime = createRuntime({ threads: 1 });
    detector = await FaceDetector.create(runtime, faceNetworkOf('blazeface'));
    mesh = await FaceMesh.create(runtime, faceNetworkOf('facemesh'));
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
  });

  it.each([10, 205, 303])('of seed %i are found with any expression, and their lips are read', async (seed) => {
    const head = new TalkingHead(sampleIdentity(seed), { width: SIZE, height: SIZE });
    const asked: { opening: number; width: number }[] = [];
    const read: { opening: number; width: number }[] = [];
    for (const figures of FACES) {
      const expression = expressionOf(figures);
      const frame = createImage8(SIZE, SIZE, 4, head.render(expression));
      const faces = await detector.detect(frame);
      expect(faces.length, `faces with ${figures.join(', ')}`).toBe(1);
      expect(faces[0].score).toBeGreaterThan(0.6);
      const { landmarks, presence } = await mesh.refine(frame, squareAroundDetection(faces[0]), { passes: 1 });
      expect(presence).toBeGreaterThan(0.9);
      asked.push(head.measureMouth(expression));
      read.push({ opening: mouthOpening(landmarks), width: mouthWidth(landmarks) });
    }
    for (const [name, least] of [
      ['opening', 0.9],
      ['width', 0.7],
    ] as const) {
      const agreement = correlation(
        asked.map((mouth) => mouth[name]),
        read.map((mouth) => mouth[name]),
      );
      expect(agreement, name).toBeGreaterThan(least);
    }
  });
});
