// The face networks take the rendered speakers for faces, and read from their lips what the mouth was asked to do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faceNetworkOf } from '../../../test/support/face-networks.ts';
import { FaceDetector } from '../../models/face-detector.ts';
import { mouthOpening, mouthWidth } from '../../models/face-measures.ts';
import { FaceMesh, squareAroundDetection } from '../../models/face-mesh.ts';
import { createRuntime, type ProcessRuntime } from '../../runtime/child-process-runtime-node.ts';
import { createImage8 } from '../../vision/image.ts';
import { HeadMotion } from './head-motion.ts';
import { sampleIdentity } from './identity.ts';
import { timePhonemes, sampleVoice } from './prosody.ts';
import { SeededRandom } from './random.ts';
import { SENTENCES } from './sentences.ts';
import { TalkingHead } from './talking-head.ts';
import { VisemeTrack } from './viseme-track.ts';

const SIZE = 256;

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (f: (i: number) => number): number => a.reduce((sum, _, i) => sum + f(i), 0);
  const covariance = dot((i) => (a[i] - ma) * (b[i] - mb));
  return covariance / Math.sqrt(dot((i) => (a[i] - ma) ** 2) * dot((i) => (b[i] - mb) ** 2));
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

  it.each([10, 205])('of seed %i are found in every frame, and their lips are read', async (seed) => {
    const random = new SeededRandom(seed);
    const phonemes = timePhonemes(SENTENCES[3].sounds, sampleVoice(random), random);
    const duration = phonemes.at(-1)!.end;
    const track = new VisemeTrack(phonemes);
    const motion = new HeadMotion(seed, phonemes, duration);
    const head = new TalkingHead(sampleIdentity(seed), { width: SIZE, height: SIZE });
    const asked: { opening: number[]; width: number[] } = { opening: [], width: [] };
    const read: { opening: number[]; width: number[] } = { opening: [], width: [] };
    for (let time = 0.02; time < duration; time += 0.15) {
      const expression = motion.at(time, track.at(time));
      const frame = createImage8(SIZE, SIZE, 4, head.render(expression));
      const faces = await detector.detect(frame);
      expect(faces.length, `faces at ${time.toFixed(2)} s`).toBe(1);
      expect(faces[0].score).toBeGreaterThan(0.6);
      const { landmarks, presence } = await mesh.refine(frame, squareAroundDetection(faces[0]), { passes: 1 });
      expect(presence).toBeGreaterThan(0.9);
      const { opening, width } = head.measureMouth(expression);
      asked.opening.push(opening);
      asked.width.push(width);
      read.opening.push(mouthOpening(landmarks));
      read.width.push(mouthWidth(landmarks));
    }
    expect(correlation(asked.opening, read.opening)).toBeGreaterThan(0.85);
    expect(correlation(asked.width, read.width)).toBeGreaterThan(0.5);
  });
});
