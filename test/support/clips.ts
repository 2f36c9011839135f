// Short clips that show the synthetic speaker's face, for tests that need one to be found.
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Mp4OutputFormat } from 'mediabunny';
import { PNG } from 'pngjs';
import { writeCoded } from './coded-media.ts';
import { createVideoHere } from './in-process-media.ts';
import { SegmentedVideo } from '../../src/media/segmented-video-node.ts';
import { remux } from '../fixtures/media/make-media.ts';
import { TorchGenerator } from '../../src/util/random.ts';

const picture = new URL('../fixtures/faces/closed.png', import.meta.url);
const FRAME_RATE = 25;

/** Returns the face at the size of the fixture, or cut to another from its top left corner; RGBA. */
export function facePicture(size?: { width: number; height: number }) {
  const png = PNG.sync.read(readFileSync(picture));
  const { width, height } = size ?? png;
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row++) {
    data.set(png.data.subarray(row * png.width * 4, row * png.width * 4 + width * 4), row * width * 4);
  }
  return { width, height, data };
}

/**
 * Writes a clip of 256×256 pixels, 25 frames per second, H.264, without sound.
 *
 * @param times - when the frames are shown, if not evenly.
 */
export async function writeFaceClip(path: string, frames: number, times?: readonly number[]): Promise<void> {
  const { width, height, data } = facePicture();
  const variableFrameRate = times !== undefined;
  await using writer = await createVideoHere(path, { width, height, frameRate: FRAME_RATE, variableFrameRate });
  for (let index = 0; index < frames; index++) {
    const timestampSeconds = times?.[index] ?? index / FRAME_RATE;
    const durationSeconds = (times?.[index + 1] ?? timestampSeconds + 1 / FRAME_RATE) - timestampSeconds;
    await writer.add({ data, timestampSeconds, durationSeconds });
  }
  await writer.finish();
}

/** Writes a clip like {@link writeFaceClip}, with SubRip subtitles, at uneven times. */
export async function writeSubtitledFaceClip(
  path: string,
  times: readonly number[],
  subtitles: readonly { start: number; duration: number; text: string }[],
): Promise<void> {
  const { width, height, data } = facePicture();
  const folder = `${path}.segments`;
  await mkdir(folder);
  await using writer = await SegmentedVideo.open({
    ...{ path, folder, width, height, frameRate: FRAME_RATE, variableFrameRate: true, segmentFrames: times.length },
    extras: {
      subtitles: [{ codec: 'subrip', header: '', disposition: 1 }],
      async *cues() {
        for (const { text, ...cue } of subtitles)
          yield await Promise.resolve({ track: 0, ...cue, data: new TextEncoder().encode(text) });
      },
      fonts: () => Promise.resolve([]),
    },
  });
  for (const [index, timestampSeconds] of times.entries()) {
    const durationSeconds = (times.at(index + 1) ?? timestampSeconds + 1 / FRAME_RATE) - timestampSeconds;
    await writer.add({ data, timestampSeconds, durationSeconds });
  }
  await writer.finish();
  await rm(folder, { recursive: true });
}

/** Writes a clip of 256×256 pixels, 25 frames per second, lossless: the face, smeared sideways in the last frames. */
export async function writeBlurredEndClip(path: string, frames: number, blurredFrames: number): Promise<void> {
  const { width, height, data } = facePicture();
  const blurred = new Uint8Array(data);
  const radius = 6;
  for (let y = 0; y < height; y++) {
    for (let x = radius; x < width - radius; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const p = 4 * (y * width + x) + channel;
        let sum = 0;
        for (let offset = -radius; offset <= radius; offset++) sum += data[p + 4 * offset];
        blurred[p] = sum / (2 * radius + 1);
      }
    }
  }
  await using writer = await createVideoHere(path, { width, height, frameRate: FRAME_RATE, quality: 0 });
  for (let index = 0; index < frames; index++) {
    const picture = index < frames - blurredFrames ? data : blurred;
    await writer.add({ data: picture, timestampSeconds: index / FRAME_RATE, durationSeconds: 1 / FRAME_RATE });
  }
  await writer.finish();
}

/** Writes a clip of 256×256 pixels, 25 frames per second: the face, then a gray wall, then the face again. */
export async function writeInterruptedFaceClip(path: string, frames: readonly [number, number, number]): Promise<void> {
  const { width, height, data } = facePicture();
  const wall = new Uint8Array(data.length).fill(90);
  await using writer = await createVideoHere(path, { width, height, frameRate: FRAME_RATE });
  const pictures = [data, wall, data].flatMap((picture, part) => Array.from({ length: frames[part] }, () => picture));
  for (const [index, picture] of pictures.entries()) {
    await writer.add({ data: picture, timestampSeconds: index / FRAME_RATE, durationSeconds: 1 / FRAME_RATE });
  }
  await writer.finish();
}

/** Writes a clip of one frame whose pixels are stored lying down and marked as turned, as telephones do: 256×254 when upright. */
export async function writeTurnedFaceClip(path: string): Promise<void> {
  const { width, height, data } = facePicture({ width: 255, height: 253 });
  const lying = new Uint8Array(data.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      const from = (x * width + width - 1 - y) * 4;
      lying.set(data.subarray(from, from + 4), (y * height + x) * 4);
    }
  }
  const stored = `${path}.stored.mp4`;
  {
    await using writer = await createVideoHere(stored, { width: height, height: width, frameRate: FRAME_RATE });
    await writer.add({ data: lying, timestampSeconds: 0, durationSeconds: 1 / FRAME_RATE });
    await writer.finish();
  }
  await remux(stored, path, { format: new Mp4OutputFormat(), metadata: { rotation: 90 } });
  await rm(stored);
}

/** Writes a clip with odd numbers of pixels, which H.264 does not have: VP9 in WebM. */
export async function writeOddFaceClip(path: string, frames: number): Promise<{ width: number; height: number }> {
  const { width, height, data } = facePicture({ width: 255, height: 253 });
  const pictures = Array.from({ length: frames }, () => new Uint8ClampedArray(data));
  const video = { encoder: 'libvpx-vp9', width, height, pictures, frameRate: FRAME_RATE, options: { b: '2M' } };
  await writeCoded(path, { format: 'webm', video: [video] });
  return { width, height };
}

/** Writes a clip of 384×384 pixels, lossless: the face, with noise around it. */
export async function writeNoisyFaceClip(path: string, frames: number): Promise<void> {
  const { width, height, data } = facePicture();
  const size = 384;
  const margin = (size - width) / 2;
  const generator = new TorchGenerator(1);
  await using writer = await createVideoHere(path, { width: size, height: size, frameRate: FRAME_RATE, quality: 0 });
  for (let index = 0; index < frames; index++) {
    const frame = Uint8Array.from({ length: size * size * 4 }, () => generator.integer(256));
    for (let row = 0; row < height; row++) {
      const pixels = data.subarray(row * width * 4, (row + 1) * width * 4);
      frame.set(pixels, ((row + margin) * size + margin) * 4);
    }
    await writer.add({ data: frame, timestampSeconds: index / FRAME_RATE, durationSeconds: 1 / FRAME_RATE });
  }
  await writer.finish();
}
