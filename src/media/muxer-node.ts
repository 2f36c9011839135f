// FFmpeg's muxers: packets of pictures and sound → a file whose index is in front, the same bytes each time.
import { constants } from 'node:os';
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_PRORES,
  AVFMT_FLAG_BITEXACT,
  AVMEDIA_TYPE_AUDIO,
} from 'node-av/constants';
import {
  avChannelLayoutDefault,
  type CodecContext,
  type CodecParameters,
  Dictionary,
  FFmpegError,
  FormatContext,
  type Packet,
  Rational,
} from 'node-av/lib';
import type { SoundCodec, VideoContainer } from './output-containers.ts';
import type { TimeBase } from './picture-times.ts';

/** HEVC whose headers are in the file's own, as Apple's players want it: the four letters of its name, the first one lowest. */
const HVC1 = Buffer.from('hvc1').readUInt32LE();

/** A track of a file. */
export interface MuxedTrack {
  /** Says what the packets contain. */
  describe: (parameters: CodecParameters) => void;
  /** In which the times of its packets come. */
  timeBase: TimeBase;
  /** Width to height of a pixel. */
  pixelAspect?: readonly [width: number, height: number];
  /** What is said of the track in words, by FFmpeg's names. */
  metadata?: Readonly<Record<string, string>>;
  /** Frames per second, where that is the same all along. */
  frameRate?: TimeBase;
}

/** How FFmpeg writes a container: by which muxer, with which options. */
const muxers: Readonly<Record<VideoContainer, { format: string; options: Readonly<Record<string, string>> }>> = {
  mp4: { format: 'mp4', options: { movflags: 'faststart' } },
  mov: { format: 'mov', options: { movflags: 'faststart' } },
  mkv: { format: 'matroska', options: { cues_to_front: '1' } },
  webm: { format: 'webm', options: { cues_to_front: '1' } },
};

/** Returns the track of an encoder's packets. */
export function encodedTrack(context: CodecContext, timeBase: TimeBase): MuxedTrack {
  return {
    timeBase,
    describe: (parameters) => {
      check(parameters.fromContext(context), 'describe a track');
    },
  };
}

/** What is known of packets of sound that come from another file. */
export interface CopiedSound {
  codec: SoundCodec;
  sampleRate: number;
  numberOfChannels: number;
  /** AAC: AudioSpecificConfig; Opus: OpusHead. */
  description: Uint8Array;
  /** What is decoded before the first sample that is heard. */
  runUpSeconds: number;
}

/** Returns the track of packets of sound that come from another file. Their times are in samples. */
export function copiedTrack({
  codec,
  sampleRate,
  numberOfChannels,
  description,
  runUpSeconds,
}: CopiedSound): MuxedTrack {
  return {
    timeBase: { num: 1, den: sampleRate },
    describe: (parameters) => {
      parameters.codecType = AVMEDIA_TYPE_AUDIO;
      parameters.codecId = codec === 'aac' ? AV_CODEC_ID_AAC : AV_CODEC_ID_OPUS;
      parameters.sampleRate = sampleRate;
      parameters.channelLayout = avChannelLayoutDefault(numberOfChannels);
      parameters.extradata = Buffer.from(description);
      // Packets of the run-up have times below 0. Opus tells of its own, while Matroska rounds times.
      parameters.initialPadding =
        codec === 'opus' ? Buffer.from(description).readUInt16LE(10) : Math.round(runUpSeconds * sampleRate);
    },
  };
}

/** A file that packets are written to. */
export class Muxer {
  readonly #context: FormatContext;
  readonly #tracks: readonly MuxedTrack[];
  readonly #lastStamps: bigint[];
  /** Ticks between two packets of a track, at least. Matroska has no decoding times, and its ticks are as long as some packets. */
  readonly #step: bigint;

  private constructor(context: FormatContext, container: VideoContainer, tracks: readonly MuxedTrack[]) {
    this.#context = context;
    this.#step = hasFourLetters(container) ? 1n : 0n;
    this.#tracks = tracks;
    this.#lastStamps = tracks.map(() => -(2n ** 62n));
  }

  /**
   * Starts a file.
   *
   * @param path - is overwritten.
   * @param metadata - what the file says of itself in words, by FFmpeg's names.
   */
  static async open(
    path: string,
    container: VideoContainer,
    tracks: readonly MuxedTrack[],
    metadata?: Readonly<Record<string, string>>,
  ): Promise<Muxer> {
    const { format, options: ofFormat } = muxers[container];
    const context = new FormatContext();
    // Without the protocol, FFmpeg would take what is before a colon for one.
    check(context.allocOutputContext2(null, format, `file:${path}`), 'start a file');
    context.setFlags(AVFMT_FLAG_BITEXACT); // nothing in it that depends on when it is written, or by which version
    if (metadata) context.metadata = Dictionary.fromObject(metadata);
    for (const { describe, timeBase, pixelAspect, frameRate, metadata: ofTrack } of tracks) {
      const stream = context.newStream(null);
      describe(stream.codecpar);
      const { codecId } = stream.codecpar;
      if (codecId !== AV_CODEC_ID_PRORES) stream.codecpar.codecTag = 0; // the container's own; that of ProRes tells its kind
      if (codecId === AV_CODEC_ID_HEVC && hasFourLetters(container)) stream.codecpar.codecTag = HVC1;
      if (pixelAspect) stream.sampleAspectRatio = new Rational(...pixelAspect);
      if (ofTrack) stream.metadata = Dictionary.fromObject(ofTrack);
      if (frameRate) stream.avgFrameRate = new Rational(frameRate.num, frameRate.den);
      stream.timeBase = new Rational(timeBase.num, timeBase.den);
    }
    check(await context.openOutput(), 'open the file');
    using options = Dictionary.fromObject(ofFormat);
    check(await context.writeHeader(options), 'start the file');
    return new Muxer(context, container, tracks);
  }

  /** Writes a packet, each track's in the order in which they are decoded. What it holds is gone afterward. */
  async write(track: number, packet: Packet): Promise<void> {
    const stream = this.#context.streams[track];
    packet.streamIndex = track;
    packet.rescaleTs(this.#tracks[track].timeBase, stream.timeBase);
    // Files that sound is copied from may have it twice at some time, which no player would mind, but the muxer does.
    const earliest = this.#lastStamps[track] + this.#step;
    if (packet.dts < earliest) {
      packet.dts = earliest;
      if (packet.pts < earliest) packet.pts = earliest;
    }
    this.#lastStamps[track] = packet.dts;
    check(await this.#context.interleavedWriteFrame(packet), 'write to the file');
  }

  /** Completes the file: writes its index, and moves that to the front. */
  async finish(): Promise<void> {
    check(await this.#context.writeTrailer(), 'complete the file');
    await this.#context.closeOutput();
  }
}

/** Whether a container names codecs by four letters: MP4 and MOV do. */
function hasFourLetters(container: VideoContainer): boolean {
  return container === 'mp4' || container === 'mov';
}

function check(result: number, action: string): void {
  if (result >= 0) return;
  const error = new Error(`${action}: ${FFmpegError.strerror(result)}`);
  const code = Object.entries(constants.errno).find(([, number]) => number === -result)?.[0];
  // What the system says is passed on in its words. Of EINVAL, only FFmpeg knows what it means.
  throw code === undefined || code === 'EINVAL' ? error : Object.assign(error, { code });
}
