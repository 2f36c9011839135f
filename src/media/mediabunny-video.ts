// Videos by Mediabunny on WebCodecs, as browsers have it: any source of bytes → upright RGBA frames [H,W,4].
import {
  EncodedPacketSink,
  type Input,
  type InputVideoTrack,
  type Source,
  type VideoSample,
  VideoSampleSink,
} from 'mediabunny';
import { createImage8 } from '../tensor/image.ts';
import { rgbaLayout, type PictureLayout } from '../tensor/picture.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import { FURTHEST_SECONDS } from './frame-times.ts';
import { frameTimingOf, leadOver } from './frame-timing.ts';
import { unreadable } from './media-input.ts';
import { asMediaError, openInput, startOfTrack, type SourceReaderOptions } from './mediabunny-input.ts';
import { DamageReport } from './damage-report.ts';
import { decodedSamples, type DecodedTrack } from './decoded-samples.ts';
import { chooseAudioTrack, chooseVideoTrack } from './mediabunny-streams.ts';
import { PictureBuffers } from './picture-buffers.ts';
import { SampleConverter, type FrameLayout } from './sample-to-rgba.ts';
import { scheduledFrames, sized, type DecodedFrame, type FrameDecoder } from './scheduled-frames.ts';
import type {
  FramePixels,
  FramesOptions,
  PictureBytes,
  VideoFrameData,
  VideoImage,
  VideoInfo,
  VideoPictureData,
  VideoReader,
} from './video-reader.ts';
import type { StreamOptions } from './stream-options.ts';

/** How {@link openVideoSource} opens a file. */
export interface VideoSourceOptions extends SourceReaderOptions, Pick<StreamOptions, 'videoStream'> {}

/**
 * Opens a video track of a media file.
 *
 * @throws LatentSyncError `media-unreadable`, or `no-video-track` when there is only sound; OptionError for a number that is not
 * that of a video stream.
 */
export async function openVideoSource(source: Source, options: VideoSourceOptions): Promise<VideoReader> {
  const { name, onWarning, videoStream } = options;
  const input = await openInput(source, name);
  try {
    const track = await chooseVideoTrack(input, name, videoStream);
    if (!track) {
      throw new LatentSyncError('no-video-track', wording`${name} has no video track.`, {
        remedy: 'Choose a video file.',
      });
    }
    const times = await readFrameTimes(track, name);
    const audioTrack = await chooseAudioTrack(input, name);
    const soundStart = await startOfTrack(audioTrack);
    const info = await readInfo(track, times, audioTrack !== null);
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
    const damage = new DamageReport(name, onWarning);
    if (await track.canBeTransparent()) damage.transparencyLost();
    return new TrackVideoReader(input, track, info, { ...times, soundStart }, layout, damage);
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
    if (packet.timestamp > FURTHEST_SECONDS) continue;
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

type Rgba = Uint8ClampedArray<ArrayBuffer>;

class TrackVideoReader implements VideoReader {
  readonly info: VideoInfo;
  readonly layout: PictureLayout;
  readonly name: string;
  readonly originSeconds: number;
  readonly leadSeconds: number;
  readonly timestamps: Float64Array;
  readonly #input: Input;
  readonly #track: DecodedTrack<VideoSample>;
  readonly #layout: FrameLayout;
  readonly #damage: DamageReport;
  readonly #buffers = new PictureBuffers();

  constructor(
    input: Input,
    track: InputVideoTrack,
    info: VideoInfo,
    times: FrameTimes & { soundStart: number | undefined },
    layout: FrameLayout,
    damage: DamageReport,
  ) {
    this.info = info;
    this.layout = rgbaLayout(info.width, info.height);
    this.#input = input;
    this.#track = { samples: new VideoSampleSink(track), packets: new EncodedPacketSink(track) };
    this.#layout = layout;
    this.name = damage.file;
    this.#damage = damage;
    this.originSeconds = times.timestamps[0]!;
    this.leadSeconds = leadOver(times.soundStart, this.originSeconds);
    this.timestamps = times.timestamps.map((timestamp) => timestamp - this.originSeconds);
  }

  frames(options: FramesOptions = {}): AsyncGenerator<VideoFrameData, void, undefined> {
    const { info, name, timestamps } = this;
    const { width, height } = info;
    const decode: FrameDecoder<Rgba>['decode'] = (fromSeconds, signal) => this.#decode(fromSeconds, signal);
    const decoder = { info, byteLength: 4 * width * height, name, timestamps, damage: this.#damage, decode };
    return sized(scheduledFrames(decoder, options), { width, height });
  }

  /** Browsers decode to formats of their own choice: pictures are upright RGBA. */
  async *pictures(options: FramesOptions = {}): AsyncGenerator<VideoPictureData, void, undefined> {
    for await (const frame of this.frames(options)) {
      yield { ...frame, data: new Uint8Array(frame.data.buffer) };
    }
  }

  async *images(options: FramesOptions = {}): AsyncGenerator<VideoImage, void, undefined> {
    for await (const { width, height, data, ...frame } of this.frames(options)) {
      yield { ...frame, data: createImage8(width, height, 4, data) };
    }
  }

  recycle({ data }: { readonly data: FramePixels }): void {
    const bytes = 'channels' in data ? (data.data as PictureBytes) : data;
    this.#buffers.give(bytes instanceof Uint8ClampedArray ? bytes : new Uint8ClampedArray(bytes.buffer));
  }

  async *#decode(
    fromSeconds: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DecodedFrame<Rgba>, void, undefined> {
    const converter = new SampleConverter(this.#layout, this.#buffers);
    let end = 0;
    try {
      for await (const sample of decodedSamples(this.#track, fromSeconds + this.originSeconds, signal)) {
        const seconds = sample.timestamp - this.originSeconds;
        end = seconds + sample.duration;
        yield {
          seconds,
          toPixels: () => converter.toRgba(sample),
          close: () => {
            sample.close();
          },
        };
      }
    } catch (error) {
      throw asMediaError(error, this.name, `cannot be decoded after ${end.toFixed(2)} seconds`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#input.dispose();
    return Promise.resolve();
  }
}
