// Streaming video reader: a media file → upright RGBA frames [H,W,4], forward or backward, at its own or a given rate.
import { EncodedPacketSink, type Input, type InputVideoTrack, type Source, VideoSampleSink } from 'mediabunny';
import { abortable } from '../util/abort.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import {
  constantRateSchedule,
  frameTimingOf,
  lastAtOrBefore,
  sourceSchedule,
  type FrameSchedule,
} from './frame-timing.ts';
import { asMediaError, openInput, unreadable } from './media-input.ts';
import {
  normalizeInBrowser,
  PictureBuffers,
  SampleConverter,
  type FrameLayout,
  type SampleNormalizer,
} from './sample-to-rgba.ts';

/** What is known about a video before its frames are decoded. */
export interface VideoInfo {
  /** Pixels of the frames that {@link VideoReader.frames} yields: upright, with square pixels. */
  width: number;
  height: number;
  /** Pixels as stored, before rotation and pixel aspect ratio. */
  codedWidth: number;
  codedHeight: number;
  /** Clockwise degrees that the stored pixels are turned by; the yielded frames are upright already. */
  rotation: 0 | 90 | 180 | 270;
  /** Average frames per second. */
  frameRate: number;
  /** Whether frames come at uneven times. */
  variableFrameRate: boolean;
  /** From the start of the first frame to the end of the last. */
  durationSeconds: number;
  frameCount: number;
  /** Short name of the codec: `avc`, `hevc`, `vp9`, … */
  codec: string;
  /** Color tags, as far as the file has any. */
  colorSpace: VideoColorSpaceInit;
  hasAudio: boolean;
}

/** One upright RGBA frame. Its pixels belong to the receiver and may be changed. */
export interface VideoFrameData {
  /** Position in the sequence at the rate asked for; 0 is the first frame of the file. */
  index: number;
  /** From the start of the first frame of the file. */
  timestampSeconds: number;
  durationSeconds: number;
  width: number;
  height: number;
  /** RGBA, row by row, alpha 255. */
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** Which frames to read. */
export interface FramesOptions {
  /** Constant frame rate to resample to; by default every frame of the file at its own time. */
  fps?: number;
  /** Frames that begin at or after this time. Default 0. */
  startSeconds?: number;
  /** Frames that begin before this time. Default: the end. */
  endSeconds?: number;
  /** Yields the same frames last to first; indices and timestamps stay those of the file. Default false. */
  reversed?: boolean;
  signal?: AbortSignal;
}

/** An open video file. */
export interface VideoReader extends AsyncDisposable {
  readonly info: VideoInfo;
  /** What errors call the file. */
  readonly name: string;
  /** The time in the file, in seconds, of the first frame. */
  readonly originSeconds: number;
  /**
   * Decodes frames on demand; memory does not grow with the length.
   *
   * @throws LatentSyncError `media-unreadable` when a frame cannot be decoded or the file ends early, naming the time
   * reached; `aborted` when the signal fires.
   */
  frames(options?: FramesOptions): AsyncIterable<VideoFrameData>;
  /** Takes back the pixels of a frame that is no longer used, for later frames. Frames that are kept are garbage-collected. */
  recycle(frame: Pick<VideoFrameData, 'data'>): void;
}

/** How to open a video. */
export interface VideoReaderOptions {
  /** The name of the file in error messages. */
  name: string;
  /** Prepares frames for conversion to RGBA; by default they are only scaled, which is enough in browsers. */
  normalize?: SampleNormalizer;
}

/** Frames held in memory while reading backward: limits on their number and on their total bytes. */
const REVERSED_FRAMES = 32;
const REVERSED_BYTES = 128 * 2 ** 20;

/**
 * Opens the video track of a media file.
 *
 * @throws LatentSyncError `media-unreadable`, or `no-video-track` when there is only sound.
 */
export async function openVideoSource(source: Source, options: VideoReaderOptions): Promise<VideoReader> {
  const { name, normalize = normalizeInBrowser } = options;
  const input = await openInput(source, name);
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) {
      throw new LatentSyncError('no-video-track', wording`${name} has no video track.`, {
        remedy: 'Choose a video file.',
      });
    }
    const times = await readFrameTimes(track, name);
    const info = await readInfo(track, times, (await input.getAudioTracks()).length > 0);
    if (!(await track.canDecode())) {
      throw unreadable(
        name,
        `contains ${info.codec} video, which cannot be decoded here.`,
        'Convert it to H.264 first.',
      );
    }
    const layout: FrameLayout = {
      width: await track.getSquarePixelWidth(),
      height: await track.getSquarePixelHeight(),
      orientation: { rotation: info.rotation, flip: await track.getFlip() },
      colorSpace: info.colorSpace,
    };
    return new TrackVideoReader(input, track, info, times, layout, name, normalize);
  } catch (error) {
    input.dispose();
    throw asMediaError(error, name, 'cannot be read');
  }
}

/** When the frames are shown, in the file's own time. */
interface FrameTimes {
  /** Seconds, ascending. */
  timestamps: Float64Array;
  /** End of the last frame in seconds. */
  end: number;
}

async function readFrameTimes(track: InputVideoTrack, name: string): Promise<FrameTimes> {
  const starts: number[] = [];
  let lastStart = -Infinity;
  let lastDuration = 0;
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    // What ends before time 0 was cut away by an edit of the file and is not shown.
    if (packet.timestamp < 0 && packet.timestamp + packet.duration <= 0) continue;
    starts.push(packet.timestamp);
    if (packet.timestamp > lastStart) {
      lastStart = packet.timestamp;
      lastDuration = packet.duration;
    }
  }
  if (starts.length === 0) {
    throw unreadable(name, 'has a video track without frames.', 'Copy or download the file again.');
  }
  const timestamps = Float64Array.from(starts).sort();
  const average = timestamps.length > 1 ? (lastStart - timestamps[0]) / (timestamps.length - 1) : 1 / 25;
  return { timestamps, end: lastStart + (lastDuration > 0 ? lastDuration : average) };
}

