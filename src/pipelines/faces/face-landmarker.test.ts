import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { turnUpright } from '../../media/orientation.ts';
import { createRuntime, type ProcessRuntime } from '../../runtime/child-process-runtime-node.ts';
import { facePicture, frameWith } from '../../../test/support/face-pictures.ts';
import { detectorFile, frameWithRectangles, landmarksFile } from '../../../test/support/insightface-models.ts';
import { createImage8 } from '../../tensor/image.ts';
import { openFaceLandmarker } from './face-landmarker-node.ts';
import type { FaceLandmarker, FaceLandmarks } from './face-landmarker.ts';

let runtime: ProcessRuntime;
beforeAll(() => {
  runtime = createRuntime({ threads: 1 });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

function center({ box }: FaceLandmarks): [number, number] {
  return [box.x + box.width / 2, box.y + box.height / 2];
}

describe('the mesh landmarker', () => {
  let landmarker: FaceLandmarker;
  beforeAll(async () => {
    landmarker = await openFaceLandmarker({ runtime });
  });
  const closed = facePicture('closed');

  it('finds 468 landmarks in three dimensions', async () => {
    const face = await landmarker.detect(closed);
    expect(face).toMatchObject({ kind: 'mesh468' });
    expect(face!.landmarks).toHaveLength(468 * 3);
    expect(face!.score).toBeGreaterThan(0.9);
    expect(center(face!)[0]).toBeCloseTo(128, -1);
  });

  it('takes the largest face, and then stays with the one it has', async () => {
    const both = frameWith(640, 320, [
      { picture: closed, x: 20, y: 30 },
      { picture: closed, x: 380, y: 60, scale: 0.8 },
    ]);
    const alone = frameWith(640, 320, [{ picture: closed, x: 376, y: 62, scale: 0.8 }]);
    const largest = await landmarker.detect(both);
    expect(center(largest!)[0]).toBeLessThan(200);
    const smaller = await landmarker.detect(alone);
    expect(center(smaller!)[0]).toBeGreaterThan(400);
    const followed = await landmarker.detect(both, { previous: smaller });
    expect(center(followed!)[0]).toBeGreaterThan(400);
  });

  it.each([90, 180, 270] as const)('knows which way up a face is that is turned by %d degrees', async (rotation) => {
    const { width, height, data } = frameWith(320, 320, [{ picture: closed, x: 30, y: 40 }]);
    const turned = turnUpright(new Uint8ClampedArray(data), width, height, { rotation, flip: false });
    const face = await landmarker.detect(createImage8(width, height, 4, turned));
    const { landmarks } = face!;
    const [forehead, chin] = [10, 152].map((index) => [landmarks[3 * index], landmarks[3 * index + 1]]);
    const angle = (Math.atan2(chin[1] - forehead[1], chin[0] - forehead[0]) * 180) / Math.PI - 90;
    expect(Math.cos(((angle - rotation) * Math.PI) / 180)).toBeGreaterThan(0.95);
  });

  it('follows a face to where detecting it anew finds it', async () => {
    const previous = await landmarker.detect(frameWith(320, 320, [{ picture: closed, x: 20, y: 30 }]));
    const frame = frameWith(320, 320, [{ picture: closed, x: 28, y: 25 }]);
    const followed = await landmarker.detect(frame, { previous });
    const anew = await landmarker.detect(frame);
    for (const landmark of [33, 263, 61, 291, 4]) {
      const distance = Math.hypot(
        followed!.landmarks[landmark * 3] - anew!.landmarks[landmark * 3],
        followed!.landmarks[landmark * 3 + 1] - anew!.landmarks[landmark * 3 + 1],
      );
      expect(distance).toBeLessThan(1.5);
    }
  });

  it('searches the frame when the face is gone from where it was', async () => {
    const previous = await landmarker.detect(frameWith(700, 320, [{ picture: closed, x: 20, y: 30 }]));
    const found = await landmarker.detect(frameWith(700, 320, [{ picture: closed, x: 420, y: 30 }]), { previous });
    expect(center(found!)[0]).toBeGreaterThan(450);
  });

  it('finds nothing where there is no face', async () => {
    expect(await landmarker.detect(frameWith(640, 360, []))).toBeUndefined();
  });

  it('accepts in reference mode only what the reference accepts', async () => {
    const small = frameWith(300, 300, [{ picture: closed, x: 60, y: 60, scale: 0.5 }]);
    expect(await landmarker.detect(small)).toBeDefined();
    await using reference = await openFaceLandmarker({ runtime, reference: true });
    expect(await reference.detect(small)).toBeUndefined();
    expect(await reference.detect(closed)).toBeDefined();
  });

  it('stops at once when the signal has fired', async () => {
    await expect(landmarker.detect(closed, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('the InsightFace landmarker', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'insightface-'));
    await writeFile(join(folder, 'det_10g.onnx'), detectorFile(640));
    await writeFile(join(folder, '2d106det.onnx'), landmarksFile());
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  // A cell of the detector's image that is red makes a face of 32×48 pixels there; frames are twice as large.
  const face = (x: number, y: number, red = 255) => [x, y, 16, 16, [red, 0, 0]] as const;

  it('finds 106 landmarks from the files of a folder', async () => {
    await using landmarker = await openFaceLandmarker({ runtime, insightface: folder });
    const found = await landmarker.detect(frameWithRectangles(1280, 1280, [face(640, 480)]));
    expect(found).toMatchObject({ kind: 'insightface106' });
    expect(found!.landmarks).toHaveLength(212);
    // The middle of 16 pixels from 640 on.
    expect(found!.landmarks[0]).toBeCloseTo(647.5, 0);
    expect(found!.landmarks[1]).toBeCloseTo(487.5, 0);
    expect(found!.score).toBeGreaterThan(0.95);
  });

  it('stays with the face that it has', async () => {
    await using landmarker = await openFaceLandmarker({ runtime, insightface: folder });
    const previous = await landmarker.detect(frameWithRectangles(1280, 1280, [face(960, 480)]));
    const both = frameWithRectangles(1280, 1280, [face(320, 480), face(960, 496)]);
    expect((await landmarker.detect(both))!.box.x).toBeLessThan(640);
    expect((await landmarker.detect(both, { previous }))!.box.x).toBeGreaterThan(640);
  });

  it('sees blue for red in reference mode, at 512 pixels, and rounds landmarks', async () => {
    await writeFile(join(folder, 'det_10g.onnx'), detectorFile(512));
    await using landmarker = await openFaceLandmarker({ runtime, insightface: folder, reference: true });
    // 24×24 pixels are a cell of 512 of 1536.
    const blue = frameWithRectangles(1536, 1536, [[720, 720, 24, 24, [0, 0, 255]]]);
    const found = await landmarker.detect(blue);
    expect(found!.landmarks.every(Number.isInteger)).toBe(true);
    expect(Math.abs(found!.landmarks[0] - 731.5)).toBeLessThan(1);
    const red = frameWithRectangles(1536, 1536, [[720, 720, 24, 24, [255, 0, 0]]]);
    expect(await landmarker.detect(red)).toBeUndefined();
  });

  it('says which folder holds files that are no networks', async () => {
    const broken = await mkdtemp(join(folder, 'broken-'));
    for (const name of ['det_10g.onnx', '2d106det.onnx']) await writeFile(join(broken, name), 'no network');
    await expect(openFaceLandmarker({ runtime, insightface: broken })).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringMatching(/broken-\w+ cannot be loaded: .*\nCopy or download det_10g\.onnx/) as string,
    });
  });

  it('says which file is missing and where to put it', async () => {
    const opening = openFaceLandmarker({ runtime, insightface: join(folder, 'gone') });
    await expect(opening).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(opening).rejects.toThrow(/gone, .*, is not a folder\.\nPut det_10g\.onnx and 2d106det\.onnx/);
    const partial = await mkdtemp(join(folder, 'partial-'));
    await writeFile(join(partial, 'det_10g.onnx'), detectorFile(640));
    await expect(openFaceLandmarker({ runtime, insightface: partial })).rejects.toThrow(
      /partial-\w+, .*, does not contain 2d106det\.onnx\.\nPut/,
    );
  });
});
