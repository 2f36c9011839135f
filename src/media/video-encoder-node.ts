// Encoders of pictures at constant quality: pictures → packets, which are numbered as the pictures are.
import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  type AVChromaLocation,
  type AVColorPrimaries,
  type AVColorRange,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  FF_QP2LAMBDA,
} from 'node-av/constants';
import {
  avGetPixFmtFromName,
  Codec,
  CodecContext,
  type CodecParameters,
  FFmpegError,
  Frame,
  Packet,
  Rational,
} from 'node-av/lib';
import { yuvEncodingOf } from '../tensor/yuv-encoding.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { VideoCodec } from './encoded-formats.ts';
import { encoderSettings } from './encoder-settings-node.ts';
import { FrameScaler } from './ffmpeg-scaler-node.ts';
import { pixelFormatOf } from './pixel-formats.ts';
import { chromaLocations, type PictureTags } from './picture-tags.ts';
import type { PictureTrack } from './video-writer.ts';

/** How many pictures x265 decodes ahead of time: those that pictures between others refer to, and those that these refer to. */
const X265_DELAY = 2;

/** Returns an encoder for pictures in order of time. */
export async function createVideoEncoder(track: PictureTrack): Promise<VideoEncoder> {
  const { width, height, frameRate, keyFrameInterval, tags } = track;
  const { encoder, pixelFormat, options, quantizer, threads } = encoderSettings(track);
  const codec = Codec.findEncoderByName(encoder);
  if (!codec) {
    throw new LatentSyncError('runtime-failed', `The installed FFmpeg has no encoder ${encoder}.`, {
      remedy: 'Install the package node-av again.',
    });
  }
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = avGetPixFmtFromName(pixelFormat);
  context.sampleAspectRatio = new Rational(...tags.pixelAspect);
  // The encoder counts frames; the file has their real times.
  const framesIn1000Seconds = Math.max(1, Math.round(frameRate * 1000)); // encoders take no rate of 0
  context.timeBase = new Rational(1000, framesIn1000Seconds);
  context.framerate = new Rational(framesIn1000Seconds, 1000);
  context.gopSize = keyFrameInterval;
  context.bitRate = 0n;
  context.threadCount = threads;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
  if (quantizer !== undefined) {
    context.setFlags(AV_CODEC_FLAG_QSCALE);
    context.globalQuality = quantizer * FF_QP2LAMBDA;
  }
  context.colorPrimaries = tags.primaries as AVColorPrimaries;
  context.colorTrc = tags.transfer as AVColorTransferCharacteristic;
  context.colorSpace = matrixOf(track);
  context.colorRange = rangeOf(track);
  context.chromaLocation = Math.max(0, chromaLocations.indexOf(tags.chromaLocation)) as AVChromaLocation;
  try {
    for (const [name, value] of Object.entries(options)) check(context.setOption(name, value), `set ${name}`);
    check(await context.open2(), 'open the encoder');
  } catch (error) {
    context.freeContext();
    throw error;
  }
  return new VideoEncoder(context, track);
}

function isRgbToYuv({ format, encoded }: PictureTrack): boolean {
  return format.colors === 'rgb' && encoded.colors === 'yuv';
}

/** RGB gets the matrix that players suppose. */
function matrixOf(track: PictureTrack): AVColorSpace {
  if (track.encoded.colors === 'rgb') return AVCOL_SPC_RGB;
  if (!isRgbToYuv(track)) return track.tags.matrix as AVColorSpace;
  return yuvEncodingOf({}, track.width, track.height).matrix === 'bt709' ? AVCOL_SPC_BT709 : AVCOL_SPC_BT470BG;
}

function rangeOf(track: PictureTrack): AVColorRange {
  if (track.encoded.colors === 'rgb') return AVCOL_RANGE_JPEG;
  const isFull = !isRgbToYuv(track) && (track.tags.fullRange ?? track.format.colors === 'gray');
  return isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

/** Says of a track what is not in its packets. */
export function describePictures(parameters: CodecParameters, tags: PictureTags): void {
  const matrix = tags.displayMatrix && Buffer.from(Int32Array.from(tags.displayMatrix).buffer);
  for (const [type, data] of [
    [AV_PKT_DATA_DISPLAYMATRIX, matrix],
    [AV_PKT_DATA_MASTERING_DISPLAY_METADATA, tags.masteringDisplay],
    [AV_PKT_DATA_CONTENT_LIGHT_LEVEL, tags.contentLight],
  ] as const) {
    if (data) check(parameters.addCodedSideData(type, Buffer.from(data)), 'describe the pictures');
  }
}

function check(result: number, action: string): void {
  FFmpegError.throwIfError(result, `video encoder: ${action}`);
}

/** Encodes pictures. What it yields is the same packet each time, with new content. */
export class VideoEncoder {
  /** What the muxer needs to know. */
  readonly context: CodecContext;
  readonly #codec: VideoCodec;
  readonly #frame = new Frame();
  readonly #packet = new Packet();
  readonly #scaler: FrameScaler | undefined;
  #count = 0;
  #packets = 0;

  constructor(context: CodecContext, track: PictureTrack) {
    this.context = context;
    this.#codec = track.codec;
    this.#packet.alloc();
    this.#frame.alloc();
    this.#frame.width = context.width;
    this.#frame.height = context.height;
    this.#frame.format = avGetPixFmtFromName(pixelFormatOf(track.format));
    this.#frame.colorSpace = track.format.colors === 'rgb' ? AVCOL_SPC_RGB : context.colorSpace;
    this.#frame.colorRange = isRgbToYuv(track) ? AVCOL_RANGE_JPEG : context.colorRange;
    this.#scaler =
      context.pixelFormat === this.#frame.format
        ? undefined
        : new FrameScaler('bicubic+accurate_rnd+full_chroma_int+full_chroma_inp');
  }

  /** Encodes the next picture; yields packets of this or earlier ones, timed by the numbers of the pictures. */
  async *encode(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<Packet, void, undefined> {
    const picture = this.#frame;
    check(picture.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), 'take a picture');
    const converted = await this.#scaler?.convert(picture, {
      width: picture.width,
      height: picture.height,
      format: this.context.pixelFormat,
      colorSpace: this.context.colorSpace,
      colorRange: this.context.colorRange,
    });
    const frame = converted ?? picture;
    frame.pts = BigInt(this.#count++);
    frame.duration = 1n;
    try {
      check(await this.context.sendFrame(frame), 'encode a picture');
    } finally {
      converted?.free();
    }
    yield* this.#encoded();
  }

  /** Yields the packets that are still inside. */
  async *flush(): AsyncGenerator<Packet, void, undefined> {
    check(await this.context.sendFrame(null), 'finish');
    yield* this.#encoded();
  }

  async *#encoded(): AsyncGenerator<Packet, void, undefined> {
    for (;;) {
      const result = await this.context.receivePacket(this.#packet);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
      check(result, 'encode a picture');
      this.#packet.dts = this.#decoded(this.#packet);
      this.#packets++;
      yield this.#packet;
      this.#packet.unref();
    }
  }

  /** Returns the place of a packet in the order of decoding. */
  #decoded({ pts, dts }: Packet): bigint {
    switch (this.#codec) {
      case 'h264':
        return dts;
      case 'hevc':
        // x265 leaves the times of a few pictures open, where there are no more.
        return BigInt(this.#packets - X265_DELAY);
      default:
        // Pictures that are only there for others travel inside the packet of the one that is shown next.
        return pts;
    }
  }
}
