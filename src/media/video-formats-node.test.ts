// Videos and pictures in the codecs, containers, pixel formats and sizes that FFmpeg has, read as people bring them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodedPictures, encodeStill, writeCoded } from '../../test/support/coded-media.ts';
import { corners, cornersPicture } from '../../test/fixtures/media/make-media.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { openVideo } from './input-file-node.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  process.env.SVT_LOG = '0'; // the AV1 encoder prints otherwise
  folder = await TemporaryFolder.create('video-formats-');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const FRAMES = 5;
/** How much darker each picture is than the one before. */
const STEP = 4;

const pictures = (width = 64, height = 48, count = FRAMES) =>
  Array.from({ length: count }, (_, index) => cornersPicture(width, height, (STEP / 2) * index));

/** The color in the middle of each quarter: [4][3]. */
function quarterColors({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray }) {
  return [0, 1, 2, 3].map((quarter) => {
    const x = Math.floor(width * (quarter % 2 === 0 ? 0.25 : 0.75));
    const y = Math.floor(height * (quarter < 2 ? 0.25 : 0.75));
    const at = 4 * (y * width + x);
    return [...data.subarray(at, at + 3)];
  });
}

/** Those without loss, which are RGB, are read without loss as well. */
const stills: Record<string, { encoder: string; pixels: string; codec?: string; tolerance?: number }> = {
  'still.bmp': { encoder: 'bmp', pixels: 'bgr24', tolerance: 0 },
  'still.tiff': { encoder: 'tiff', pixels: 'rgb24', tolerance: 0 },
  'still.png': { encoder: 'png', pixels: 'rgba', tolerance: 0 },
  'still-16bit.png': { encoder: 'png', pixels: 'rgb48be', tolerance: 0 },
  'still-444.jpg': { encoder: 'mjpeg', pixels: 'yuvj444p' },
  'still.webp': { encoder: 'libwebp', pixels: 'yuv420p', codec: 'webp' },
  'still.jp2': { encoder: 'jpeg2000', pixels: 'rgb24', tolerance: 0 },
  'still.jxl': { encoder: 'libjxl', pixels: 'rgb24', codec: 'jpegxl' },
  'still.qoi': { encoder: 'qoi', pixels: 'rgb24', tolerance: 0 },
  'still.exr': { encoder: 'exr', pixels: 'gbrpf32le' },
};

/** Reads a file: what is known of it, the times of its frames, and the colors in them. */
async function read(path: string) {
  await using video = await openVideo(path);
  const times: number[] = [];
  const colors: number[][][] = [];
  for await (const frame of video.frames()) {
    times.push(Math.round(frame.timestampSeconds * 1000) / 1000);
    colors.push(quarterColors(frame));
  }
  return { info: video.info, origin: video.originSeconds, times, colors };
}

/** How far the colors are from those that were written, at most; `order` tells which corner is in which quarter. */
function worstDifference(colors: readonly number[][][], { order = [0, 1, 2, 3], first = 0 } = {}): number {
  const differences = colors.flatMap((quarters, frame) =>
    quarters.flatMap((color, quarter) =>
      color.map((value, channel) => Math.abs(value - (corners[order[quarter]][channel] - STEP * (first + frame)))),
    ),
  );
  return Math.max(...differences);
}

const quietHevc = { 'x265-params': 'log-level=none:pools=1:crf=5' };
const dnxhr = { encoder: 'dnxhd', width: 256, height: 128, matrix: 'bt709' };

/** Pixels of 16:15, as analog television has them. */
const pal = { width: 720, height: 576, shownWidth: 768 };

interface Case extends Omit<Partial<CodedPictures>, 'pictures'> {
  encoder: string;
  /** The container; default: what the name's extension says. */
  format?: string;
  codec: string;
  /** With square pixels. Default: as stored. */
  shownWidth?: number;
  containerOptions?: Record<string, number>;
  /** Levels that a color may be off. Default 3. */
  tolerance?: number;
}

