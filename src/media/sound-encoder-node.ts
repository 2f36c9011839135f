// AAC and Opus by FFmpeg's encoders: sound in pieces of any length, rate and channels → packets of whole frames that end where it ends.
import {
  AV_CHANNEL_LAYOUT_5POINT1_BACK,
  AV_CHANNEL_LAYOUT_7POINT1,
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_QUAD,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CHANNEL_ORDER_UNSPEC,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBOPUS,
} from 'node-av/constants';
import { FilterAPI } from 'node-av/api';
import { type ChannelLayout, Codec, CodecContext, FFmpegError, Frame, Packet, Rational } from 'node-av/lib';
import { LatentSyncError } from '../util/errors.ts';
import type { SoundCodec } from './output-containers.ts';

/** How FFmpeg encodes a codec. */
const encoders = {
  aac: {
    name: FF_ENCODER_AAC,
    /** Samples of a frame. The encoder is given no other number: pieces of other lengths make it write past its buffers. */
    frameSamples: 1024,
    /** Hertz. */
    rates: [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350],
    sampleFormat: AV_SAMPLE_FMT_FLTP,
    samples: 'fltp',
  },
  opus: {
    name: FF_ENCODER_LIBOPUS,
    frameSamples: 960,
    rates: [48000],
    sampleFormat: AV_SAMPLE_FMT_FLT,
    samples: 'flt',
  },
} as const;

/** Rate of sounds whose own the codec does not have. */
const ORDINARY_RATE = 48_000;

/** Loudspeakers of the numbers of channels that both codecs have without further description, as FFmpeg's filters name them. */
const layouts: Readonly<Partial<Record<number, { layout: ChannelLayout; name: string }>>> = {
  1: { layout: AV_CHANNEL_LAYOUT_MONO, name: 'mono' },
  2: { layout: AV_CHANNEL_LAYOUT_STEREO, name: 'stereo' },
  4: { layout: AV_CHANNEL_LAYOUT_QUAD, name: 'quad' },
  6: { layout: AV_CHANNEL_LAYOUT_5POINT1_BACK, name: '5.1' },
  8: { layout: AV_CHANNEL_LAYOUT_7POINT1, name: '7.1' },
};

const BITS_PER_CHANNEL = 96_000;
/** Bits for each sample of a channel, where the rate is low. */
const BITS_PER_SAMPLE = 4;

/** Returns an encoder for sound of one rate and number of channels. */
export async function createSoundEncoder(
  codecName: SoundCodec,
  { sampleRate: ownRate, numberOfChannels }: { sampleRate: number; numberOfChannels: number },
): Promise<SoundEncoder> {
  const { name: encoderName, frameSamples, rates, sampleFormat, samples } = encoders[codecName];
  const codec = Codec.findEncoderByName(encoderName);
  if (!codec) {
    throw new LatentSyncError('runtime-failed', `The installed FFmpeg has no encoder ${encoderName}.`, {
      remedy: 'Install the package node-av again.',
    });
  }
  const sampleRate = rates.find((rate) => rate === ownRate) ?? ORDINARY_RATE;
  const { layout, name } = layouts[numberOfChannels] ?? layouts[2]!;
  const channels = layout.nbChannels;
  const context = new CodecContext();
  context.allocContext3(codec);
  try {
    context.sampleRate = sampleRate;
    context.channelLayout = layout;
    context.sampleFormat = sampleFormat;
    context.timeBase = new Rational(1, sampleRate);
    context.bitRate = BigInt(channels * Math.min(BITS_PER_CHANNEL, sampleRate * BITS_PER_SAMPLE));
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    check(await context.open2(codec), 'open the encoder');
    const filter = FilterAPI.create(
      `aresample=${sampleRate},aformat=sample_fmts=${samples}:sample_rates=${sampleRate}:channel_layouts=${name},` +
        `asetnsamples=n=${frameSamples}:p=1`,
    );
    return new SoundEncoder(context, filter, ownRate);
  } catch (error) {
    context.freeContext();
    throw error;
  }
}

function check(result: number, action: string): void {
  FFmpegError.throwIfError(result, `sound encoder: ${action}`);
}

/** Encodes sound. What it yields is the same packet each time, with new content, timed in samples. */
export class SoundEncoder {
  /** What the muxer needs to know. */
  readonly context: CodecContext;
  readonly #filter: FilterAPI;
  readonly #inputRate: number;
  readonly #packet = new Packet();
  #samplesIn = 0;
  #samplesOut = 0;

  constructor(context: CodecContext, filter: FilterAPI, inputRate: number) {
    this.context = context;
    this.#filter = filter;
    this.#inputRate = inputRate;
    this.#packet.alloc();
  }

  /** Encodes the next piece, of any length, one array per channel. The encoder's run-up lies before time 0. */
  async *encode(channels: readonly Float32Array[]): AsyncGenerator<Packet, void, undefined> {
    const [{ length }] = channels;
    if (length === 0) return;
    using frame = new Frame();
    frame.alloc();
    frame.format = AV_SAMPLE_FMT_FLTP;
    frame.sampleRate = this.#inputRate;
    frame.channelLayout = layouts[channels.length]?.layout ?? {
      nbChannels: channels.length,
      order: AV_CHANNEL_ORDER_UNSPEC,
      mask: 0n,
    };
    frame.nbSamples = length;
    check(frame.allocBuffer(), 'take a piece of sound');
    const planes = frame.extendedData ?? frame.data!;
    for (const [index, channel] of channels.entries()) {
      planes[index].set(new Uint8Array(channel.buffer, channel.byteOffset, channel.byteLength));
    }
    frame.timeBase = new Rational(1, this.#inputRate);
    frame.pts = BigInt(this.#samplesIn);
    this.#samplesIn += length;
    await this.#filter.process(frame);
    yield* this.#encodeFiltered();
  }

  /** Yields the packets that are still inside. */
  async *flush(): AsyncGenerator<Packet, void, undefined> {
    await this.#filter.process(null);
    yield* this.#encodeFiltered();
    check(await this.context.sendFrame(null), 'finish');
    yield* this.#encoded();
  }

  /** Encodes the whole frames that there are. */
  async *#encodeFiltered(): AsyncGenerator<Packet, void, undefined> {
    for (;;) {
      using frame = await this.#filter.receive();
      if (!frame) return;
      frame.pts = BigInt(this.#samplesOut);
      this.#samplesOut += frame.nbSamples;
      check(await this.context.sendFrame(frame), 'encode');
      yield* this.#encoded();
    }
  }

  async *#encoded(): AsyncGenerator<Packet, void, undefined> {
    for (;;) {
      const result = await this.context.receivePacket(this.#packet);
      if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
      check(result, 'encode');
      yield this.#packet;
      this.#packet.unref();
    }
  }
}
