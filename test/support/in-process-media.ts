// Videos written and read in this process, by the parts that otherwise run in processes of their own: many small ones in little time.
import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { FFmpegContainer } from '../../src/media/ffmpeg-container-node.ts';
import { FFmpegInput } from '../../src/media/ffmpeg-input-node.ts';
import { codecName } from '../../src/media/ffmpeg-names-node.ts';
import { describeVideo, readFrames } from '../../src/media/ffmpeg-video-node.ts';
import { believedTimes } from '../../src/media/frame-times.ts';
import type { VideoDescription } from '../../src/media/media-host-protocol.ts';
import { containerOf, type VideoContainer } from '../../src/media/output-containers.ts';
import {
  createVideoWriter,
  type PictureTrack,
  type VideoOutput,
  type VideoTracks,
  type VideoWriter,
  type VideoWriterOptions,
} from '../../src/media/video-writer.ts';
import { pictureByteLength } from '../../src/tensor/picture.ts';
import { WrittenSegment, WrittenVideo } from '../../src/media/written-file-node.ts';
import { withContainer } from './in-process-subtitles.ts';

Log.setLevel(AV_LOG_QUIET);
process.env.SVT_LOG = '1';

const limits = { pixels: 1e7, streams: 10, ...believedTimes };

/** Starts a video without sound, as `createVideo` does; it appears at once. */
export async function createVideoHere(path: string, options: Omit<VideoWriterOptions, 'audio'>): Promise<VideoWriter> {
  await writeFile(path, '');
  return createVideoWriter(options, containerOf(path)!, (tracks) => outputHere(path, tracks));
}

async function outputHere(path: string, { container, picture }: VideoTracks): Promise<VideoOutput> {
  const video = await WrittenVideo.open({ path, container, picture });
  const noSound = (): Promise<never> => Promise.reject(new Error('videos that are written here have no sound'));
  return {
    async addPicture(draw, timestampSeconds, durationSeconds) {
      const bytes = new Uint8Array(pictureByteLength(picture.format, picture.width, picture.height));
      draw(bytes);
      await video.add({ type: 'picture', timestampSeconds, durationSeconds }, bytes);
    },
    addSound: noSound,
    addPacket: noSound,
    finish: () => video.finish(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Writes planes, 25 pictures per second. */
export async function writePlanes(
  path: string,
  container: VideoContainer,
  picture: PictureTrack,
  pictures: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  await writeFile(path, '');
  const video = await WrittenVideo.open({ path, container, picture });
  for (const [index, bytes] of pictures.entries()) {
    await video.add({ type: 'picture', timestampSeconds: index / 25, durationSeconds: 1 / 25 }, bytes);
  }
  await video.finish();
}

/** Writes planes of a variable rate in segments, each by an encoder of its own, and joins these. */
export async function writeSegments(
  path: string,
  container: VideoContainer,
  picture: PictureTrack,
  { pictures, starts, durations, segmentLength }: TimedPictures,
): Promise<void> {
  const segments: string[] = [];
  let segment: WrittenSegment | undefined;
  for (const [index, bytes] of pictures.entries()) {
    if (index % segmentLength === 0) {
      await segment?.finish();
      segments.push(`${path}.${segments.length}.packets`);
      await writeFile(segments[segments.length - 1], '');
      segment = await WrittenSegment.open({ path: segments[segments.length - 1], picture });
    }
    await segment!.add({ type: 'picture', timestampSeconds: starts[index], durationSeconds: durations[index] }, bytes);
  }
  await segment?.finish();
  await writeFile(path, '');
  const video = await WrittenVideo.open({ path, container, picture });
  for (const part of segments) await video.add({ type: 'segment', path: part }, new Uint8Array(0));
  await video.finish();
}

/** Pictures, and when each is shown, in seconds. */
export interface TimedPictures {
  pictures: readonly Uint8Array<ArrayBuffer>[];
  starts: readonly number[];
  durations: readonly number[];
  /** Pictures of a segment. */
  segmentLength: number;
}

/** Reads the pictures of a video as the planes that it has. */
export async function readPlanes(
  path: string,
): Promise<{ description: VideoDescription; times: number[]; read: Uint8Array<ArrayBuffer>[] }> {
  const bytes = await readFile(path);
  const source = {
    size: bytes.length,
    immediate: true,
    read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
  };
  const openInput = async (): Promise<FFmpegInput> =>
    new FFmpegInput(await FFmpegContainer.open(source, extname(path), limits), 'video');
  const { description, times } = await describeVideo(openInput, limits, () => undefined);
  const { codedWidth: width, codedHeight: height, format } = description;
  const request = { fromSeconds: 0, width, height, format, deinterlace: 'off' } as const;
  const read: Uint8Array<ArrayBuffer>[] = [];
  const stamps: number[] = [];
  for await (const { pixels, header, release } of readFrames(openInput, request, times, limits)) {
    read.push(new Uint8Array(pixels));
    stamps.push(header.seconds);
    release();
  }
  return { description, times: stamps, read };
}

/** Returns the numbers of the pictures of a video that are key frames. */
export async function keyFramesOf(path: string): Promise<{ codec: string; keyFrames: number[]; frames: number }> {
  return withContainer(path, async (container) => {
    const input = new FFmpegInput(container, 'video');
    const stamps: { stamp: number; isKey: boolean }[] = [];
    for await (const packet of input.packets()) {
      stamps.push({ stamp: Number(packet.pts), isKey: packet.isKeyframe });
    }
    stamps.sort((a, b) => a.stamp - b.stamp);
    const keyFrames = [...stamps.keys()].filter((index) => stamps[index].isKey);
    return { codec: codecName(input.stream.codecpar.codecId), keyFrames, frames: stamps.length };
  });
}
