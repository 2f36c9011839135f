// What each codec holds in each container: pictures are written as they come, or as the nearest that is held, and read back.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlanes, writePlanes, writeSegments } from '../../test/support/in-process-media.ts';
import { pictureByteLength, sameFormat, type PictureFormat } from '../tensor/picture.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { codecFacts, encodedFormat, kindOf, videoCodecs, type VideoCodec } from './encoded-formats.ts';
import { outputContainers, type VideoContainer } from './output-containers.ts';
import { pixelFormatOf, planarFormatOf } from './pixel-formats.ts';
import type { PictureTags } from './picture-tags.ts';
import { pictureTrackOf } from './video-writer.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create('output-formats-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const formats = [
  ...['yuv420p', 'yuv422p', 'yuv440p', 'yuv444p'].flatMap((name) => [name, `${name}10le`, `${name}12le`]),
  ...['yuva420p', 'yuva422p10le', 'yuva444p10le', 'yuva444p12le'],
  ...['gbrp', 'gbrp10le', 'gbrp12le', 'gbrap', 'gray', 'gray10le'],
].map((name) => ({ name, format: planarFormatOf(name) }));

const SIZE = { width: 64, height: 48 };

/** Smooth pictures of values of a depth, which differ from each other. */
function picture(format: PictureFormat, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pictureByteLength(format, SIZE.width, SIZE.height));
  const values = format.depth > 8 ? new Uint16Array(bytes.buffer) : bytes;
  const scale = 2 ** (format.depth - 8);
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.round(scale * (128 + 80 * Math.sin(i / 97 + seed) + 20 * Math.cos(i / (11 + seed))));
  }
  return bytes;
}

const cells = videoCodecs.flatMap((codec) =>
  codecFacts[codec].containers.flatMap((container) =>
    codecFacts[codec].lossless === 'asked'
      ? [
          { codec, container, lossless: false },
          { codec, container, lossless: true },
        ]
      : [{ codec, container, lossless: codecFacts[codec].lossless === 'always' }],
  ),
);

async function roundTrip(codec: VideoCodec, container: VideoContainer, lossless: boolean, format: PictureFormat) {
  const path = join(folder.path, `${codec}${outputContainers[container].extensions[0]}`);
  const quality = lossless || codec === 'ffv1' ? {} : { quality: 10 };
  const track = pictureTrackOf(
    { ...SIZE, frameRate: 25, codec, format, lossless: codec !== 'ffv1' && lossless, ...quality },
    container,
  );
  const pictures = [0, 1, 2].map((seed) => picture(format, seed));
  await writePlanes(path, container, track, pictures);
  const read = await readPlanes(path);
  await rm(path);
  return { track, pictures, ...read };
}

/** Mean difference of values, in gray levels of 8 bits. */
function difference(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>, { depth }: PictureFormat): number {
  const [first, second] = depth > 8 ? [new Uint16Array(a.buffer), new Uint16Array(b.buffer)] : [a, b];
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += Math.abs(first[i] - second[i]);
  return sum / first.length / 2 ** (depth - 8);
}

const int32Bytes = (numbers: readonly number[]): number[] => [...new Uint8Array(Int32Array.from(numbers).buffer)];

