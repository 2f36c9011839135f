// H.264 by x264 and HEVC by x265 at constant quality (CRF): pictures → packets, which are numbered as the pictures are.
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
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
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
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
import { sameFormat } from '../tensor/picture.ts';
import { yuvEncodingOf } from '../tensor/yuv-encoding.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { VideoCodec } from './encoded-formats.ts';
import { FrameScaler } from './ffmpeg-scaler-node.ts';
import { pixelFormatOf } from './pixel-formats.ts';
import { chromaLocations, type PictureTags } from './picture-tags.ts';
import { KEY_FRAME_SECONDS, type PictureTrack } from './video-writer.ts';

/** Pictures that encoders look ahead, each 5 MB at 1080p: half of what the presets take. */
const LOOKAHEAD = 10;

/** Each takes memory for two more pictures, and their number changes the result: it is the same on every machine. */
const THREADS = 3;

/** How a codec is encoded: by which encoder, with which options, at a quality. */
interface Encoding {
  encoder: typeof FF_ENCODER_LIBX264 | typeof FF_ENCODER_LIBX265;
  options: (quality: number) => Readonly<Record<string, string>>;
}

const encodings: Readonly<Record<VideoCodec, Encoding>> = {
  h264: {
    encoder: FF_ENCODER_LIBX264,
    options: (quality) => ({
      preset: 'faster', // within 0.5 dB of "medium" at the same size, in 0.6 of its time
      // Lossless is a quantizer of 0, which CRF 0 is with 8 bits only.
      ...(quality === 0 ? { qp: '0' } : { crf: String(quality) }),
      'x264-params': `annexb=0:cpu-independent=1:rc-lookahead=${LOOKAHEAD}`,
    }),
  },
  hevc: {
    encoder: FF_ENCODER_LIBX265,
    options: (quality) => ({
      preset: 'fast',
      ...(quality > 0 && { crf: String(quality) }),
      // Without its own description of itself (info), which would be in every file.
      'x265-params': `log-level=error:info=0:pools=${THREADS}:frame-threads=${THREADS}:rc-lookahead=${LOOKAHEAD}${quality === 0 ? ':lossless=1' : ''}`,
    }),
  },
};

/** Returns an encoder for pictures in order of time. */
export async function createVideoEncoder(track: PictureTrack): Promise<VideoEncoder> {
  const { codec: codecName, width, height, encoded, frameRate, quality, tags } = track;
  const { encoder, options } = encodings[codecName];
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
  context.pixelFormat = avGetPixFmtFromName(pixelFormatOf(encoded));
  context.sampleAspectRatio = new Rational(...tags.pixelAspect);
  // The encoder counts frames; the file has their real times.
  context.timeBase = new Rational(1000, Math.round(frameRate * 1000));
  context.framerate = new Rational(Math.round(frameRate * 1000), 1000);
  context.gopSize = Math.max(1, Math.round(frameRate * KEY_FRAME_SECONDS));
  context.threadCount = THREADS;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  context.colorPrimaries = tags.primaries as AVColorPrimaries;
  context.colorTrc = tags.transfer as AVColorTransferCharacteristic;
  context.colorSpace = matrixOf(track);
  context.colorRange = rangeOf(track);
  context.chromaLocation = Math.max(0, chromaLocations.indexOf(tags.chromaLocation)) as AVChromaLocation;
  try {
    for (const [name, value] of Object.entries(options(quality))) check(context.setOption(name, value), `set ${name}`);
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
  if (!isRgbToYuv(track)) return track.tags.matrix as AVColorSpace;
  return yuvEncodingOf({}, track.width, track.height).matrix === 'bt709' ? AVCOL_SPC_BT709 : AVCOL_SPC_BT470BG;
}

function rangeOf(track: PictureTrack): AVColorRange {
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
  readonly #track: PictureTrack;
  readonly #frame = new Frame();
  readonly #packet = new Packet();
  readonly #scaler: FrameScaler | undefined;
  #count = 0;

  constructor(context: CodecContext, track: PictureTrack) {
    this.context = context;
    this.#track = track;
    this.#packet.alloc();
    this.#frame.alloc();
    this.#frame.width = context.width;
    this.#frame.height = context.height;
    this.#frame.format = avGetPixFmtFromName(pixelFormatOf(track.format));
    this.#frame.colorSpace = track.format.colors === 'rgb' ? AVCOL_SPC_RGB : context.colorSpace;
    this.#frame.colorRange = isRgbToYuv(track) ? AVCOL_RANGE_JPEG : context.colorRange;
    this.#scaler = sameFormat(track.format, track.encoded)
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
      format: avGetPixFmtFromName(pixelFormatOf(this.#track.encoded)),
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
      yield this.#packet;
      this.#packet.unref();
    }
  }
}
