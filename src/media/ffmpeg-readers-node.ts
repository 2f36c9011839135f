// VideoReader and AudioReader in Node: decoded by FFmpeg in a process of its own, converted to RGBA here.
import { createImage8, type Image8 } from '../tensor/image.ts';
import { pictureByteLength, type PictureFormat, type PictureLayout, type Transfer } from '../tensor/picture.ts';
import type { AudioChunk, AudioInfo, AudioPacket, AudioReader } from './audio-reader.ts';
import { continuousSound } from './continuous-sound.ts';
import { frameTimingOf, leadOver } from './frame-timing.ts';
import type {
  AudioDescription,
  FrameHeader,
  FramesRequest,
  PacketHeader,
  SoundHeader,
  SubtitleHeader,
  VideoDescription,
} from './media-host-protocol.ts';
import type { MediaItem, MediaProcess } from './media-process-node.ts';
import { DamageReport } from './damage-report.ts';
import type { OnMediaWarning } from './media-warning.ts';
import { LazyPicture } from './lazy-picture.ts';
import { turnUpright } from './orientation.ts';
import type { KeptSubtitles, OtherStream } from './other-streams.ts';
import { inBands } from './picture-bands-node.ts';
import { PictureBuffers } from './picture-buffers.ts';
import { chromaSiteOf, type PictureTags } from './picture-tags.ts';
import { scheduledFrames, sized, type DecodedFrame, type FrameDecoder } from './scheduled-frames.ts';
import type { Deinterlacing } from './stream-options.ts';
import type { ShownPart, TrackCue } from './cue-track.ts';
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
import { yuvEncodingOf, type YuvEncoding } from '../tensor/yuv-encoding.ts';
import { i420ToRgba } from './yuv.ts';

// Items on their way: decoding goes on while they are used, within bounds.
const FRAMES_AHEAD = 3;
const FRAME_BYTES_AHEAD = 128 * 2 ** 20;
const PIECES_AHEAD = 8;
const PACKETS_AHEAD = 64;

/** How {@link openFFmpegVideo} and {@link openFFmpegAudio} read. */
export interface FFmpegReaderOptions {
  /** The name of the file in errors and warnings. */
  name: string;
  signal?: AbortSignal;
  onWarning?: OnMediaWarning;
}

/** How {@link openFFmpegVideo} reads. */
export interface FFmpegVideoOptions extends FFmpegReaderOptions {
  /** Default `auto`. */
  deinterlace?: Deinterlacing;
}

/** Returns how many frames of a size are on their way to the reader at a time: few large ones, for each is held in memory. */
export function framesAhead(width: number, height: number): number {
  return Math.max(1, Math.min(FRAMES_AHEAD, Math.floor(FRAME_BYTES_AHEAD / (4 * width * height))));
}

/** Describes the video that a process reads. The reader ends the process. */
export async function openFFmpegVideo(host: MediaProcess, options: FFmpegVideoOptions): Promise<VideoReader> {
  const { name, signal, onWarning, deinterlace = 'auto' } = options;
  const { item, body } = await host.ask<VideoDescription>({ type: 'describe-video' }, signal);
  const frameCount = body.length / (Float64Array.BYTES_PER_ELEMENT + 1);
  const times = new Float64Array(body.buffer, 0, frameCount);
  const repeats = body.subarray(-frameCount);
  const damage = new DamageReport(name, onWarning);
  for (const warning of item.warnings) damage.warn(warning);
  return new FFmpegVideoReader(host, damage, item, { times, repeats }, deinterlace);
}

type Decode<Pixels extends FramePixels> = FrameDecoder<Pixels>['decode'];

/** H.273's numbers of the transfer functions of HDR. */
const transfers: Readonly<Record<number, Transfer>> = { 16: 'pq', 18: 'hlg' };

/** RGB and gray use the whole range unless they say otherwise, Y'CbCr only if it says so. */
function usesFullRange({ colors }: PictureFormat, { fullRange }: PictureTags): boolean {
  return fullRange ?? colors !== 'yuv';
}

