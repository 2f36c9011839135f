// Sound as a lossy codec leaves it: encoded and decoded again in memory by FFmpeg, as long as before and not a sample later.
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_LOG_QUIET,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  FF_DECODER_AAC,
  FF_DECODER_G723_1,
  FF_DECODER_LIBOPUS,
  FF_DECODER_MP3FLOAT,
  FF_ENCODER_AAC,
  FF_ENCODER_G723_1,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Log, Packet, Rational } from 'node-av/lib';
import { resample } from '../../audio/resample.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { joined } from '../../util/joined.ts';

/**
 * How FFmpeg names each codec, what its encoder takes, at which rates, hertz, encoder and decoder work, and by how many samples of the
 * encoder what comes out is late: 0 where the packets say themselves what to skip.
 */
const codecs = {
  opus: {
    encoder: FF_ENCODER_LIBOPUS,
    decoder: FF_DECODER_LIBOPUS,
    format: AV_SAMPLE_FMT_FLT,
    rate: 16_000,
    decodedRate: 48_000,
    delay: 0,
  },
  mp3: {
    encoder: FF_ENCODER_LIBMP3LAME,
    decoder: FF_DECODER_MP3FLOAT,
    format: AV_SAMPLE_FMT_FLTP,
    rate: 16_000,
    decodedRate: 16_000,
    delay: 0,
  },
  aac: {
    encoder: FF_ENCODER_AAC,
    decoder: FF_DECODER_AAC,
    format: AV_SAMPLE_FMT_FLTP,
    rate: 16_000,
    decodedRate: 16_000,
    delay: 1024,
  },
  'g723.1': {
    encoder: FF_ENCODER_G723_1,
    decoder: FF_DECODER_G723_1,
    format: AV_SAMPLE_FMT_S16,
    rate: 8_000,
    decodedRate: 8_000,
    delay: 60,
  },
} as const;

/** A codec: of music and meetings, or (G.723.1) of telephones, which models the voice as AMR does. */
export type LossyCodec = keyof typeof codecs;

/** All of them. */
export const lossyCodecs = Object.keys(codecs) as readonly LossyCodec[];

/** How sound is encoded. */
export interface SoundCoding {
  codec: LossyCodec;
  /** Bits per second. Of G.723.1 always 6300. */
  bitRate: number;
}

/** Samples a second of what is encoded here, and of what comes out. */
const RATE = 16_000;

function check(result: number, action: string): void {
  FFmpegError.throwIfError(result, `lossy codec: ${action}`);
}

/**
 * Returns 16 kHz mono samples after encoding and decoding, as many as before.
 *
 * This runs in the calling process, not behind the wall of the media process: only for sound that the program has made itself.
 *
 * @throws LatentSyncError `runtime-failed` when the installed FFmpeg has no such codec.
 */
export async function throughCodec(samples: Float32Array, { codec, bitRate }: SoundCoding): Promise<Float32Array> {
  const { encoder: encoderName, decoder: decoderName, format, rate, decodedRate, delay } = codecs[codec];
  const encoderCodec = Codec.findEncoderByName(encoderName);
  const decoderCodec = Codec.findDecoderByName(decoderName);
  if (!encoderCodec || !decoderCodec) {
    throw new LatentSyncError('runtime-failed', `The installed FFmpeg cannot encode and decode ${codec}.`, {
      remedy: 'Install the package node-av again.',
    });
  }
  Log.setLevel(AV_LOG_QUIET);
  const encoder = new CodecContext();
  const decoder = new CodecContext();
  encoder.allocContext3(encoderCodec);
  decoder.allocContext3(decoderCodec);
  try {
    encoder.sampleRate = rate;
    encoder.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    encoder.sampleFormat = format;
    encoder.timeBase = new Rational(1, rate);
    encoder.bitRate = BigInt(codec === 'g723.1' ? 6300 : bitRate);
    check(await encoder.open2(encoderCodec), 'open the encoder');
    decoder.sampleRate = decodedRate;
    decoder.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    decoder.extraData = encoder.extraData;
    decoder.pktTimebase = new Rational(1, rate);
    check(await decoder.open2(decoderCodec), 'open the decoder');
    const parts: Float32Array[] = [];
    const takeFrames = async (packet: Packet | null): Promise<void> => {
      check(await decoder.sendPacket(packet), 'decode');
      for (;;) {
        using frame = new Frame();
        frame.alloc();
        const result = await decoder.receiveFrame(frame);
        if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
        check(result, 'decode');
        parts.push(samplesOf(frame));
      }
    };
    const takePackets = async (): Promise<void> => {
      for (;;) {
        using packet = new Packet();
        packet.alloc();
        const result = await encoder.receivePacket(packet);
        if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
        check(result, 'encode');
        await takeFrames(packet);
      }
    };
    const sound = resample(samples, RATE, rate);
    // The encoder's delay comes out last, so that some silence must follow.
    const frames = Math.ceil((sound.length + delay) / encoder.frameSize) + 1;
    for (let index = 0; index < frames; index++) {
      using frame = frameOf(sound, index * encoder.frameSize, encoder);
      check(await encoder.sendFrame(frame), 'encode');
      await takePackets();
    }
    check(await encoder.sendFrame(null), 'encode');
    await takePackets();
    await takeFrames(null);
    const decoded = resample(joined(parts), decodedRate, RATE);
    const first = (delay * RATE) / rate;
    const out = new Float32Array(samples.length);
    out.set(decoded.subarray(first, first + out.length));
    return out;
  } finally {
    encoder.freeContext();
    decoder.freeContext();
  }
}

/** Returns a frame of the encoder's size, filled up with silence. */
function frameOf(sound: Float32Array, start: number, { frameSize, sampleFormat, sampleRate }: CodecContext): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = sampleFormat;
  frame.sampleRate = sampleRate;
  frame.channelLayout = AV_CHANNEL_LAYOUT_MONO;
  frame.nbSamples = frameSize;
  check(frame.allocBuffer(), 'take a piece of sound');
  const part = new Float32Array(frameSize);
  part.set(sound.subarray(start, start + frameSize));
  const isInteger = sampleFormat === AV_SAMPLE_FMT_S16;
  const values = isInteger
    ? Int16Array.from(part, (x) => Math.max(-32768, Math.min(32767, Math.round(32768 * x))))
    : part;
  frame.data![0].set(new Uint8Array(values.buffer));
  frame.timeBase = new Rational(1, sampleRate);
  frame.pts = BigInt(start);
  return frame;
}

/** Returns the samples of a decoded frame of one channel. */
function samplesOf(frame: Frame): Float32Array {
  const bytes = Uint8Array.from(frame.data![0]);
  const isInteger = frame.format === AV_SAMPLE_FMT_S16 || frame.format === AV_SAMPLE_FMT_S16P;
  return isInteger
    ? Float32Array.from(new Int16Array(bytes.buffer, 0, frame.nbSamples), (x) => x / 32768)
    : new Float32Array(bytes.buffer, 0, frame.nbSamples);
}
