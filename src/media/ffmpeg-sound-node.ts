// The sound of a file, in the media process: what is known of the track, its samples as 32-bit floats, and its packets.
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_OPUS,
  AV_NOPTS_VALUE,
  AV_SAMPLE_FMT_DBL,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S32,
  AV_SAMPLE_FMT_S64,
  AV_SAMPLE_FMT_U8,
  type AVSampleFormat,
} from 'node-av/constants';
import {
  avChannelLayoutDefault,
  avChannelLayoutDescribe,
  avGetPackedSampleFmt,
  avSampleFmtIsPlanar,
  type CodecParameters,
  Frame,
} from 'node-av/lib';
import type { FilterAPI } from 'node-av/api';
import { adtsHeaderLength, audioSpecificConfigOf, sameAdts } from './adts.ts';
import { decodedFrames, frameStamp } from './ffmpeg-decoder-node.ts';
import { stampOf, type FFmpegInput } from './ffmpeg-input-node.ts';
import { codecName, languageOf } from './ffmpeg-names-node.ts';
import { COPY_AGAIN, MediaFault } from './media-fault.ts';
import type { AudioDescription, HostLimits, PacketHeader, SoundHeader } from './media-host-protocol.ts';

/** Opens the file anew: every reading has a place of its own in it. */
export type OpenInput = () => Promise<FFmpegInput>;

/** Sound with fewer or more samples per second is none: it would last for days, or be over at once. */
const LOWEST_RATE = 1000;
const HIGHEST_RATE = 1_000_000;

/** Decodes the first samples, for some AAC decodes to twice the rate and channels that its container says. */
export async function describeAudio(
  open: OpenInput,
  limits: HostLimits,
  onProgress: () => void,
): Promise<AudioDescription> {
  const input = await open();
  try {
    let failures = 0;
    const onFailure = (): void => {
      failures++;
    };
    for await (const decoded of decodedFrames(input, input.packets(), limits, onFailure)) {
      using frame = decoded;
      if (frame.nbSamples === 0) continue;
      const { sampleRate } = frame;
      if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
        throw new MediaFault(
          'audio-undecodable',
          `has sound of ${sampleRate} samples per second, which cannot be right.`,
          COPY_AGAIN,
        );
      }
      const originSeconds = originOf(frame, input, failures > 0);
      const { end, isCutOff, promisedSeconds } = await endOf(open, originSeconds, limits, onProgress);
      return {
        sampleRate,
        numberOfChannels: frame.channels,
        originSeconds,
        otherStart: await input.findOtherStart(),
        durationSeconds: Math.max(0, end - originSeconds),
        codec: codecName(input.stream.codecpar.codecId),
        language: languageOf(input.stream),
        packetConfig: await packetConfigOf(open, onProgress),
        isCutOff,
        promisedSeconds,
      };
    }
  } finally {
    await input.close();
  }
  throw (await hasSound(open))
    ? new MediaFault('audio-undecodable', 'has sound of which nothing can be decoded.', COPY_AGAIN)
    : new MediaFault('audio-empty', 'has an empty audio track.', 'Choose a file with speech.');
}

/** When the track begins, in the file's own time: before the first sound that can be decoded, where some was lost. */
function originOf(first: Frame, input: FFmpegInput, isLost: boolean): number {
  const stamp = frameStamp(first);
  const firstSeconds = stamp === undefined ? 0 : input.seconds(stamp);
  const { startTime } = input.stream;
  const isKnown = isLost && startTime !== AV_NOPTS_VALUE;
  return Math.max(0, isKnown ? Math.min(firstSeconds, input.seconds(startTime)) : firstSeconds);
}

/** Formats whose length FFmpeg only estimates. */
const estimated = /^(mp3|aac|loas|ac3|eac3|dts|dtshd|truehd|mlp|amr|g72\d.*|gsm)$/;

/** When the track ends, in the file's own time: as its container says, or as its packets do. */
async function endOf(
  open: OpenInput,
  originSeconds: number,
  { lengthSeconds }: HostLimits,
  onProgress: () => void,
): Promise<Pick<AudioDescription, 'isCutOff' | 'promisedSeconds'> & { end: number }> {
  const input = await open();
  try {
    const { isCutOff, promisedEnd } = input;
    // A track that would end before it begins has times that damage made.
    if (promisedEnd !== undefined && promisedEnd > originSeconds && promisedEnd - originSeconds <= lengthSeconds) {
      const isSure = !estimated.test(input.formatName);
      return { end: promisedEnd, isCutOff, promisedSeconds: isSure ? promisedEnd - originSeconds : undefined };
    }
    let end = 0;
    let packets = 0;
    for await (const packet of input.packets()) {
      if (++packets % 1000 === 0) onProgress();
      const stamp = stampOf(packet);
      end = Math.max(end, (stamp === undefined ? end : input.seconds(stamp)) + input.seconds(packet.duration));
    }
    return { end: Math.min(end, originSeconds + lengthSeconds), isCutOff };
  } finally {
    await input.close();
  }
}