class FFmpegVideoReader implements VideoReader {
  readonly info: VideoInfo;
  readonly name: string;
  readonly originSeconds: number;
  readonly leadSeconds: number;
  readonly timestamps: Float64Array;
  readonly layout: PictureLayout;
  readonly tags: PictureTags;
  readonly otherStreams: readonly OtherStream[];
  readonly #host: MediaProcess;
  readonly #damage: DamageReport;
  readonly #description: VideoDescription;
  readonly #deinterlace: Deinterlacing;
  readonly #buffers = new PictureBuffers();
  readonly #repeats: Uint8Array;

  constructor(
    host: MediaProcess,
    damage: DamageReport,
    description: VideoDescription,
    { times, repeats }: { times: Float64Array; repeats: Uint8Array },
    deinterlace: Deinterlacing,
  ) {
    const { squareWidth, squareHeight, rotation, flip, codedWidth, codedHeight, codec, colorSpace, hasAudio, end } =
      description;
    const { format, tags } = description;
    const quarterTurn = rotation % 180 !== 0;
    this.#host = host;
    this.#damage = damage;
    this.name = damage.file;
    this.#description = description;
    this.#deinterlace = deinterlace;
    this.originSeconds = times[0];
    this.leadSeconds = leadOver(description.otherStart, this.originSeconds);
    this.timestamps = times.map((timestamp) => timestamp - this.originSeconds);
    this.#repeats = repeats;
    this.info = {
      width: quarterTurn ? squareHeight : squareWidth,
      height: quarterTurn ? squareWidth : squareHeight,
      codedWidth,
      codedHeight,
      rotation,
      ...frameTimingOf(times, end - times.at(-1)!),
      durationSeconds: end - this.originSeconds,
      frameCount: times.length,
      codec,
      colorSpace,
      hasAudio,
    };
    this.tags = tags;
    this.otherStreams = description.otherStreams;
    this.layout = {
      format,
      width: codedWidth,
      height: codedHeight,
      uprightWidth: this.info.width,
      uprightHeight: this.info.height,
      orientation: { rotation, flip },
      encoding: yuvEncodingOf({ ...colorSpace, fullRange: usesFullRange(format, tags) }, codedWidth, codedHeight),
      transfer: transfers[tags.transfer] ?? 'sdr',
      chromaSite: chromaSiteOf(tags.chromaLocation),
    };
  }