const videos: Record<string, Case> = {
  'mpeg-1.mpg': { format: 'mpeg', encoder: 'mpeg1video', codec: 'mpeg1video' },
  'dvd.vob': { format: 'vob', encoder: 'mpeg2video', codec: 'mpeg2video' },
  'bare.m1v': { format: 'mpeg1video', encoder: 'mpeg1video', codec: 'mpeg1video' },
  'bare.m2v': { format: 'mpeg2video', encoder: 'mpeg2video', codec: 'mpeg2video' },
  'bare.h264': { format: 'h264', encoder: 'libx264', codec: 'avc' },
  'bare.hevc': { format: 'hevc', encoder: 'libx265', options: quietHevc, codec: 'hevc' },
  'bare.m4v': { format: 'm4v', encoder: 'mpeg4', codec: 'mpeg4' },
  'bare.obu': { format: 'obu', encoder: 'libsvtav1', codec: 'av1' },
  'bare.mjpeg': { format: 'mjpeg', encoder: 'mjpeg', pixels: 'yuvj420p', codec: 'mjpeg' },
  'packets-of-188.ts': { format: 'mpegts', encoder: 'libx264', codec: 'avc' },
  'packets-of-192.m2ts': {
    format: 'mpegts',
    encoder: 'libx264',
    codec: 'avc',
    containerOptions: { mpegts_m2ts_mode: 1 },
  },
  'mpeg-2.mxf': { format: 'mxf', encoder: 'mpeg2video', pixels: 'yuv422p', codec: 'mpeg2video' },
  'dnxhr.mov': { ...dnxhr, format: 'mov', pixels: 'yuv422p', options: { profile: 'dnxhr_lb' }, codec: 'dnxhd' },
  'dnxhr.mxf': { ...dnxhr, format: 'mxf', pixels: 'yuv422p', options: { profile: 'dnxhr_lb' }, codec: 'dnxhd' },
  'dnxhr-444.mov': {
    ...dnxhr,
    format: 'mov',
    pixels: 'yuv444p10le',
    options: { profile: 'dnxhr_444' },
    codec: 'dnxhd',
  },
  'dnxhd.mov': {
    ...dnxhr,
    format: 'mov',
    width: 1280,
    height: 720,
    pixels: 'yuv422p',
    options: { b: '90M' },
    codec: 'dnxhd',
  },
  'cineform.mov': { format: 'mov', encoder: 'cfhd', pixels: 'yuv422p10le', codec: 'cfhd' },
  'prores-4444.mov': { format: 'mov', encoder: 'prores_ks', pixels: 'yuva444p10le', codec: 'prores' },
  'animation.mov': { format: 'mov', encoder: 'qtrle', pixels: 'rgb24', codec: 'qtrle', tolerance: 0 },
  'uncompressed.mov': { format: 'mov', encoder: 'v210', pixels: 'yuv422p10le', codec: 'v210' },
  'huffyuv.avi': { format: 'avi', encoder: 'huffyuv', pixels: 'yuv422p', codec: 'huffyuv' },
  'uncompressed.avi': { format: 'avi', encoder: 'rawvideo', pixels: 'bgr24', codec: 'rawvideo', tolerance: 0 },
  'screen.avi': { format: 'avi', encoder: 'zmbv', pixels: 'bgr0', codec: 'zmbv', tolerance: 0 },
  'dv.dv': { format: 'dv', encoder: 'dvvideo', ...pal, codec: 'dvvideo' },
  'dv.avi': { format: 'avi', encoder: 'dvvideo', ...pal, codec: 'dvvideo' },
  'vp8.webm': { format: 'webm', encoder: 'libvpx', codec: 'vp8' },
  'vp9.webm': { format: 'webm', encoder: 'libvpx-vp9', codec: 'vp9' },
  'vp9-444.webm': { format: 'webm', encoder: 'libvpx-vp9', pixels: 'yuv444p', codec: 'vp9' },
  'av1-10bit.mp4': { format: 'mp4', encoder: 'libsvtav1', pixels: 'yuv420p10le', codec: 'av1' },
  'mpeg-4.mp4': { format: 'mp4', encoder: 'mpeg4', codec: 'mpeg4' },
  'h263.3gp': { format: '3gp', encoder: 'h263', width: 176, height: 144, codec: 'h263' },
  'wmv1.wmv': { format: 'asf', encoder: 'wmv1', codec: 'wmv1' },
  'sorenson.flv': { format: 'flv', encoder: 'flv', codec: 'flv1' },
  'sorenson.mov': { format: 'mov', encoder: 'svq1', pixels: 'yuv410p', codec: 'svq1', tolerance: 8 },
  'real.rm': { format: 'rm', encoder: 'rv20', codec: 'rv20' },
  'uncompressed.y4m': { format: 'yuv4mpegpipe', encoder: 'rawvideo', pixels: 'yuv444p', codec: 'rawvideo' },
  'animated.apng': { format: 'apng', encoder: 'apng', pixels: 'rgba', codec: 'apng', tolerance: 0 },
  'animated.png': { format: 'apng', encoder: 'apng', pixels: 'rgb24', codec: 'apng', tolerance: 0 },
  'animated.webp': {
    format: 'webp',
    encoder: 'libwebp_anim',
    pixels: 'bgra',
    options: { lossless: 1 },
    codec: 'webp_anim',
  },
  'h264-422-10bit.mp4': { format: 'mp4', encoder: 'libx264', pixels: 'yuv422p10le', codec: 'avc' },
  'h264-444.mp4': { format: 'mp4', encoder: 'libx264', pixels: 'yuv444p', codec: 'avc' },
  'h264-rgb.mp4': { format: 'mp4', encoder: 'libx264rgb', pixels: 'rgb24', codec: 'avc' },
  'hevc-12bit.mp4': { format: 'mp4', encoder: 'libx265', pixels: 'yuv420p12le', options: quietHevc, codec: 'hevc' },
  'ffv1-16bit.mkv': { format: 'matroska', encoder: 'ffv1', pixels: 'yuv444p16le', codec: 'ffv1' },
  'ffv1-rgb-12bit.mkv': { format: 'matroska', encoder: 'ffv1', pixels: 'gbrp12le', codec: 'ffv1', tolerance: 0 },
  'ffv1-411.mkv': { format: 'matroska', encoder: 'ffv1', pixels: 'yuv411p', codec: 'ffv1' },
  'odd-size.mkv': { format: 'matroska', encoder: 'ffv1', width: 35, height: 17, codec: 'ffv1' },
  'odd-size-422.mkv': { format: 'matroska', encoder: 'ffv1', width: 35, height: 17, pixels: 'yuv422p', codec: 'ffv1' },
  'odd-size-rgb.mkv': {
    format: 'matroska',
    encoder: 'ffv1',
    width: 35,
    height: 17,
    pixels: 'bgr0',
    codec: 'ffv1',
    tolerance: 0,
  },
};

