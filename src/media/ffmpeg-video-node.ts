// The pictures of a file, in the media process: what is known of the track, and its frames as 8-bit 4:2:0 with square pixels.
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_DISCARD,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { decodedFrames, frameStamp } from './ffmpeg-decoder-node.ts';
import { deinterlaced } from './ffmpeg-deinterlacer-node.ts';
import { stampOf, type FFmpegInput } from './ffmpeg-input-node.ts';
import { codecName, colorSpaceOf } from './ffmpeg-names-node.ts';
import { PictureConverter, type DecodedPicture } from './ffmpeg-picture-node.ts';
import { MediaFault } from './media-fault.ts';
import type { HostLimits, VideoDescription } from './media-host-protocol.ts';
import { orientationOf } from './orientation.ts';
import type { Deinterlacing } from './stream-options.ts';

/** A track and the times of its frames: seconds, ascending. */
export interface DescribedVideo {
  description: VideoDescription;
  timestamps: Float64Array;
}

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
    if (width * height > limits.pixels) {
      throw new MediaFault(
        'media-unreadable',
        `has frames of ${width}×${height} pixels, more than can be read.`,
        'Scale it down first.',
      );
    }
    const { timestamps, end, promisedEnd } = await readFrameTimes(input, onProgress);
    if (timestamps.length === 0 || width === 0 || height === 0) {
      throw new MediaFault(
        'video-undecodable',
        'has a video track without frames.',
        'Copy or download the file again.',
      );
    }
    const ownMatrix = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
    const matrix = ownMatrix ?? (timestamps.length === 1 ? await matrixOfPicture(open, limits) : undefined);
    const description: VideoDescription = {
      codedWidth: width,
      codedHeight: height,
      ...squarePixelSize(width, height, [sampleAspectRatio, codecpar.sampleAspectRatio]),
      ...orientationOf(matrix ? Array.from({ length: 9 }, (_, i) => matrix.readInt32LE(4 * i)) : undefined),
      codec: codecName(codecId),
      colorSpace: colorSpaceOf(codecpar),
      hasAudio: input.hasAudio,
      end,
      promisedEnd,
    };
    return { description, timestamps };
  } finally {
    await input.close();
  }
}

/** A photograph says in its own header (EXIF) how it is turned, which the decoder reads. */
async function matrixOfPicture(open: OpenInput, limits: HostLimits): Promise<Buffer | undefined> {
  const input = await open();
  try {
    for await (const decoded of decodedFrames(input, limits)) {
      using frame = decoded;
      return frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX) ?? undefined;
    }
    return undefined;
  } finally {
    await input.close();
  }
}

/** Packets between two signs of life. */
const PACKETS_BETWEEN = 1000;

/** When a packet is shown. */
interface PacketTime {
  start: number;
  duration: number;
}

/** Packets that follow one another in a file are closer than this, or the picture stood still. */
const LEAP_SECONDS = 10;

