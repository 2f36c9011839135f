// The pictures of a file, in the media process: what is known of the track, and its frames, as planes or as what becomes RGBA.
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_FRAME_FLAG_CORRUPT,
  AV_PKT_DATA_DISPLAYMATRIX,
  type AVPixelFormat,
} from 'node-av/constants';
import { avGetPixFmtName, type Frame, type Stream } from 'node-av/lib';
import { decodedFrames, frameStamp } from './ffmpeg-decoder-node.ts';
import { deinterlaced } from './ffmpeg-deinterlacer-node.ts';
import { pixelAspectOf } from './pixel-aspect.ts';
import { readFrameTimes, shifted } from './ffmpeg-frame-times-node.ts';
import type { FFmpegInput } from './ffmpeg-input-node.ts';
import { codecName, colorSpaceOf } from './ffmpeg-names-node.ts';
import { describeOthers } from './ffmpeg-subtitles-node.ts';
import type { FrameTimes } from './frame-times.ts';
import { PictureConverter } from './ffmpeg-picture-node.ts';
import { PlaneConverter } from './ffmpeg-planes-node.ts';
import type { DecodedPicture, FrameConverter } from './ffmpeg-scaler-node.ts';
import { MediaFault } from './media-fault.ts';
import type { FramesRequest, HostLimits, VideoDescription } from './media-host-protocol.ts';
import type { PictureFormat } from '../tensor/picture.ts';
import { orientationOf } from './orientation.ts';
import { bitDepthOf, hasAlphaBeside, planarFormatOf } from './pixel-formats.ts';
import { pictureTagsOf } from './ffmpeg-picture-tags-node.ts';

/** A track and the times of its frames. */
export interface DescribedVideo {
  description: VideoDescription;
  times: FrameTimes;
}

/** No side of a picture is longer, in pixels; nor do encoders take it. */
const LONGEST_SIDE = 16384;

/** Opens the file anew: every reading has a place of its own in it. */
type OpenInput = () => Promise<FFmpegInput>;

/** Reads all packets of the track for the times of its frames. `onProgress` is called now and then. */
export async function describeVideo(
  open: OpenInput,
  limits: HostLimits,
  onProgress: () => void,
): Promise<DescribedVideo> {
  const input = await open();
  try {
    const { codecpar, sampleAspectRatio } = input.stream;
    const { width, height, codecId } = codecpar;
    if (width * height > limits.pixels || Math.max(width, height) > LONGEST_SIDE) {
      throw new MediaFault(
        'media-unreadable',
        `has frames of ${width}×${height} pixels, more than can be read.`,
        'Scale it down first.',
      );
    }
    const { times, warnings } = await readFrameTimes(input, limits, onProgress);
    const frameCount = times.timestamps.length;
    if (frameCount === 0 || width === 0 || height === 0) {
      throw new MediaFault(
        'video-undecodable',
        'has a video track without frames.',
        'Copy or download the file again.',
      );
    }
    const ownMatrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
    const matrix = ownMatrix ?? (frameCount === 1 ? await matrixOfPicture(open, limits) : undefined);
    const displayMatrix = matrix && Array.from({ length: 9 }, (_, i) => matrix.readInt32LE(4 * i));
    const format = storedFormat(input.stream);
    const bits = bitDepthOf(avGetPixFmtName(codecpar.format as AVPixelFormat) ?? '');
    if (bits > format.depth) {
      warnings.push({
        kind: 'pictures-changed',
        text: `has ${bits} bits for each color, of which ${format.depth} are kept.`,
      });
    }
    const description: VideoDescription = {
      codedWidth: width,
      codedHeight: height,
      ...squarePixelSize(width, height, [sampleAspectRatio, codecpar.sampleAspectRatio]),
      ...orientationOf(displayMatrix),
      codec: codecName(codecId),
      format,
      tags: pictureTagsOf(codecpar, [sampleAspectRatio, codecpar.sampleAspectRatio], displayMatrix, {
        file: input.metadata,
        track: input.stream.metadata?.getAll() ?? {},
      }),
      otherStreams: describeOthers(input.otherStreams),
      colorSpace: colorSpaceOf(codecpar),
      hasAudio: input.hasAudio,
      otherStart: input.otherStart,
      hasAlpha: format.alpha && format.colors === 'yuv' && (format.chromaShift[0] > 0 || format.chromaShift[1] > 0),
      end: times.end,
      warnings,
    };
    return { description, times };
  } finally {
    await input.close();
  }
}

/** Returns the planes in which the pictures of a track keep what they have. Opacity that is beside them comes along where it is decoded. */
function storedFormat({ codecpar, metadata }: Stream): PictureFormat {
  const name = avGetPixFmtName(codecpar.format as AVPixelFormat) ?? '';
  return planarFormatOf(name === 'yuv420p' && hasAlphaBeside(metadata?.getAll()) ? 'yuva420p' : name);
}