  frames(options: FramesOptions = {}): AsyncGenerator<VideoFrameData, void, undefined> {
    const { width, height } = this.info;
    if (this.#description.hasAlpha) this.#damage.transparencyLost();
    const decode: Decode<Uint8ClampedArray<ArrayBuffer>> = (fromSeconds, signal) => this.#decode(fromSeconds, signal);
    return sized(scheduledFrames(this.#decoder(4 * width * height, decode), options), { width, height });
  }

  images(options: FramesOptions = {}): AsyncGenerator<VideoImage, void, undefined> {
    const { width, height } = this.info;
    if (this.#description.hasAlpha) this.#damage.transparencyLost();
    const decode: Decode<Image8> = (fromSeconds, signal) => this.#decodeImages(fromSeconds, signal);
    return scheduledFrames(this.#decoder(4 * width * height, decode), options);
  }

  pictures(options: FramesOptions = {}): AsyncGenerator<VideoPictureData, void, undefined> {
    const { format, width, height } = this.layout;
    const decode: Decode<Uint8Array<ArrayBuffer>> = (fromSeconds, signal) => this.#decodePlanes(fromSeconds, signal);
    return scheduledFrames(this.#decoder(pictureByteLength(format, width, height), decode), options);
  }

  async *subtitles(kept: readonly KeptSubtitles[], part: ShownPart): AsyncGenerator<TrackCue, void, undefined> {
    const tracks = kept.map(({ index, source, written }) => ({ stream: index, from: source.codec, to: written.codec }));
    const items = this.#host.items<SubtitleHeader | { lost: number }>(
      { type: 'subtitles', tracks, ...part },
      { ahead: PACKETS_AHEAD },
    );
    for await (const { item, body } of items) {
      if ('track' in item) yield { ...item, data: body };
      else if (item.lost > 0)
        this.#damage.warn({
          kind: 'subtitles-lost',
          text: `has subtitles too long or too many to be kept: ${item.lost} are lost.`,
        });
    }
  }

  async fonts(streams: readonly OtherStream[]): Promise<Uint8Array[]> {
    const fonts: Uint8Array[] = [];
    const request = { type: 'fonts' as const, streams: streams.map(({ index }) => index) };
    for await (const { body } of this.#host.items(request, { ahead: 1 })) fonts.push(body);
    return fonts;
  }

  recycle({ data }: { readonly data: FramePixels }): void {
    if (data instanceof LazyPicture) {
      this.#buffers.give(data.rgba);
      this.#host.recycle({ body: data.stored.i420 });
    } else if ('channels' in data) this.recycle({ data: data.data as PictureBytes });
    else if (data instanceof Uint8ClampedArray) this.#buffers.give(data);
    else this.#host.recycle({ body: data });
  }

  #decoder<Pixels extends FramePixels>(byteLength: number, decode: Decode<Pixels>): FrameDecoder<Pixels> {
    const { info, name, timestamps } = this;
    return { info, byteLength, name, timestamps, repeats: this.#repeats, damage: this.#damage, decode };
  }

  async *#decode(
    fromSeconds: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DecodedFrame<Uint8ClampedArray<ArrayBuffer>>, void, undefined> {
    const { squareWidth: width, squareHeight: height } = this.#description;
    for await (const { item, body } of this.#items({ width, height }, fromSeconds, signal)) {
      yield {
        seconds: item.seconds - this.originSeconds,
        damaged: item.damaged,
        toPixels: () => this.#toRgba(item, body),
        close: () => {
          this.#host.recycle({ body });
        },
      };
    }
  }

  async *#decodeImages(
    fromSeconds: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DecodedFrame<Image8>, void, undefined> {
    const { squareWidth: width, squareHeight: height } = this.#description;
    for await (const { item, body } of this.#items({ width, height }, fromSeconds, signal)) {
      let image: LazyPicture | undefined;
      yield {
        seconds: item.seconds - this.originSeconds,
        damaged: item.damaged,
        toPixels: async () => {
          if (item.isRgba) return createImage8(this.info.width, this.info.height, 4, await this.#toRgba(item, body));
          const { orientation } = this.layout;
          const i420 = image ? body.slice() : body; // the first to ask gets the bytes that came
          const stored = { i420, width, height, encoding: this.#encodingOf(item), orientation };
          return (image = new LazyPicture(stored, this.#buffers.take(4 * width * height)));
        },
        close: () => {
          if (!image) this.#host.recycle({ body });
        },
      };
    }
  }

  async *#decodePlanes(
    fromSeconds: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DecodedFrame<Uint8Array<ArrayBuffer>>, void, undefined> {
    const { format, width, height } = this.layout;
    for await (const { item, body } of this.#items({ format, width, height }, fromSeconds, signal)) {
      let isTaken = false;
      yield {
        seconds: item.seconds - this.originSeconds,
        damaged: item.damaged,
        toPixels: () => {
          // The first to ask gets the bytes that came; they are the same for all.
          const bytes = isTaken ? body.slice() : body;
          isTaken = true;
          return Promise.resolve(bytes);
        },
        close: () => {
          if (!isTaken) this.#host.recycle({ body });
        },
      };
    }
  }

  #items(
    kind: Pick<FramesRequest, 'format' | 'width' | 'height'>,
    fromSeconds: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<MediaItem<FrameHeader>, void, undefined> {
    const { width, height } = kind;
    return this.#host.items<FrameHeader>(
      { type: 'frames', ...kind, fromSeconds: fromSeconds + this.originSeconds, deinterlace: this.#deinterlace },
      { ahead: framesAhead(width, height), signal },
    );
  }

  #encodingOf({ matrix, fullRange }: FrameHeader): YuvEncoding {
    const { squareWidth: width, squareHeight: height, colorSpace } = this.#description;
    const tags = { matrix: matrix ?? colorSpace.matrix, fullRange: fullRange ?? colorSpace.fullRange };
    return yuvEncodingOf(tags, width, height);
  }

  async #toRgba(header: FrameHeader, pixels: Uint8Array): Promise<VideoFrameData['data']> {
    const { squareWidth: width, squareHeight: height, rotation, flip } = this.#description;
    const encoding = this.#encodingOf(header);
    const rgba = this.#buffers.take(width * height * 4);
    await inBands(width, height, (rows) => {
      if (!header.isRgba) i420ToRgba(pixels, width, height, encoding, rgba, rows);
      else if (!copyOpaque(pixels, rgba, 4 * width * rows.from, 4 * width * rows.to)) {
        this.#damage.transparencyLost();
      }
    });
    if (rotation === 0 && !flip) return rgba;
    const into = this.#buffers.take(rgba.length);
    const { width: uprightWidth, height: uprightHeight } = this.info;
    await inBands(uprightWidth, uprightHeight, (rows) => {
      turnUpright(rgba, width, height, { rotation, flip, into, rows });
    });
    this.#buffers.give(rgba);
    return into;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.close();
  }
}

/** Copies bytes of an RGBA picture, without its transparency; returns whether they have none. */
function copyOpaque(from: Uint8Array, to: Uint8ClampedArray, start: number, end: number): boolean {
  to.set(from.subarray(start, end), start);
  let alpha = 255;
  for (let at = start + 3; at < end; at += 4) {
    alpha &= to[at];
    to[at] = 255;
  }
  return alpha === 255;
}

/** Describes the sound that a process reads. The reader ends the process. */
export async function openFFmpegAudio(host: MediaProcess, options: FFmpegReaderOptions): Promise<AudioReader> {
  const { name, signal, onWarning } = options;
  const { item } = await host.ask<AudioDescription>({ type: 'describe-audio' }, signal);
  return new FFmpegAudioReader(host, new DamageReport(name, onWarning), item);
}

class FFmpegAudioReader implements AudioReader {
  readonly info: AudioInfo;
  readonly name: string;
  readonly originSeconds: number;
  readonly leadSeconds: number;
  readonly #packetConfig: AudioDecoderConfig | undefined;
  readonly #host: MediaProcess;
  readonly #damage: DamageReport;
  readonly #description: AudioDescription;

  constructor(host: MediaProcess, damage: DamageReport, description: AudioDescription) {
    const { sampleRate, numberOfChannels, durationSeconds, codec, language, originSeconds, packetConfig } = description;
    this.info = { sampleRate, numberOfChannels, durationSeconds, codec, language };
    this.name = damage.file;
    this.originSeconds = originSeconds;
    this.leadSeconds = leadOver(description.otherStart, originSeconds);
    this.#damage = damage;
    this.#description = description;
    this.#packetConfig = packetConfig && {
      ...packetConfig,
      description: Uint8Array.from(packetConfig.description),
    };
    this.#host = host;
  }

  get packetConfig(): AudioDecoderConfig | undefined {
    return this.#damage.hasDamagedSound ? undefined : this.#packetConfig;
  }

  chunks({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<AudioChunk, void, undefined> {
    const { info, originSeconds } = this;
    const { isCutOff, promisedSeconds } = this.#description;
    const track = { info, originSeconds, damage: this.#damage, limits: this.#host.limits, isCutOff, promisedSeconds };
    return continuousSound(this.#pieces(signal), track);
  }

  async *#pieces(signal: AbortSignal | undefined) {
    const { sampleRate, numberOfChannels } = this.info;
    const pieces = this.#host.items<SoundHeader>(
      { type: 'sound', sampleRate, numberOfChannels },
      { ahead: PIECES_AHEAD, signal },
    );
    for await (const { item, body } of pieces) {
      const { seconds, samples } = item;
      const channels = Array.from(
        { length: numberOfChannels },
        (_, channel) => new Float32Array(body.buffer, 4 * samples * channel, samples),
      );
      yield { seconds, channels };
    }
  }

  async *packets(): AsyncGenerator<AudioPacket, void, undefined> {
    const packets = this.#host.items<PacketHeader>({ type: 'packets' }, { ahead: PACKETS_AHEAD });
    for await (const { item, body } of packets) {
      yield { data: body, timestampSeconds: item.seconds, durationSeconds: item.durationSeconds };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.close();
  }
}
