// A media file opened by FFmpeg, in the media process: bytes → container, streams and packets. FFmpeg never gets a name to open.
import {
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_INVALIDDATA,
  AVFMT_FLAG_CUSTOM_IO,
  AVFMT_FLAG_GENPTS,
  AVFMT_NOTIMESTAMPS,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_FLAG_BACKWARD,
  AVSEEK_SIZE,
} from 'node-av/constants';
import { Dictionary, FormatContext, InputFormat, IOContext, Packet, type Stream } from 'node-av/lib';
import { MediaFault } from './media-fault.ts';
import { bestStream, chooseStream, type TrackKind } from './stream-choice-node.ts';

/** The bytes of a file. */
export interface FileBytes {
  readonly size: number;
  /** Whether `read` returns at once, so that reading needs no thread of its own. */
  readonly immediate: boolean;
  /** Returns up to `length` bytes; fewer only at the end. */
  read(offset: number, length: number): Buffer | Promise<Buffer>;
}

const FORMAT_NAMES = 'MP4, MOV, MKV, WebM, MPEG-TS, AVI, WAV, MP3, Ogg, FLAC, AAC and most others';

/** Formats that name other files, addresses or devices to read, or that are no media. */
const refused =
  /^(hls|applehttp|dash|concatf?|sdp|rtsp|rtp|sap|image2|lavfi|ffmetadata|imf|webm_dash_manifest|tty|data|bin|vapoursynth|avisynth|tee|rpl_refs|lrc|srt|ass|webvtt|subviewer1?|sami|microdvd|mpl2|mpsub|jacosub|pjs|realtext|stl|vplayer|aqtitle|vobsub|scc|sup)$/;

const IO_BUFFER_BYTES = 1 << 18;
const PROBED_BYTES = 1 << 20;
const NAMED_PROBE_BYTES = 1 << 16;
/** Packets in a row that cannot be read before a file counts as ended. */
const BAD_PACKETS = 50;

/** An open file, and the one of its streams that is read. */
export class FFmpegInput {
  readonly context: FormatContext;
  readonly stream: Stream;
  readonly hasAudio: boolean;
  readonly #io: IOContext;
  readonly #immediate: boolean;

  private constructor(context: FormatContext, io: IOContext, immediate: boolean, stream: Stream, hasAudio: boolean) {
    this.context = context;
    this.#io = io;
    this.#immediate = immediate;
    this.stream = stream;
    this.hasAudio = hasAudio;
  }