/** A photograph says in its own header (EXIF) how it is turned, which the decoder reads. */
async function matrixOfPicture(open: OpenInput, limits: HostLimits): Promise<Buffer | undefined> {
  const input = await open();
  try {
    for await (const decoded of decodedFrames(input, input.packets(), limits)) {
      using frame = decoded;
      return frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX) ?? undefined;
    }
    return undefined;
  } finally {
    await input.close();
  }
}

/** Returns the size with square pixels of a picture; of several aspects, one counts: see {@link pixelAspectOf}. */
export function squarePixelSize(
  width: number,
  height: number,
  aspects: readonly { num: number; den: number }[],
): { squareWidth: number; squareHeight: number } {
  const [across, down] = pixelAspectOf(aspects);
  return across > down
    ? { squareWidth: Math.round((width * across) / down), squareHeight: height }
    : { squareWidth: width, squareHeight: Math.round((height * down) / across) };
}

/** Times in a file are rounded, and frames are further apart than that. Seconds. */
const TOLERANCE = 0.0005;
/** Begins to read so much before the time that is wanted: indices often have decoding times. Seconds. */
const SEEK_MARGIN = 0.1;

/** Decodes the frame that is shown at a time, and those after it. */
export async function* readFrames(
  open: OpenInput,
  { fromSeconds, width, height, format, deinterlace }: FramesRequest,
  { shifts, strays }: Pick<FrameTimes, 'shifts' | 'strays'>,
  limits: HostLimits,
): AsyncGenerator<DecodedPicture, void, undefined> {
  using pictures = format ? new PlaneConverter(format, width, height) : new PictureConverter(width, height);
  const leftOut = new Set(strays.map(microseconds));
  // With shifted times a file cannot be searched by time.
  for (const seeking of shifts.length > 0 ? [false] : [true, false]) {
    const input = await open();
    try {
      const mayStartLater = input.isTimed && fromSeconds > SEEK_MARGIN;
      if (seeking && !(mayStartLater && (await input.seek(fromSeconds - SEEK_MARGIN)))) continue;
      let before: { frame: Frame; seconds: number } | undefined;
      let yielded = false;
      const packets = shifted(input.packets(), input, shifts);
      const frames = stamped(decodedFrames(input, packets, limits), input, seeking ? undefined : 0n);
      for await (const decoded of deinterlaced(frames, input.stream, deinterlace)) {
        using frame = decoded;
        const seconds = secondsOf(frame);
        if (leftOut.has(microseconds(seconds))) continue;
        if (!yielded && seconds < fromSeconds - TOLERANCE) {
          before?.frame.free();
          before = { frame: frame.clone()!, seconds };
          continue;
        }
        if (!yielded && seconds > fromSeconds + TOLERANCE) {
          if (before) yield await pictureOf(before.frame, before.seconds, pictures);
          else if (seeking) break; // it did not find a key frame before the time
        }
        before?.frame.free();
        before = undefined;
        yielded = true;
        yield await pictureOf(frame, seconds, pictures);
      }
      // All frames from the time on are lost: the last one before them stands in.
      if (before) {
        using frame = before.frame;
        yield await pictureOf(frame, before.seconds, pictures);
        yielded = true;
      }
      if (yielded) return;
    } finally {
      await input.close();
    }
  }
}

const microseconds = (seconds: number): number => Math.round(seconds * 1e6);

async function pictureOf(frame: Frame, seconds: number, pictures: FrameConverter): Promise<DecodedPicture> {
  const picture = await pictures.convert(frame, seconds);
  if (frame.decodeErrorFlags !== 0 || frame.flags & AV_FRAME_FLAG_CORRUPT) picture.header.damaged = true;
  return picture;
}

/** Frames per second of a file that does not say. */
const USUAL_RATE = { num: 25, den: 1 };

/** Gives every frame a time stamp of the stream. One without follows the frame before it; `first` is the time of the first one. */
async function* stamped(
  frames: AsyncGenerator<Frame, void, undefined>,
  { stream, isTimed }: FFmpegInput,
  first: bigint | undefined,
): AsyncGenerator<Frame, void, undefined> {
  const { timeBase, avgFrameRate } = stream;
  const { num, den } = avgFrameRate.num > 0 ? avgFrameRate : USUAL_RATE;
  const usual = BigInt(Math.round((timeBase.den * den) / (timeBase.num * num)));
  let expected = first;
  for await (const frame of frames) {
    const stamp = (isTimed ? frameStamp(frame) : undefined) ?? expected;
    if (stamp === undefined) {
      frame.free();
      continue;
    }
    expected = stamp + (frame.duration > 0n ? frame.duration : usual);
    frame.pts = stamp;
    frame.timeBase = timeBase;
    yield frame;
  }
}

function secondsOf({ pts, timeBase: { num, den } }: Frame): number {
  return (Number(pts) * num) / den;
}
