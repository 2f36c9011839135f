// MP4 by FFmpeg's muxer: packets of pictures and sound → a file whose index is in front, the same bytes each time.
import { constants } from 'node:os';
import { AV_CODEC_ID_AAC, AV_CODEC_ID_HEVC, AVFMT_FLAG_BITEXACT, AVMEDIA_TYPE_AUDIO } from 'node-av/constants';
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
}

/** Returns the track of an encoder's packets. */
export function encodedTrack(context: CodecContext, timeBase: TimeBase): MuxedTrack {
  return {
    timeBase,
    describe: (parameters) => {
      check(parameters.fromContext(context), 'describe a track');
    },
  };
}

/** What is known of AAC packets that come from another file. */
export interface CopiedSound {
  sampleRate: number;
  numberOfChannels: number;
  /** AudioSpecificConfig. */
  description: Uint8Array;
}

/** Returns the track of AAC packets that come from another file. Their times are in samples. */
export function copiedTrack({ sampleRate, numberOfChannels, description }: CopiedSound): MuxedTrack {
  return {
    timeBase: { num: 1, den: sampleRate },
    describe: (parameters) => {
      parameters.codecType = AVMEDIA_TYPE_AUDIO;
      parameters.codecId = AV_CODEC_ID_AAC;
      parameters.sampleRate = sampleRate;
      parameters.channelLayout = avChannelLayoutDefault(numberOfChannels);
      parameters.extradata = Buffer.from(description);
    },
  };
}

/** A file that packets are written to. */
export class Mp4Muxer {
  readonly #context: FormatContext;
  readonly #tracks: readonly MuxedTrack[];
  readonly #lastStamps: bigint[];

  private constructor(context: FormatContext, tracks: readonly MuxedTrack[]) {
    this.#context = context;
    this.#tracks = tracks;
    this.#lastStamps = tracks.map(() => -(2n ** 62n));
  }

  /**
   * Starts a file.
   *
   * @param path - is overwritten.
   */
  static async open(path: string, tracks: readonly MuxedTrack[]): Promise<Mp4Muxer> {
    const context = new FormatContext();
    // Without the protocol, FFmpeg would take what is before a colon for one.
    check(context.allocOutputContext2(null, 'mp4', `file:${path}`), 'start a file');
    context.setFlags(AVFMT_FLAG_BITEXACT); // nothing in it that depends on when it is written, or by which version
    for (const { describe, timeBase, pixelAspect } of tracks) {
      const stream = context.newStream(null);
      describe(stream.codecpar);
      stream.codecpar.codecTag = stream.codecpar.codecId === AV_CODEC_ID_HEVC ? HVC1 : 0;
      if (pixelAspect) stream.sampleAspectRatio = new Rational(...pixelAspect);
      stream.timeBase = new Rational(timeBase.num, timeBase.den);
    }
    check(await context.openOutput(), 'open the file');
    using options = Dictionary.fromObject({ movflags: 'faststart' });
    check(await context.writeHeader(options), 'start the file');
    return new Mp4Muxer(context, tracks);
  }

  /** Writes a packet, each track's in the order in which they are decoded. What it holds is gone afterward. */
  async write(track: number, packet: Packet): Promise<void> {
    const stream = this.#context.streams[track];
    packet.streamIndex = track;
    packet.rescaleTs(this.#tracks[track].timeBase, stream.timeBase);
    // Files that sound is copied from may have it twice at some time, which no player would mind, but the muxer does.
    const earliest = this.#lastStamps[track] + 1n;
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

function check(result: number, action: string): void {
  if (result >= 0) return;
  const error = new Error(`${action}: ${FFmpegError.strerror(result)}`);
  const code = Object.entries(constants.errno).find(([, number]) => number === -result)?.[0];
  // What the system says is passed on in its words. Of EINVAL, only FFmpeg knows what it means.
  throw code === undefined || code === 'EINVAL' ? error : Object.assign(error, { code });
}
