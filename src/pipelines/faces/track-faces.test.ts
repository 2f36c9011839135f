import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VideoImage } from '../../media/video-reader.ts';
import { createRuntime, type ProcessRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Image8 } from '../../tensor/image.ts';
import { facePicture, frameWith } from '../../../test/support/face-pictures.ts';
import { openFaceLandmarker } from './face-landmarker-node.ts';
import type { FaceLandmarker } from './face-landmarker.ts';
import { likeness, TrackIdentities } from './people.ts';
import { trackFaces, type TrackedFrame } from './track-faces.ts';

let runtime: ProcessRuntime;
let landmarker: FaceLandmarker;
beforeAll(async () => {
  runtime = createRuntime({ threads: 1 });
  landmarker = await openFaceLandmarker({ runtime });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

const closed = facePicture('closed');
const withFace = (x: number): Image8 => frameWith(480, 270, [{ picture: closed, x, y: 7 }]);
const empty = frameWith(480, 270, []);

async function* video(images: readonly Image8[]): AsyncGenerator<VideoImage> {
  for (const [index, data] of images.entries()) {
    await setImmediate(); // as frames come from a decoder
    yield { index, sourceIndex: index, timestampSeconds: index / 25, durationSeconds: 1 / 25, data };
  }
}

async function collect(frames: AsyncIterable<TrackedFrame>): Promise<TrackedFrame[]> {
  const all: TrackedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

const noseX = ({ faces }: TrackedFrame, index = 0): number => faces[index].points[2][0];

describe('trackFaces', () => {
  it('gives every frame its alignment points, in order, moving with the face', async () => {
    const images = Array.from({ length: 8 }, (_, i) => withFace(60 + 4 * i));
    const tracked = await collect(trackFaces(video(images), { landmarker }));
    expect(tracked.map(({ frame }) => frame.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(tracked.map(({ faces }) => faces.map(({ track }) => track))).toEqual(new Array(8).fill([0]));
    for (const [i, entry] of tracked.entries())
      expect(Math.abs(noseX(entry) - noseX(tracked[0]) - 4 * i)).toBeLessThan(1.5);
    const [left, right, nose] = tracked[0].faces[0].points;
    expect(left[0]).toBeLessThan(nose[0]);
    expect(right[0]).toBeGreaterThan(nose[0]);
    expect(nose[1]).toBeGreaterThan(left[1]);
    expect(tracked[3].faces[0].turn).toBeLessThan(15);
  });

  it('follows everybody, and tells them apart', async () => {
    const woman = facePicture('open-turned');
    const images = Array.from({ length: 4 }, (_, i) =>
      frameWith(640, 270, [
        { picture: closed, x: 20 + i, y: 7 },
        { picture: woman, x: 370 - 2 * i, y: 40, scale: 0.8 },
      ]),
    );
    const identities = new TrackIdentities();
    const seen: number[] = [];
    const tracked = await collect(
      trackFaces(video(images), {
        landmarker,
        onPortrait: async (track, portrait) => {
          identities.add(track, await landmarker.identify(portrait));
        },
        onSeen: ({ index }) => seen.push(index),
      }),
    );
    expect(seen).toEqual([0, 1, 2, 3]);
    for (const { faces } of tracked) expect(faces.map(({ track }) => track)).toEqual([0, 1]);
    expect(Math.abs(noseX(tracked[3], 0) - noseX(tracked[0], 0) - 3)).toBeLessThan(1);
    expect(Math.abs(noseX(tracked[3], 1) - noseX(tracked[0], 1) + 6)).toBeLessThan(1);
    const [one, other] = [0, 1].map((track) => identities.of(track)!.identity);
    expect(likeness(one, one)).toBeGreaterThan(0.99);
    expect(likeness(one, other)).toBeLessThan(0.95);
  });

  it('bridges a short gap and passes frames without a face through', async () => {
    const gap = [withFace(100), withFace(104), empty, withFace(112), withFace(116)];
    const cut = [empty, empty];
    const tracked = await collect(trackFaces(video([...gap, ...cut]), { landmarker }));
    expect(tracked).toHaveLength(7);
    expect(tracked.slice(5).every(({ faces }) => faces.length === 0)).toBe(true);
    expect(tracked[0].faces).toHaveLength(1);
  });

  it('starts anew after a cut', async () => {
    const images = [withFace(20), withFace(22), withFace(24), withFace(26), withFace(200), withFace(202)];
    const tracked = await collect(trackFaces(video(images), { landmarker }));
    expect(tracked.map(({ faces }) => faces[0].track)).toEqual([0, 0, 0, 0, 1, 1]);
    expect(noseX(tracked[4]) - noseX(tracked[3])).toBeGreaterThan(150);
  });

  it('gives whole pixels in reference mode, and gives up at a frame without a face', async () => {
    await using reference = await openFaceLandmarker({ runtime, reference: true });
    const options = { landmarker: reference, reference: true };
    const tracked = await collect(trackFaces(video([withFace(100), withFace(103)]), options));
    expect(tracked.flatMap(({ faces }) => faces[0].points.flat()).every(Number.isInteger)).toBe(true);
    expect(tracked.map(({ faces }) => faces[0].track)).toEqual([0, 0]);
    await expect(collect(trackFaces(video([withFace(100), empty]), options))).rejects.toMatchObject({
      code: 'no-face',
      message: expect.stringContaining('0.04 s') as string,
    });
  });
});