async function readFrameTimes(
  input: FFmpegInput,
  onProgress: () => void,
): Promise<{ timestamps: Float64Array; end: number; promisedEnd?: number }> {
  const starts: number[] = [];
  let lastStart = -Infinity;
  let lastDuration = 0;
  const add = ({ start, duration }: PacketTime): void => {
    starts.push(start);
    if (start > lastStart) {
      lastStart = start;
      lastDuration = duration;
    }
  };
  let packets = 0;
  let lastIsCut = false;
  let end = 0;
  let previous: number | undefined;
  /** A packet far from the one before it: damage, unless the next one is there as well. */
  let leap: PacketTime | undefined;
  for await (const packet of input.packets()) {
    if (++packets % PACKETS_BETWEEN === 0) onProgress();
    lastIsCut = (packet.flags & AV_PKT_FLAG_CORRUPT) !== 0;
    const stamp = input.isTimed ? stampOf(packet) : undefined;
    const duration = input.seconds(packet.duration);
    const start = stamp === undefined ? end : input.seconds(stamp);
    // What an edit of the file cut away is decoded, but not shown.
    if (packet.flags & AV_PKT_FLAG_DISCARD || (start < 0 && start + duration <= 0)) continue;
    if (leap && Math.abs(start - leap.start) < LEAP_SECONDS) {
      add(leap);
      previous = leap.start;
    }
    leap = undefined;
    if (previous !== undefined && Math.abs(start - previous) >= LEAP_SECONDS) {
      leap = { start, duration };
      continue;
    }
    previous = start;
    end = start + duration;
    add({ start, duration });
  }
  if (leap && leap.start > lastStart) add(leap);
  const timestamps = Float64Array.from(starts).sort();
  const average = timestamps.length > 1 ? (lastStart - timestamps[0]) / (timestamps.length - 1) : 1 / 25;
  const ownEnd = lastStart + (lastDuration > 0 ? lastDuration : average);
  const { duration, startTime, nbFrames } = input.stream;
  const promised = input.seconds((startTime === AV_NOPTS_VALUE ? 0n : startTime) + duration);
  const isShort = lastIsCut || (duration > 0n && promised - ownEnd > average / 2);
  const truncated = packets < nbFrames && isShort;
  return { timestamps, end: ownEnd, promisedEnd: truncated ? Math.max(promised, ownEnd) : undefined };
}

function squarePixelSize(
  width: number,
  height: number,
  aspects: readonly { num: number; den: number }[],
): { squareWidth: number; squareHeight: number } {
  const aspect = aspects.find(({ num, den }) => num > 0 && den > 0);
  if (!aspect) return { squareWidth: width, squareHeight: height };
  const { num, den } = aspect;
  return num > den
    ? { squareWidth: Math.round((width * num) / den), squareHeight: height }
    : { squareWidth: width, squareHeight: Math.round((height * den) / num) };
}

/** Times in a file are rounded, and frames are further apart than that. Seconds. */
const TOLERANCE = 0.0005;
/** Begins to read so much before the time that is wanted: indices often have decoding times. Seconds. */
const SEEK_MARGIN = 0.1;

/** How frames are read. */
export interface FramesRequest {
  /** In the file's own time. */
  fromSeconds: number;
  width: number;
  height: number;
  deinterlace: Deinterlacing;
}

/** Decodes the frame that is shown at a time, and those after it. */
export async function* readFrames(
  open: OpenInput,
  { fromSeconds, width, height, deinterlace }: FramesRequest,
  limits: HostLimits,
): AsyncGenerator<DecodedPicture, void, undefined> {
  using pictures = new PictureConverter(width, height);
  for (const seeking of [true, false]) {
    const input = await open();
    try {
      const mayStartLater = input.isTimed && fromSeconds > SEEK_MARGIN;
      if (seeking && !(mayStartLater && (await input.seek(fromSeconds - SEEK_MARGIN)))) continue;
      let before: { frame: Frame; seconds: number } | undefined;
      let yielded = false;
      const frames = stamped(decodedFrames(input, limits), input, seeking ? undefined : 0n);
      for await (const decoded of deinterlaced(frames, input.stream, deinterlace)) {
        using frame = decoded;
        const seconds = secondsOf(frame);
        if (!yielded && seconds < fromSeconds - TOLERANCE) {
          before?.frame.free();
          before = { frame: frame.clone()!, seconds };
          continue;
        }
        if (!yielded && seconds > fromSeconds + TOLERANCE) {
          if (before) yield await pictures.convert(before.frame, before.seconds);
          else if (seeking) break; // it did not find a key frame before the time
        }
        before?.frame.free();
        before = undefined;
        yielded = true;
        yield await pictures.convert(frame, seconds);
      }
      // All frames from the time on are lost: the last one before them stands in.
      if (before) {
        using frame = before.frame;
        yield await pictures.convert(frame, before.seconds);
        yielded = true;
      }
      if (yielded) return;
    } finally {
      await input.close();
    }
  }
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
