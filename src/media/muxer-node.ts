// FFmpeg's muxers: packets of pictures and sound → a file whose index is in front, the same bytes each time.
import { constants } from 'node:os';
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_ASS,
  AV_CODEC_ID_DVD_SUBTITLE,
  AV_CODEC_ID_HDMV_PGS_SUBTITLE,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_PRORES,
  AV_CODEC_ID_SUBRIP,
  AV_CODEC_ID_TTF,
  AV_CODEC_ID_WEBVTT,
  AV_DISPOSITION_FORCED,
  type AVCodecID,
  type AVDisposition,
  AVFMT_FLAG_BITEXACT,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
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
import type { FontFile } from './other-streams.ts';
import type { TimeBase } from './picture-times.ts';
import type { SubtitleCodec, SubtitleTrack } from './subtitle-formats.ts';
import { movTextHeader } from './subtitle-text.ts';

/** HEVC whose headers are in the file's own, as Apple's players want it: the four letters of its name, the first one lowest. */
const HVC1 = Buffer.from('hvc1').readUInt32LE();

/** MP4's text in MOV, too, whose older kind would be described otherwise. */
const TX3G = Buffer.from('tx3g').readUInt32LE();

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
  /** What it is meant for, by FFmpeg's flags. Default: as the container has it. */
  disposition?: number;
  /** Its packets are few and far between, or there are none: no other track waits for them. They come before the pictures of their time. */
  isSparse?: boolean;
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

/** The track of pictures, which is the first one. */
const PICTURES = 0;

/** Ticks per second of subtitles: FFmpeg ends those of MP4 by comparing the ticks of all tracks, of which these are the shortest. */
export const SUBTITLE_TICKS = 1_000_000;

const subtitleIds: Readonly<Record<SubtitleCodec, AVCodecID>> = {
  subrip: AV_CODEC_ID_SUBRIP,
  ass: AV_CODEC_ID_ASS,
  webvtt: AV_CODEC_ID_WEBVTT,
  mov_text: AV_CODEC_ID_MOV_TEXT,
  pgs: AV_CODEC_ID_HDMV_PGS_SUBTITLE,
  dvd: AV_CODEC_ID_DVD_SUBTITLE,
};

/** Returns a track of subtitles. */
export function subtitleTrack({ codec, header, metadata, disposition }: SubtitleTrack): MuxedTrack {
  const extradata =
    header === '' && codec === 'mov_text'
      ? movTextHeader((disposition & AV_DISPOSITION_FORCED) !== 0)
      : Buffer.from(header, 'base64');
  // Players of MP4 take the name of what handles a track for its title.
  const title = metadata && 'title' in metadata ? metadata.title : undefined;
  return {
    timeBase: { num: 1, den: SUBTITLE_TICKS },
    metadata: codec === 'mov_text' && title !== undefined ? { ...metadata, handler_name: title } : metadata,
    disposition,
    isSparse: true,
    describe: (parameters) => {
      parameters.codecType = AVMEDIA_TYPE_SUBTITLE;
      parameters.codecId = subtitleIds[codec];
      if (extradata.length > 0) parameters.extradata = Buffer.from(extradata);
    },
  };
}

/** Returns the place of a font in the file. It has no packets. */
export function fontTrack({ name, mimeType }: FontFile, file: Uint8Array): MuxedTrack {
  return {
    timeBase: { num: 1, den: 1 },
    metadata: { filename: name, mimetype: mimeType },
    isSparse: true,
    describe: (parameters) => {
      parameters.codecType = AVMEDIA_TYPE_ATTACHMENT;
      parameters.codecId = AV_CODEC_ID_TTF;
      parameters.extradata = Buffer.from(file);
    },
  };
}

/** Seconds of pictures that wait for the sound of their time; it may have ended. */
const LONGEST_WAIT = 1;

/** A track, and its packets that are not in the file yet. */
interface QueuedTrack extends MuxedTrack {
  /** In the stream's own time base, as everything here. */
  queue: Packet[];
  lastStamp: bigint;
  /** When what has come of it ends. Seconds. */
  reached: number;
}

/** A file that packets are written to. Those of its tracks go into it in order of time, in whichever order they come. */
export class Muxer {
  readonly #context: FormatContext;
  readonly #tracks: readonly QueuedTrack[];
  /** Ticks between two packets of a track, at least. Matroska has no decoding times, and its ticks are as long as some packets. */
  readonly #step: bigint;

  private constructor(context: FormatContext, container: VideoContainer, tracks: readonly MuxedTrack[]) {
    this.#context = context;
    this.#step = hasFourLetters(container) ? 1n : 0n;
    this.#tracks = tracks.map((track) => ({ ...track, queue: [], lastStamp: -(2n ** 62n), reached: -Infinity }));
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
    for (const { describe, timeBase, pixelAspect, frameRate, metadata: ofTrack, disposition } of tracks) {
      const stream = context.newStream(null);
      describe(stream.codecpar);
      const { codecId } = stream.codecpar;
      if (codecId !== AV_CODEC_ID_PRORES) stream.codecpar.codecTag = 0; // the container's own; that of ProRes tells its kind
      if (codecId === AV_CODEC_ID_HEVC && hasFourLetters(container)) stream.codecpar.codecTag = HVC1;
      if (codecId === AV_CODEC_ID_MOV_TEXT) stream.codecpar.codecTag = TX3G;
      if (disposition !== undefined) stream.disposition = disposition as AVDisposition;
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

  /** Writes a packet, each track's in the order in which they are decoded. */
  async write(index: number, packet: Packet): Promise<void> {
    const stream = this.#context.streams[index];
    const track = this.#tracks[index];
    const queued = packet.clone();
    if (!queued) throw new Error('there is no memory for a packet');
    queued.streamIndex = index;
    queued.rescaleTs(track.timeBase, stream.timeBase);
    // Files that sound is copied from may have it twice at some time, which no player would mind, but the muxer does.
    const earliest = track.lastStamp + this.#step;
    if (queued.dts < earliest) {
      queued.dts = earliest;
      if (queued.pts < earliest) queued.pts = earliest;
    }
    track.lastStamp = queued.dts;
    track.reached = this.#seconds(index, queued.dts + queued.duration);
    track.queue.push(queued);
    await this.#writeQueued(false);
  }

  /**
   * Writes what has come, in order of time, up to where something may come that is earlier. FFmpeg would wait for every track,
   * and hold ten seconds of pictures for subtitles of which there are none.
   */
  async #writeQueued(isAll: boolean): Promise<void> {
    for (;;) {
      const heads = this.#tracks.map(({ queue }, index) =>
        queue.length > 0 ? this.#seconds(index, queue[0].dts) : Infinity,
      );
      const first = Math.min(...heads);
      if (first === Infinity) return;
      const isWaiting = this.#tracks.some(
        ({ isSparse, queue, reached }) => !isSparse && queue.length === 0 && reached < first,
      );
      if (!isAll && isWaiting && !this.#waitsTooLong()) return;
      using packet = this.#tracks[heads.indexOf(first)].queue.shift()!;
      check(await this.#context.writeFrame(packet), 'write to the file');
    }
  }

  #waitsTooLong(): boolean {
    const { queue, reached } = this.#tracks[PICTURES];
    return queue.length > 0 && reached - this.#seconds(PICTURES, queue[0].dts) > LONGEST_WAIT;
  }

  #seconds(track: number, stamp: bigint): number {
    const { num, den } = this.#context.streams[track].timeBase;
    return (Number(stamp) * num) / den;
  }

  /** Completes the file: writes its index, and moves that to the front. */
  async finish(): Promise<void> {
    await this.#writeQueued(true);
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