  /** Opens a stream of a kind: the best one, unless its number is given. */
  static async open(bytes: FileBytes, extension: string, kind: TrackKind, wanted?: number): Promise<FFmpegInput> {
    const context = new FormatContext();
    const io = new IOContext();
    const position = { offset: 0 };
    context.allocContext();
    io.allocContextWithCallbacks(IO_BUFFER_BYTES, 0, reader(bytes, position), null, seeker(bytes, position));
    context.pb = io;
    context.setFlags(AVFMT_FLAG_CUSTOM_IO, AVFMT_FLAG_GENPTS);
    // Whatever a container refers to must not be opened.
    const options = Dictionary.fromObject({ protocol_whitelist: 'none', max_streams: 200 });
    try {
      const { format, certain } = await probe(bytes, io, extension);
      const opened = await context.openInput('', format, options);
      if (opened < 0 && !certain) throw unknownFormat();
      if (opened < 0 || (await context.findStreamInfo(null)) < 0 || context.nbStreams === 0) {
        throw new MediaFault(
          'media-unreadable',
          'contains no video or audio that can be read: the file is damaged or truncated.',
          'Copy or download it again. An interrupted recording must be repaired first.',
        );
      }
      const { streams } = context;
      const stream = chooseStream(streams, kind, wanted);
      for (const other of streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
      return new FFmpegInput(context, io, bytes.immediate, stream, bestStream(streams, 'audio') !== undefined);
    } catch (error) {
      context.pb = null;
      await context.closeInput();
      io.freeContext();
      throw error;
    } finally {
      options.free();
    }
  }

  /** Whether the container has time stamps. Without any, frames follow one another, and FFmpeg's guesses are wrong for the last ones. */
  get isTimed(): boolean {
    return ((this.context.iformat?.flags ?? 0) & AVFMT_NOTIMESTAMPS) === 0;
  }

  /** Seconds of a time stamp of the stream. */
  seconds(stamp: bigint): number {
    const { num, den } = this.stream.timeBase;
    return (Number(stamp) * num) / den;
  }

  /** Returns whether reading goes on at a key frame before the time. */
  async seek(seconds: number): Promise<boolean> {
    const { num, den } = this.stream.timeBase;
    const stamp = BigInt(Math.floor((seconds * den) / num));
    return (await this.context.seekFrame(this.stream.index, stamp, AVSEEK_FLAG_BACKWARD)) >= 0;
  }

  /** Reads the packets of the stream, all in the same object. What cannot be read is passed over. */
  async *packets(): AsyncGenerator<Packet, void, undefined> {
    using packet = new Packet();
    packet.alloc();
    let bad = 0;
    for (;;) {
      // The change of threads takes thirty times as long as reading a packet.
      const result = this.#immediate ? this.context.readFrameSync(packet) : await this.context.readFrame(packet);
      if (result >= 0) {
        bad = 0;
        if (packet.streamIndex === this.stream.index) yield packet;
        packet.unref();
        continue;
      }
      if (result !== AVERROR_EAGAIN && result !== AVERROR_INVALIDDATA) return;
      if (++bad > BAD_PACKETS) return;
    }
  }

  async close(): Promise<void> {
    this.context.pb = null;
    await this.context.closeInput();
    this.#io.freeContext();
  }
}

/** Recognizes the format by its first bytes, as many as it takes; where they leave a doubt, the name decides. */
async function probe(
  bytes: FileBytes,
  io: IOContext,
  extension: string,
): Promise<{ format: InputFormat; certain: boolean }> {
  const byContent = await InputFormat.probeBuffer(io, PROBED_BYTES);
  const head = Buffer.from(await bytes.read(0, Math.min(bytes.size, NAMED_PROBE_BYTES)));
  const named = extension === '' ? null : InputFormat.probe(head, `file${extension}`);
  const format = [named, byContent].find((candidate) => candidate?.name && !refused.test(candidate.name));
  if (format) return { format, certain: byContent?.name === format.name };
  throw unknownFormat();
}

function unknownFormat(): MediaFault {
  return new MediaFault(
    'media-unreadable',
    'is not a media file in a supported format.',
    `Supported formats: ${FORMAT_NAMES}.`,
  );
}

function reader(bytes: FileBytes, position: { offset: number }) {
  const took = (part: Buffer): Buffer | null => {
    position.offset += part.length;
    return part.length === 0 ? null : part;
  };
  return (length: number): Buffer | null | Promise<Buffer | null> => {
    const wanted = Math.min(length, bytes.size - position.offset);
    if (wanted <= 0) return null;
    const part = bytes.read(position.offset, wanted);
    return part instanceof Promise ? part.then(took) : took(part);
  };
}

function seeker(bytes: FileBytes, position: { offset: number }) {
  return (offset: bigint, whence: number): bigint => {
    if (whence === AVSEEK_SIZE) return BigInt(bytes.size);
    const base = whence === AVSEEK_CUR ? position.offset : whence === AVSEEK_END ? bytes.size : 0;
    position.offset = Math.max(0, base + Number(offset));
    return BigInt(position.offset);
  };
}

/** Returns the presentation time of a packet, or what stands in for it; undefined when the packet has none. */
export function stampOf({ pts, dts }: { pts: bigint; dts: bigint }): bigint | undefined {
  if (pts !== AV_NOPTS_VALUE) return pts;
  return dts === AV_NOPTS_VALUE ? undefined : dts;
}
