// H.264 by x264 at constant quality (CRF): I420 pictures → MP4-style packets, which are numbered as the pictures are.
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT2020,
  AVCOL_PRI_BT470BG,
  AVCOL_PRI_BT709,
  AVCOL_PRI_SMPTE170M,
  AVCOL_PRI_SMPTE432,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT709,
  AVCOL_TRC_IEC61966_2_1,
  AVCOL_TRC_LINEAR,
  AVCOL_TRC_SMPTE170M,
  AVCOL_TRC_SMPTE2084,
  AVCOL_TRC_UNSPECIFIED,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  type AVColorPrimaries,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational } from 'node-av/lib';
import { LatentSyncError } from '../util/errors.ts';
import { KEY_FRAME_SECONDS, type PictureTrack } from './video-writer.ts';

// Names as WebCodecs has them → FFmpeg's constants.
const primaries: Readonly<Record<string, AVColorPrimaries>> = {
  bt709: AVCOL_PRI_BT709,
  bt470bg: AVCOL_PRI_BT470BG,
  smpte170m: AVCOL_PRI_SMPTE170M,
  bt2020: AVCOL_PRI_BT2020,
  smpte432: AVCOL_PRI_SMPTE432,
};
const transfers: Readonly<Record<string, AVColorTransferCharacteristic>> = {
  bt709: AVCOL_TRC_BT709,
  smpte170m: AVCOL_TRC_SMPTE170M,
  'iec61966-2-1': AVCOL_TRC_IEC61966_2_1,
  linear: AVCOL_TRC_LINEAR,
  pq: AVCOL_TRC_SMPTE2084,
  hlg: AVCOL_TRC_ARIB_STD_B67,
};
const matrices: Readonly<Record<string, AVColorSpace>> = {
  bt709: AVCOL_SPC_BT709,
  bt470bg: AVCOL_SPC_BT470BG,
  smpte170m: AVCOL_SPC_SMPTE170M,
  'bt2020-ncl': AVCOL_SPC_BT2020_NCL,
};

const PRESET = 'faster'; // within 0.5 dB of "medium" at the same size, in 0.6 of its time

/** Pictures that x264 looks ahead, each 5 MB at 1080p: half of what the preset takes. */
const LOOKAHEAD = 10;

/** Each takes memory for two more pictures, and their number changes the result: it is the same on every machine. */
const THREADS = 3;

/** Returns an encoder for pictures in order of time. */
export async function createX264Encoder(track: PictureTrack): Promise<X264Encoder> {
  const { width, height, frameRate, quality, encoding, colorSpace } = track;
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
  if (!codec) {
    throw new LatentSyncError('runtime-failed', 'The installed FFmpeg has no x264 encoder.', {
      remedy: 'Install the package node-av again.',
    });
  }
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.sampleAspectRatio = new Rational(1, 1);
  // The encoder counts frames; the file has their real times.
  context.timeBase = new Rational(1000, Math.round(frameRate * 1000));
  context.framerate = new Rational(Math.round(frameRate * 1000), 1000);
  context.gopSize = Math.max(1, Math.round(frameRate * KEY_FRAME_SECONDS));
  context.threadCount = THREADS;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  context.colorPrimaries = primaries[String(colorSpace.primaries)] ?? AVCOL_PRI_UNSPECIFIED;
  context.colorTrc = transfers[String(colorSpace.transfer)] ?? AVCOL_TRC_UNSPECIFIED;
  context.colorSpace = matrices[String(colorSpace.matrix)] ?? AVCOL_SPC_UNSPECIFIED;
  context.colorRange = encoding.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  try {
    check(context.setOption('preset', PRESET), 'set the preset');
    check(context.setOption('crf', String(quality)), 'set the quality');
    check(
      context.setOption('x264-params', `annexb=0:cpu-independent=1:rc-lookahead=${LOOKAHEAD}`),
      'set the parameters',
    );
    check(await context.open2(), 'open the encoder');
  } catch (error) {
    context.freeContext();
    throw error;
  }
  return new X264Encoder(context);
}

function check(result: number, action: string): void {
  FFmpegError.throwIfError(result, `x264: ${action}`);
}

/** Encodes pictures. What it yields is the same packet each time, with new content. */
export class X264Encoder {
  /** What the muxer needs to know. */
  readonly context: CodecContext;
  readonly #frame = new Frame();
  readonly #packet = new Packet();
  #count = 0;

  constructor(context: CodecContext) {
    this.context = context;
    this.#packet.alloc();
    this.#frame.alloc();
    this.#frame.width = context.width;
    this.#frame.height = context.height;
    this.#frame.format = AV_PIX_FMT_YUV420P;
  }

  /** Encodes the next picture; yields packets of this or earlier ones, timed by the numbers of the pictures. */
  async *encode(i420: Uint8Array<ArrayBuffer>): AsyncGenerator<Packet, void, undefined> {
    const frame = this.#frame;
    check(frame.fromBuffer(Buffer.from(i420.buffer, i420.byteOffset, i420.byteLength)), 'take a picture');
    frame.pts = BigInt(this.#count++);
    frame.duration = 1n;
    check(await this.context.sendFrame(frame), 'encode a picture');
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