async function readInfo(track: InputVideoTrack, times: FrameTimes, hasAudio: boolean): Promise<VideoInfo> {
  const { timestamps, end } = times;
  const config = await track.getDecoderConfig();
  return {
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    codedWidth: await track.getCodedWidth(),
    codedHeight: await track.getCodedHeight(),
    rotation: await track.getRotation(),
    ...frameTimingOf(timestamps, end - timestamps.at(-1)!),
    durationSeconds: end - timestamps[0],
    frameCount: timestamps.length,
    codec: (await track.getCodec()) ?? String(await track.getInternalCodecId()),
    colorSpace: config?.colorSpace ?? (await track.getColorSpace()),
    hasAudio,
  };
}

class TrackVideoReader implements VideoReader {
  readonly info: VideoInfo;
  readonly originSeconds: number;
  readonly #input: Input;
  readonly #sink: VideoSampleSink;
  readonly #layout: FrameLayout;
  readonly name: string;
  readonly #normalize: SampleNormalizer;
  readonly #buffers = new PictureBuffers();
  /** Seconds from the first frame. */
  readonly #timestamps: Float64Array;

  constructor(
    input: Input,
    track: InputVideoTrack,
    info: VideoInfo,
    times: FrameTimes,
    layout: FrameLayout,
    name: string,
    normalize: SampleNormalizer,
  ) {
    this.info = info;
    this.#input = input;
    this.#sink = new VideoSampleSink(track);
    this.#layout = layout;
    this.name = name;
    this.#normalize = normalize;
    this.originSeconds = times.timestamps[0]!;
    this.#timestamps = times.timestamps.map((timestamp) => timestamp - this.originSeconds);
  }

  async *frames(options: FramesOptions = {}): AsyncGenerator<VideoFrameData, void, undefined> {
    const { fps, startSeconds = 0, endSeconds = Infinity, reversed = false, signal } = options;
    if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
      throw new OptionError('fps', 'be a number above 0 and at most 1000', fps);
    }
    const end = this.info.durationSeconds;
    const schedule =
      fps === undefined ? sourceSchedule(this.#timestamps, end) : constantRateSchedule(this.#timestamps, end, fps);
    const firstSlot = firstSlotFrom(schedule, startSeconds);
    const endSlot = firstSlotFrom(schedule, endSeconds);
    if (!reversed) {
      yield* this.#decode(schedule, firstSlot, endSlot, signal);
      return;
    }
    const fitting = Math.floor(REVERSED_BYTES / (4 * this.info.width * this.info.height));
    const chunkLength = Math.min(REVERSED_FRAMES, Math.max(4, fitting));
    for (let chunkEnd = endSlot; chunkEnd > firstSlot; chunkEnd -= chunkLength) {
      const chunk: VideoFrameData[] = [];
      const chunkStart = Math.max(firstSlot, chunkEnd - chunkLength);
      for await (const frame of this.#decode(schedule, chunkStart, chunkEnd, signal)) chunk.push(frame);
      while (chunk.length > 0) yield chunk.pop()!;
    }
  }

  recycle({ data }: Pick<VideoFrameData, 'data'>): void {
    this.#buffers.give(data);
  }

  async *#decode(
    schedule: FrameSchedule,
    firstSlot: number,
    endSlot: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<VideoFrameData, void, undefined> {
    if (firstSlot >= endSlot) return;
    const firstSource = schedule.sourceIndex(firstSlot);
    const samples = this.#sink.samples(this.#timestamps[firstSource] + this.originSeconds);
    const converter = new SampleConverter(this.#layout, this.#normalize, this.#buffers);
    let slot = firstSlot;
    let reached = 0;
    try {
      while (slot < endSlot) {
        const next = await abortable(samples.next(), signal);
        if (next.done) {
          throw unreadable(
            this.name,
            `ends early: its video stops after ${reached.toFixed(2)} of ${this.info.durationSeconds.toFixed(2)} seconds.`,
            'The file is truncated: copy or download it again, or trim it to that length.',
          );
        }
        using sample = next.value;
        // Half a millisecond: times in the file are rounded, and frames are further apart than that.
        const source = lastAtOrBefore(this.#timestamps, sample.timestamp - this.originSeconds + 0.0005);
        let rgba: VideoFrameData['data'] | undefined;
        // A frame that the decoder skipped is replaced by the one after it.
        while (slot < endSlot && schedule.sourceIndex(slot) <= source) {
          rgba ??= await converter.toRgba(sample);
          const shownAgain = slot + 1 < endSlot && schedule.sourceIndex(slot + 1) <= source;
          yield {
            index: slot,
            timestampSeconds: schedule.timestamp(slot),
            durationSeconds: schedule.duration(slot),
            width: this.info.width,
            height: this.info.height,
            data: shownAgain ? rgba.slice() : rgba,
          };
          slot++;
        }
        reached = sample.timestamp + sample.duration - this.originSeconds;
      }
    } catch (error) {
      throw asMediaError(error, this.name, `cannot be decoded after ${reached.toFixed(2)} seconds`);
    } finally {
      await samples.return();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#input.dispose();
    return Promise.resolve();
  }
}

/** Returns the first slot that begins at or after a time, or the count. */
function firstSlotFrom(schedule: FrameSchedule, seconds: number): number {
  let low = 0;
  let high = schedule.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (schedule.timestamp(middle) >= seconds - 1e-9) high = middle;
    else low = middle + 1;
  }
  return low;
}
