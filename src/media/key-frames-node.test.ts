// Videos in every codec: how often players can seek to a picture, pictures of odd sizes, and what containers do not hold.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyFramesOf, readPlanes, writePlanes } from '../../test/support/in-process-media.ts';
import { I420, pictureByteLength, planeSizes } from '../tensor/picture.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { checkEncoding, codecFacts, videoCodecs, type VideoCodec } from './encoded-formats.ts';
import { outputContainers, type VideoContainer } from './output-containers.ts';
import { pictureTrackOf, type VideoWriterOptions } from './video-writer.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('key-frames-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** Writes pictures that move slowly in 4:2:0. */
async function write(codec: VideoCodec, frames: number, options: Partial<VideoWriterOptions>) {
  const [container] = codecFacts[codec].containers;
  const path = join(folder.path, codec + outputContainers[container].extensions[0]);
  const size = { width: 64, height: 48, ...options };
  const track = pictureTrackOf({ ...size, frameRate: 25, format: I420, codec }, container);
  const pictures = Array.from({ length: frames }, (_, seed) => {
    const bytes = new Uint8Array(pictureByteLength(track.format, track.width, track.height));
    return bytes.map((_value, i) => Math.round(128 + 80 * Math.sin(i / 97 + seed / 20)));
  });
  await writePlanes(path, container, track, pictures);
  return { path, track, pictures };
}

it.each(videoCodecs)('key frames of %s come as often as asked for', async (codec) => {
  const every = codecFacts[codec].intraOnly ? 1 : 6;
  const { path } = await write(codec, 20, codecFacts[codec].intraOnly ? {} : { keyframes: every / 25 });
  const { keyFrames } = await keyFramesOf(path);
  expect(keyFrames).toEqual(Array.from({ length: Math.ceil(20 / every) }, (_, index) => index * every));
});

it.each(videoCodecs)('pictures of an odd size stay, or grow by a pixel: %s', async (codec) => {
  const { path, track, pictures } = await write(codec, 2, { width: 65, height: 49 });
  const { anySize } = codecFacts[codec];
  const rows = codec === 'prores' ? 49 : 50; // 4:2:2 shares chroma from left to right alone
  expect([track.width, track.height]).toEqual(anySize ? [65, 49] : [66, rows]);
  const { description, read } = await readPlanes(path);
  expect([description.codedWidth, description.codedHeight]).toEqual([track.width, track.height]);
  const [luma] = planeSizes(track.format, track.width, track.height);
  const values = description.format.depth > 8 ? new Uint16Array(read[1].buffer) : read[1];
  const scale = 2 ** (description.format.depth - 8);
  let sum = 0;
  for (let i = 0; i < luma.width * luma.height; i++) sum += Math.abs(values[i] / scale - pictures[1][i]);
  expect(sum / (luma.width * luma.height)).toBeLessThan(3);
});

it.each(videoCodecs)('%s goes into the containers that are said to hold it, and is refused for others', (codec) => {
  for (const container of Object.keys(outputContainers) as VideoContainer[]) {
    const check = (): void => {
      checkEncoding({ codec }, container);
    };
    const { name, containers, lossless, intraOnly } = codecFacts[codec];
    if (containers.includes(container)) check();
    else expect(check).toThrow(`which does not hold ${name} here`);
    if (!containers.includes(container)) continue;
    for (const [options, isRefused] of [
      [{ lossless: true }, lossless === 'never'],
      [{ keyframes: 1 }, intraOnly],
      [{ encodingPreset: 'slow' }, intraOnly],
    ] as const) {
      const checkMore = (): void => {
        checkEncoding({ codec, ...options }, container);
      };
      if (isRefused) expect(checkMore).toThrow('must be left out with');
      else checkMore();
    }
  }
});
