// The official evaluation's scores of files, on hashed weights in files as the official ones are.
import { copyFile, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { facePicture } from '../../test/support/face-pictures.ts';
import { createVideoHere } from '../../test/support/in-process-media.ts';
import { writeTorchScript } from '../../test/support/torch-script.ts';
import { noiseImage } from '../../test/support/vision-images.ts';
import { writeTorchZipFile } from '../checkpoint/checkpoint-file-node.ts';
import { encodePng } from '../media/png-node.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { HyperIQA } from '../models/hyper-iqa.ts';
import { I3D } from '../models/i3d.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { frechetVideoDistance } from './frechet-video-node.ts';
import { middleOfPicture } from './picture-scorer.ts';
import { scoredFrames, scorePictures } from './score-pictures-node.ts';
import { faceOfClip } from './video-features.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'official-scores-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a video of so many frames of a picture, 25 per second. */
async function writeVideo(path: string, picture: Image8, frames: number): Promise<void> {
  await using writer = await createVideoHere(path, { width: picture.width, height: picture.height, frameRate: 25 });
  for (let i = 0; i < frames; i++) {
    const data = new Uint8ClampedArray(picture.data);
    await writer.add({ data, timestampSeconds: i / 25, durationSeconds: 1 / 25 });
  }
  await writer.finish();
}

function cropped({ width, data }: Image8, { left, top, side }: { left: number; top: number; side: number }): Image8 {
  const crop = createImage8(side, side, 4);
  for (let row = 0; row < side; row++) {
    const from = 4 * ((top + row) * width + left);
    crop.data.set(data.subarray(from, from + 4 * side), 4 * row * side);
  }
  return crop;
}

describe('scorePictures', () => {
  it('shows the network what ImageNet is normalized by', () => {
    const { data } = middleOfPicture(createImage8(224, 224, 3, new Uint8Array(3 * 224 ** 2).fill(51)));
    const channels = [0, 224 ** 2, 2 * 224 ** 2].map((at) => data[at]);
    [(0.2 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.2 - 0.406) / 0.225].forEach((value, i) => {
      expect(channels[i]).toBeCloseTo(value, 6);
    });
  });

  it('shows it the middle; half of an odd number of columns is rounded to the even one', () => {
    const image = noiseImage(301, 226, 4);
    expect(middleOfPicture(image)).toEqual(middleOfPicture(cropped(image, { left: 38, top: 1, side: 224 })));
  });

  it('looks at the first, the middle and the last frame', () => {
    expect([1, 2, 3, 8].map(scoredFrames)).toEqual([[0], [0, 1], [0, 1, 2], [0, 4, 7]]);
  });

  it('scores the middle of images and of frames of videos by weights in a file, and refuses what is too small', async () => {
    const weights = hashedCheckpoint(new HyperIQA(), 'hyperiqa.');
    const hyperiqa = join(folder, 'koniq_pretrained.pkl');
    await writeTorchZipFile(hyperiqa, weights);
    const png = join(folder, 'noise.png');
    await writeFile(png, encodePng(noiseImage(301, 226, 4)));
    const video = join(folder, 'face.mp4');
    await writeVideo(video, facePicture('closed'), 4);
    const small = join(folder, 'small.mp4');
    await writeVideo(small, createImage8(224, 222, 4), 1);

    const results = [];
    for await (const result of scorePictures([png, video], { hyperiqa, threads: 1 })) results.push(result);
    const [ofImage, ofVideo] = results;
    expect(ofImage.score).not.toBeCloseTo(ofVideo.score, 2);
    expect(ofImage.frames).toHaveLength(1);
    expect(ofVideo.frames.map(({ seconds }) => seconds)).toEqual([0, 0.08, 0.12]);
    expect(ofVideo.score).toBeCloseTo(
      ofVideo.frames.reduce((sum, { score }) => sum + score / 3, 0),
      10,
    );

    await expect(scorePictures([small], { hyperiqa }).next()).rejects.toThrow(
      /small\.mp4 has 224×222 pixels; its score would need 224×224 at least/,
    );
  }, 120_000);
});

describe('the face of a clip', () => {
  const frame = createImage8(300, 200, 3);
  for (let i = 0; i < 300 * 200; i++) frame.data.set([i % 256, Math.floor(i / 300), 7], 3 * i);

  it('is what of its box lies in the frame, in whole pixels', () => {
    const face = faceOfClip(frame, { x: 9.7, y: -20.2, width: 224.9, height: 224.9 })!;
    expect([face.width, face.height]).toEqual([224, 224]);
    // From column 10 on, pixel by pixel; 200 rows, enlarged: the first and the last stay.
    expect([face.data[0], face.data[3 * 223]]).toEqual([10, 233]);
    expect([face.data[1], face.data[3 * 224 * 223 + 1]]).toEqual([0, 199]);
    expect(faceOfClip(frame, { x: 300, y: 0, width: 10, height: 10 })).toBeUndefined();
  });
});

describe('frechetVideoDistance', () => {
  it('compares the faces of two folders, names what it leaves out, and does not run the program', async () => {
    const i3d = join(folder, 'i3d_torchscript.pt');
    await using file = await open(i3d, 'w');
    await writeTorchScript(
      {
        write: async (bytes) => {
          await file.write(bytes);
        },
      },
      hashedCheckpoint(new I3D(), 'i3d.'),
    );
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    for (const [directory, picture] of [
      [first, 'closed'],
      [second, 'open-turned'],
    ] as const) {
      await mkdir(directory);
      await writeVideo(join(directory, '0.mp4'), facePicture(picture), 36);
      await copyFile(join(directory, '0.mp4'), join(directory, '1.mp4'));
    }
    await writeVideo(join(first, 'empty.mp4'), createImage8(64, 64, 4, new Uint8Array(4 * 64 ** 2).fill(90)), 36);
    await writeVideo(join(second, 'short.mp4'), createImage8(64, 64, 4), 2);

    const result = await frechetVideoDistance(first, second, { i3d, threads: 1 });
    expect(result.distance).toBeGreaterThan(0);
    expect(result.videos).toEqual([2, 2]);
    expect(result.leftOut.map(({ reason }) => reason.replace(/.*\//, ''))).toEqual([
      'empty.mp4 shows no face at 0.80 s.',
      'short.mp4 has 2 frames; the clip that is compared ends after 36.',
    ]);
  }, 120_000);

  it('says what is missing before it loads anything', async () => {
    const lone = join(folder, 'lone');
    await mkdir(lone);
    await writeFile(join(lone, 'one.mp4'), '');
    await expect(frechetVideoDistance(lone, lone)).rejects.toThrow(
      /has too few videos that can be compared \(1\); .*\nAdd videos of at least 1\.44 s that show a face\./,
    );
    await expect(frechetVideoDistance(lone, join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