/** Whether a track should have sound: it has packets, or its header says how long they last, though none is found. */
async function hasSound(open: OpenInput): Promise<boolean> {
  const input = await open();
  try {
    if (input.stream.duration > 0n) return true;
    for await (const { size } of input.packets()) if (size > 0) return true;
    return false;
  } finally {
    await input.close();
  }
}

/** Bytes of an AudioSpecificConfig, which has a few; a comment in it may have 255. */
const LONGEST_CONFIG = 512;

async function packetConfigOf(open: OpenInput, onProgress: () => void): Promise<AudioDescription['packetConfig']> {
  const input = await open();
  try {
    const { codecpar } = input.stream;
    if (codecpar.codecId === AV_CODEC_ID_OPUS) return opusConfigOf(codecpar);
    if (codecpar.codecId !== AV_CODEC_ID_AAC) return undefined;
    const { extradata } = codecpar;
    const description = extradata && extradata.length > 0 ? extradata : await commonConfigOf(input, onProgress);
    if (!description || description.length > LONGEST_CONFIG) return undefined;
    const { sampleRate, channelLayout } = codecpar;
    const codec = `mp4a.40.${description[0] >> 3}`;
    return { codec, sampleRate, numberOfChannels: channelLayout.nbChannels, description: [...description] };
  } finally {
    await input.close();
  }
}

/**
 * Returns what the headers of the packets say; undefined where those of a file of nothing but AAC do not agree, because it is damaged
 * or put together.
 */
async function commonConfigOf(input: FFmpegInput, onProgress: () => void): Promise<Uint8Array | undefined> {
  let first: Buffer | undefined;
  let packets = 0;
  for await (const { data } of input.packets()) {
    if (!data || (first && !sameAdts(first, data))) return undefined;
    first ??= Buffer.from(data.subarray(0, 9));
    if (input.formatName !== 'aac') break;
    if (++packets % 1000 === 0) onProgress();
  }
  return first && audioSpecificConfigOf(first);
}

/** Bytes of an OpusHead without a table of channels. */
const SHORTEST_OPUS_HEAD = 19;

function opusConfigOf({ extradata, channelLayout }: CodecParameters): AudioDescription['packetConfig'] {
  if (!extradata || extradata.length < SHORTEST_OPUS_HEAD || extradata.length > LONGEST_CONFIG) return undefined;
  if (extradata.toString('latin1', 0, 8) !== 'OpusHead') return undefined;
  // Whatever rate was recorded, Opus counts 48000 samples per second.
  return {
    codec: 'opus',
    sampleRate: 48_000,
    numberOfChannels: channelLayout.nbChannels,
    description: [...extradata],
  };
}

/** Samples of a channel that travel together, at least. */
const PIECE_SAMPLES = 4096;

/** A piece of sound: channel by channel. */
export interface DecodedSound {
  header: SoundHeader;
  samples: Float32Array;
}

/** What all pieces are to have. */
export interface SoundFormat {
  sampleRate: number;
  numberOfChannels: number;
}

/** Decodes the sound; what comes in another format along the way is converted to the given one. */
export async function* readSound(
  open: OpenInput,
  format: SoundFormat,
  limits: HostLimits,
): AsyncGenerator<DecodedSound, void, undefined> {
  const input = await open();
  const collector = new PieceCollector(format);
  try {
    for await (const decoded of inFormat(decodedFrames(input, input.packets(), limits), format)) {
      using frame = decoded;
      const stamp = frameStamp(frame);
      const { num, den } = frame.timeBase;
      const seconds =
        stamp === undefined ? undefined : num > 0 && den > 0 ? (Number(stamp) * num) / den : input.seconds(stamp);
      yield* collector.add(seconds, floatPlanes(frame));
    }
    yield* collector.rest();
  } finally {
    await input.close();
  }
}

async function* inFormat(
  frames: AsyncGenerator<Frame, void, undefined>,
  { sampleRate, numberOfChannels }: SoundFormat,
): AsyncGenerator<Frame, void, undefined> {
  let converter: { filter: FilterAPI; from: string } | undefined;
  try {
    for await (const frame of frames) {
      if (frame.nbSamples === 0) {
        frame.free();
        continue;
      }
      if (frame.sampleRate === sampleRate && frame.channels === numberOfChannels) {
        yield frame;
        continue;
      }
      using source = frame;
      const from = `${frame.sampleRate} ${frame.channels} ${frame.format}`;
      if (converter?.from !== from) {
        converter?.filter.close();
        const layout = avChannelLayoutDescribe(avChannelLayoutDefault(numberOfChannels)) ?? 'stereo';
        const conversion = `aresample=${sampleRate},aformat=sample_fmts=fltp:sample_rates=${sampleRate}:channel_layouts=${layout}`;
        // Loaded when it is needed: it takes as long to load as everything else together.
        const { FilterAPI } = await import('node-av/api');
        converter = { filter: FilterAPI.create(conversion), from };
      }
      await converter.filter.process(source);
      for (;;) {
        const converted = await converter.filter.receive();
        if (!(converted instanceof Frame)) break;
        converted.bestEffortTimestamp = converted.pts;
        yield converted;
      }
    }
  } finally {
    converter?.filter.close();
  }
}