describe.concurrent('a video', () => {
  it.each(Object.entries(videos))(
    '%s',
    async (name, { format = '', codec, containerOptions, tolerance = 3, ...how }) => {
      const { width = 64, height = 48, shownWidth = width } = how;
      const path = join(folder.path, name);
      const video = [{ ...how, width, height, pictures: pictures(width, height) }];
      await writeCoded(path, { format, video, options: containerOptions });
      const { info, times, colors } = await read(path);
      expect(info).toMatchObject({ codec, width: shownWidth, height, codedWidth: width, codedHeight: height });
      expect(info.frameCount).toBe(FRAMES);
      expect(info.durationSeconds).toBeCloseTo(0.2, 2);
      expect(times).toEqual([0, 0.04, 0.08, 0.12, 0.16]);
      expect(worstDifference(colors)).toBeLessThanOrEqual(tolerance);
    },
  );
});

describe.concurrent('a picture', () => {
  it.each(Object.entries(stills))(
    '%s is a video of one frame',
    async (name, { encoder, pixels, codec = encoder, tolerance = 3 }) => {
      const path = join(folder.path, name);
      await writeFile(
        path,
        await encodeStill({ encoder, pixels, width: 64, height: 48, pictures: pictures(64, 48, 1) }),
      );
      const { info, colors } = await read(path);
      expect(info).toMatchObject({ codec, width: 64, height: 48, frameCount: 1 });
      expect(worstDifference(colors)).toBeLessThanOrEqual(tolerance);
    },
  );

  it.each([
    ['gray.png', 'png', 'gray'],
    ['gray-16bit.png', 'png', 'gray16be'],
    ['gray.tiff', 'tiff', 'gray'],
  ])('%s is gray', async (name, encoder, pixels) => {
    const path = join(folder.path, name);
    await writeFile(path, await encodeStill({ encoder, pixels, width: 64, height: 48, pictures: pictures(64, 48, 1) }));
    const { colors } = await read(path);
    const luma = corners.map(([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue);
    colors[0].forEach((color, quarter) => {
      for (const value of color) expect(Math.abs(value - luma[quarter])).toBeLessThanOrEqual(3);
    });
  });

  it.each([
    ['still.heic', 'hevc'],
    ['still.avif', 'av1'],
  ])('%s, which FFmpeg only reads, is a video of one frame', async (name, codec) => {
    const { info, colors } = await read(fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url)));
    expect(info).toMatchObject({ codec, width: 64, height: 64, frameCount: 1 });
    expect(worstDifference(colors)).toBeLessThanOrEqual(4);
  });

  it('of one pixel is read', async () => {
    const path = join(folder.path, 'one-pixel.png');
    const [red, green, blue] = corners[0];
    const data = Uint8ClampedArray.of(red, green, blue, 255);
    await writeFile(
      path,
      await encodeStill({ encoder: 'png', pixels: 'rgb24', width: 1, height: 1, pictures: [data] }),
    );
    const { info, colors } = await read(path);
    expect(info).toMatchObject({ width: 1, height: 1, frameCount: 1 });
    colors[0][0].forEach((value, channel) => {
      expect(Math.abs(value - corners[0][channel])).toBeLessThanOrEqual(3);
    });
  });

  it('with a palette is read', async () => {
    const path = join(folder.path, 'palette.png');
    // Colors of the palette that FFmpeg uses.
    const colors = [252, 0, 0, 255, 0, 252, 0, 255, 0, 0, 255, 255, 252, 252, 0, 255];
    const picture = { encoder: 'png', pixels: 'pal8', width: 4, height: 1, pictures: [Uint8ClampedArray.from(colors)] };
    await writeFile(path, await encodeStill(picture));
    await using video = await openVideo(path);
    for await (const { data } of video.frames()) expect([...data]).toEqual(colors);
  });
});