describe('formats', () => {
  it.each(cells)('$codec in $container, lossless: $lossless', async ({ codec, container, lossless }) => {
    // What becomes of the formats that a codec does not hold is seen in its first container.
    const isHeld = (format: PictureFormat): boolean =>
      sameFormat(format, encodedFormat(format, { codec, container, lossless }));
    const isFirst = container === codecFacts[codec].containers[0];
    for (const { name, format } of formats.filter(({ format }) => isFirst || isHeld(format))) {
      const { track, pictures, description, read, times } = await roundTrip(codec, container, lossless, format);
      const kept = pixelFormatOf(track.encoded);
      // FFmpeg decodes all of ProRes 4444 as 12 bits.
      const shown = codec === 'prores' ? kept.replace('444p10', '444p12') : kept;
      expect([name, pixelFormatOf(description.format)]).toEqual([name, shown]);
      expect(read.length, name).toBe(3);
      expect(
        times.map((time) => Math.round(time * 1000)),
        name,
      ).toEqual([0, 40, 80]);
      if (name !== kept || name !== shown) continue;
      if (lossless)
        expect(
          read.map((bytes, index) => difference(bytes, pictures[index], format)),
          name,
        ).toEqual([0, 0, 0]);
      else
        for (const [index, bytes] of read.entries())
          expect(difference(bytes, pictures[index], format), name).toBeLessThan(3);
    }
  });

  it('are one stream when they come in segments, at times of their own', async () => {
    const { format } = formats[0];
    const starts = [0, 0.04, 0.1, 0.14, 0.2, 0.25, 0.3, 0.333, 0.4];
    const durations = starts.map((start, index) => (starts[index + 1] ?? 0.5) - start);
    for (const { codec, container, lossless } of cells) {
      const options = {
        ...SIZE,
        frameRate: 25,
        variableFrameRate: true,
        codec,
        format,
        lossless: codec !== 'ffv1' && lossless,
      };
      const track = pictureTrackOf(options, container);
      const path = join(folder.path, `segments${outputContainers[container].extensions[0]}`);
      const pictures = starts.map((_, index) => picture(format, index / 3));
      await writeSegments(path, container, track, { pictures, starts, durations, segmentLength: 4 });
      const { times, read, description } = await readPlanes(path);
      const name = `${codec} in ${container}`;
      expect(
        times.map((time) => Math.round(time * 1000)),
        name,
      ).toEqual(starts.map((time) => Math.round(time * 1000)));
      // Matroska does not say how long the last picture lasts, and FFmpeg does not look at what MP4 says of VP9's.
      if ((container === 'mp4' || container === 'mov') && codec !== 'vp9')
        expect(description.end, name).toBeCloseTo(0.5, 2);
      if (codec === 'prores') continue; // which has no 4:2:0 to compare
      for (const [index, bytes] of read.entries()) {
        expect(difference(bytes, pictures[index], format), `${name}, picture ${index}`).toBeLessThan(
          lossless ? 1e-9 : 4,
        );
      }
    }
  });

  it.each<[VideoCodec, VideoContainer]>([
    ['h264', 'mp4'],
    ['hevc', 'mov'],
    ['hevc', 'mkv'],
    ['vp9', 'webm'],
    ['av1', 'mp4'],
    ['ffv1', 'mkv'],
  ])('come with their tags: %s in %s', async (codec, container) => {
    const quarter = [0, 65536, 0, -65536, 0, 0, 48 * 65536, 0, 2 ** 30];
    const flip = [-65536, 0, 0, 0, 65536, 0, 64 * 65536, 0, 2 ** 30];
    for (const displayMatrix of [undefined, quarter, flip]) {
      const tags: PictureTags = {
        ...{ pixelAspect: [2, 1], primaries: 9, transfer: 16, matrix: 9, fullRange: false, chromaLocation: 'topleft' },
        displayMatrix,
        // AVMasteringDisplayMetadata: ten fractions, and that there are such; AVContentLightMetadata: two numbers.
        masteringDisplay: int32Bytes([
          ...[17, 8, 13, 34, 7, 3, 15, 16].flatMap((n) => [1000 * n, 50_000]),
          50,
          10_000,
          1e7,
          10_000,
          1,
          1,
        ]),
        contentLight: int32Bytes([1000, 400]),
        fileMetadata: { title: 'A talk – über alles', artist: 'Someone', comment: 'two\nlines' },
        metadata: { language: 'eng' },
      };
      const format = planarFormatOf('yuv420p10le');
      const track = pictureTrackOf({ ...SIZE, frameRate: 25, codec, format, tags }, container);
      const path = join(folder.path, `tags${outputContainers[container].extensions[0]}`);
      await writePlanes(path, container, track, [picture(format, 1)]);
      const { description } = await readPlanes(path);
      // Matroska says how pictures are turned, but not where they are moved, which is always back into view.
      const isMatroska = container === 'mkv' || container === 'webm';
      const moved = (value: number, index: number): number => (isMatroska && index > 5 && index < 8 ? 0 : value);
      // Matroska has other fractions.
      const masteringDisplay = isMatroska ? { length: 88 } : tags.masteringDisplay;
      expect(description.tags).toMatchObject({ ...tags, displayMatrix: displayMatrix?.map(moved), masteringDisplay });
    }
  });

  it('are the same bytes each time', async () => {
    for (const { codec, container } of cells) {
      const files: Buffer[] = [];
      for (const name of ['first', 'second']) {
        const path = join(folder.path, `${name}${outputContainers[container].extensions[0]}`);
        const { format } = formats[0];
        await writePlanes(
          path,
          container,
          pictureTrackOf({ ...SIZE, frameRate: 25, codec }, container),
          [0, 1, 2].map((seed) => picture(format, seed)),
        );
        files.push(await readFile(path));
      }
      expect(files[1].equals(files[0]), `${codec} in ${container}`).toBe(true);
    }
  });
});

describe('docs/formats.md', () => {
  const namesOf = (names: readonly VideoContainer[]): string =>
    names.map((name) => outputContainers[name].name).join(', ');
  const pixels = (format: PictureFormat): string => `${format.depth}-bit ${kindOf(format)}`;

  it('tells of every codec what the code does', async () => {
    const text = await readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8');
    const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const codec of videoCodecs) {
      const { containers, depths, chroma, gray, rgb, alpha, lossless, anySize } = codecFacts[codec];
      const encode = (name: string) =>
        encodedFormat(planarFormatOf(name), { codec, container: containers[0], lossless: false });
      const kinds = chroma.map((chromaShift) => kindOf({ ...planarFormatOf('yuv420p'), chromaShift }));
      const alphaText =
        alpha && (alpha.format === 'any' ? 'stays' : `as ${pixels(alpha.format)}, in ${namesOf(alpha.containers)}`);
      expect(rows).toContainEqual([
        '',
        `\`${codec}\``,
        namesOf(containers),
        depths.join(', '),
        kinds.join(', '),
        gray ? 'stays' : `becomes ${kindOf(encode('gray'))}`,
        !rgb
          ? `becomes ${kindOf(encode('gbrp'))}`
          : rgb.onlyLossless
            ? `lossless, ${rgb.depths.join(', ')} bits`
            : 'stays',
        alphaText ?? 'lost',
        { never: 'never', asked: 'if asked', always: 'always' }[lossless],
        anySize ? 'stay' : 'grow by a pixel where chroma is shared',
        '',
      ]);
    }
  });
});