/** Joins short frames that follow one another. */
class PieceCollector {
  readonly #format: SoundFormat;
  #frames: Float32Array[][] = [];
  #start = 0;
  #samples = 0;

  constructor(format: SoundFormat) {
    this.#format = format;
  }

  *add(seconds: number | undefined, planes: Float32Array[]): Generator<DecodedSound, void, undefined> {
    const expected = this.#start + this.#samples / this.#format.sampleRate;
    // Half a sample: rounded time stamps are no gap; the reader decides about larger ones.
    if (seconds !== undefined && Math.abs(seconds - expected) > 0.001) yield* this.rest();
    if (this.#samples === 0) this.#start = seconds ?? expected;
    this.#frames.push(planes);
    this.#samples += planes[0].length;
    if (this.#samples >= PIECE_SAMPLES) yield* this.rest();
  }

  *rest(): Generator<DecodedSound, void, undefined> {
    if (this.#samples === 0) return;
    const samples = new Float32Array(this.#samples * this.#format.numberOfChannels);
    let position = 0;
    for (let channel = 0; channel < this.#format.numberOfChannels; channel++) {
      for (const planes of this.#frames) {
        samples.set(planes[channel], position);
        position += planes[channel].length;
      }
    }
    yield { header: { seconds: this.#start, samples: this.#samples }, samples };
    this.#start += this.#samples / this.#format.sampleRate;
    this.#samples = 0;
    this.#frames = [];
  }
}

/** How the numbers of a sample format lie in memory, and what makes −1…1 of them. */
const sampleReaders: Readonly<
  Record<number, { bytes: number; read: (view: DataView, at: number) => number; scale: number; offset: number }>
> = {
  [AV_SAMPLE_FMT_U8]: { bytes: 1, read: (view, at) => view.getUint8(at), scale: 1 / 128, offset: -128 },
  [AV_SAMPLE_FMT_S16]: { bytes: 2, read: (view, at) => view.getInt16(at, true), scale: 1 / 32768, offset: 0 },
  [AV_SAMPLE_FMT_S32]: { bytes: 4, read: (view, at) => view.getInt32(at, true), scale: 1 / 2147483648, offset: 0 },
  [AV_SAMPLE_FMT_S64]: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), scale: 2 ** -63, offset: 0 },
  [AV_SAMPLE_FMT_FLT]: { bytes: 4, read: (view, at) => view.getFloat32(at, true), scale: 1, offset: 0 },
  [AV_SAMPLE_FMT_DBL]: { bytes: 8, read: (view, at) => view.getFloat64(at, true), scale: 1, offset: 0 },
};

/** Returns the samples of a frame of any format, one array per channel. */
function floatPlanes(frame: Frame): Float32Array[] {
  const format = frame.format as AVSampleFormat;
  const { bytes, read, scale, offset } = sampleReaders[avGetPackedSampleFmt(format)];
  const planar = avSampleFmtIsPlanar(format);
  const planes = frame.extendedData ?? frame.data ?? [];
  const { channels, nbSamples } = frame;
  const stride = planar ? bytes : bytes * channels;
  return Array.from({ length: channels }, (_, channel) => {
    const plane = planes[planar ? channel : 0];
    const view = new DataView(plane.buffer, plane.byteOffset, plane.byteLength);
    const first = planar ? 0 : channel * bytes;
    const samples = new Float32Array(nbSamples);
    for (let i = 0; i < nbSamples; i++) samples[i] = (read(view, first + i * stride) + offset) * scale;
    return samples;
  });
}

/** A packet as it lies in the file, without the header that raw AAC has. */
export interface SoundPacket {
  header: PacketHeader;
  data: Buffer;
}

/** Reads the packets of the sound. */
export async function* readPackets(open: OpenInput): AsyncGenerator<SoundPacket, void, undefined> {
  const input = await open();
  try {
    const bare = (input.stream.codecpar.extradata?.length ?? 0) > 0;
    let end = 0;
    for await (const packet of input.packets()) {
      if (!packet.data) continue;
      const stamp = stampOf(packet);
      const seconds = stamp === undefined ? end : input.seconds(stamp);
      const durationSeconds = input.seconds(packet.duration);
      end = seconds + durationSeconds;
      const data = Buffer.from(packet.data.subarray(bare ? 0 : adtsHeaderLength(packet.data)));
      yield { header: { seconds, durationSeconds }, data };
    }
  } finally {
    await input.close();
  }
}
