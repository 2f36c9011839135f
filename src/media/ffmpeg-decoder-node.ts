// Decoding one stream by FFmpeg, in the media process: packets → frames. What cannot be decoded is left out.
import { availableParallelism } from 'node:os';
import {
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_NOPTS_VALUE,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  type AVCodecID,
  AVMEDIA_TYPE_VIDEO,
  FF_COMPLIANCE_STRICT,
  FF_DECODER_LIBVPX_VP8,
  FF_DECODER_LIBVPX_VP9,
} from 'node-av/constants';
import { Codec, CodecContext, Dictionary, Frame, type Packet } from 'node-av/lib';
import type { FFmpegInput } from './ffmpeg-input-node.ts';
import { codecName } from './ffmpeg-names-node.ts';
import { COPY_AGAIN, MediaFault } from './media-fault.ts';
import { hasAlphaBeside } from './pixel-formats.ts';

/** More threads than this gain little and cost memory by the frame. */
const MOST_THREADS = 8;

/** Decoders of pictures whose opacity is encoded beside them. */
const alphaDecoders = new Map<AVCodecID, typeof FF_DECODER_LIBVPX_VP8 | typeof FF_DECODER_LIBVPX_VP9>([
  [AV_CODEC_ID_VP8, FF_DECODER_LIBVPX_VP8],
  [AV_CODEC_ID_VP9, FF_DECODER_LIBVPX_VP9],
]);

/** Decodes packets of an input's stream. The frames belong to the receiver; `onFailure` is called for packets that cannot be decoded. */
export async function* decodedFrames(
  input: FFmpegInput,
  packets: AsyncIterable<Packet>,
  limits: { pixels: number },
  onFailure?: () => void,
): AsyncGenerator<Frame, void, undefined> {
  const context = await openDecoder(input, limits);
  try {
    for await (const packet of packets) yield* decoded(context, packet, onFailure);
    yield* decoded(context, null);
  } finally {
    context.freeContext();
  }
}

async function openDecoder({ stream }: FFmpegInput, { pixels }: { pixels: number }): Promise<CodecContext> {
  const { codecpar, timeBase } = stream;
  // FFmpeg's own decoders of VP8 and VP9 leave the opacity out.
  const withAlpha = hasAlphaBeside(stream.metadata?.getAll()) ? alphaDecoders.get(codecpar.codecId) : undefined;
  const codec = withAlpha === undefined ? Codec.findDecoder(codecpar.codecId) : Codec.findDecoderByName(withAlpha);
  if (!codec) {
    throw new MediaFault(
      'media-unreadable',
      `contains ${codecName(codecpar.codecId)}, which cannot be decoded.`,
      'Convert it first.',
    );
  }
  const context = new CodecContext();
  context.allocContext3(codec);
  const options = Dictionary.fromObject({
    max_pixels: pixels,
    // Makes the decoder hold back frames only as far as the profile demands.
    ...(codecpar.codecId === AV_CODEC_ID_H264 && { strict: FF_COMPLIANCE_STRICT }),
  });
  try {
    const copied = context.parametersToContext(codecpar);
    context.pktTimebase = timeBase;
    context.threadCount = Math.min(MOST_THREADS, availableParallelism());
    if (copied < 0 || (await context.open2(codec, options)) < 0) {
      const code = codecpar.codecType === AVMEDIA_TYPE_VIDEO ? 'video-undecodable' : 'audio-undecodable';
      throw new MediaFault(code, `has a damaged ${codecName(codecpar.codecId)} track.`, COPY_AGAIN);
    }
    return context;
  } catch (error) {
    context.freeContext();
    throw error;
  } finally {
    options.free();
  }
}

/** Gives the decoder a packet, or the end, and returns what comes out. */
async function* decoded(
  context: CodecContext,
  packet: Packet | null,
  onFailure?: () => void,
): AsyncGenerator<Frame, void, undefined> {
  for (;;) {
    const sent = await context.sendPacket(packet);
    if (sent < 0 && sent !== AVERROR_EAGAIN) onFailure?.();
    yield* received(context, onFailure);
    if (sent !== AVERROR_EAGAIN) return;
  }
}

async function* received(context: CodecContext, onFailure?: () => void): AsyncGenerator<Frame, void, undefined> {
  for (;;) {
    const frame = new Frame();
    frame.alloc();
    const result = await context.receiveFrame(frame);
    if (result < 0) {
      frame.free();
      if (result !== AVERROR_EAGAIN && result !== AVERROR_EOF) onFailure?.();
      return;
    }
    yield frame;
  }
}

/** Returns the time stamp of a decoded frame; undefined when nothing tells it. */
export function frameStamp({ bestEffortTimestamp, pts }: Frame): bigint | undefined {
  if (bestEffortTimestamp !== AV_NOPTS_VALUE) return bestEffortTimestamp;
  return pts === AV_NOPTS_VALUE ? undefined : pts;
}
