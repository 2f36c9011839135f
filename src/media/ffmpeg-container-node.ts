// A media file opened by FFmpeg, in the media process: bytes → container, streams and packets. FFmpeg never gets a name to open.
import {
  AVERROR_EAGAIN,
  AVERROR_INVALIDDATA,
  AVFMT_FLAG_CUSTOM_IO,
  AVFMT_FLAG_GENPTS,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_SIZE,
} from 'node-av/constants';
import { Dictionary, FormatContext, IOContext, Packet } from 'node-av/lib';
import { declaredSize } from './declared-size.ts';
import { MediaFault } from './media-fault.ts';
import { recognizeFormat, unknownFormat } from './media-format-node.ts';
import type { HostLimits } from './media-host-protocol.ts';

/** The bytes of a file. */
export interface FileBytes {
  readonly size: number;
  /** Whether `read` returns at once, so that reading needs no thread of its own. */
  readonly immediate: boolean;
  /**
   * Returns up to `length` bytes; fewer only at the end.
   *
   * @param into - gives the memory to use, if the bytes are not in some already. It is used again for the next part.
   */
  read(offset: number, length: number, into: (length: number) => Buffer): Buffer | Promise<Buffer>;
}

const IO_BUFFER_BYTES = 1 << 18;
/** Read to recognize formats by more than their signatures. */
const HEAD_BYTES = 1 << 16;
/** Packets in a row that cannot be read before a file counts as ended. */
const BAD_PACKETS = 50;
/** Streams that are counted, to say how many there are; FFmpeg opens no file with more. */
const MOST_COUNTED_STREAMS = 10_000;

/** An open file. */
export class FFmpegContainer {
  readonly context: FormatContext;
  /** Whether the file is shorter than its header says. */
  isCutOff = false;
  readonly #io: IOContext;
  readonly #immediate: boolean;

  private constructor(context: FormatContext, io: IOContext, immediate: boolean) {
    this.context = context;
    this.#io = io;
    this.#immediate = immediate;
  }

  /**
   * Opens a file and looks at the beginning of its streams.
   *
   * @param extension - of its name, with the dot; helps to recognize formats without a signature.
   * @throws MediaFault when it is no media, is refused, or has more streams than allowed.
   */
  static async open(bytes: FileBytes, extension: string, limits: HostLimits): Promise<FFmpegContainer> {
    const context = new FormatContext();
    const io = new IOContext();
    const position = { offset: 0 };
    context.allocContext();
    io.allocContextWithCallbacks(IO_BUFFER_BYTES, 0, reader(bytes, position), null, seeker(bytes, position));
    context.pb = io;
    context.setFlags(AVFMT_FLAG_CUSTOM_IO, AVFMT_FLAG_GENPTS);
    // Whatever a container refers to must not be opened.
    const options = Dictionary.fromObject({ protocol_whitelist: 'none', max_streams: MOST_COUNTED_STREAMS });
    const container = new FFmpegContainer(context, io, bytes.immediate);
    try {
      const head = await bytes.read(0, Math.min(bytes.size, HEAD_BYTES), (length) => Buffer.allocUnsafe(length));
      container.isCutOff = (declaredSize(head) ?? 0) > bytes.size;
      const { format, certain } = await recognizeFormat(io, head, extension);
      const opened = await context.openInput('', format, options);
      if (opened < 0 && !certain) throw unknownFormat();
      if (opened < 0) throw noStreams();
      if (context.nbStreams > limits.streams) throw tooManyStreams(context.nbStreams, limits.streams);
      context.maxStreams = limits.streams; // some formats find more along the way
      if ((await context.findStreamInfo(null)) < 0 || context.nbStreams === 0) throw noStreams();
      return container;
    } catch (error) {
      await container.close();
      throw error;
    } finally {
      options.free();
    }
  }

  /** Reads the packets of all streams that are not discarded, all in the same object. What cannot be read is passed over. */
  async *packets(): AsyncGenerator<Packet, void, undefined> {
    using packet = new Packet();
    packet.alloc();
    let bad = 0;
    for (;;) {
      // The change of threads takes thirty times as long as reading a packet.
      const result = this.#immediate ? this.context.readFrameSync(packet) : await this.context.readFrame(packet);
      if (result >= 0) {
        bad = 0;
        yield packet;
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

function noStreams(): MediaFault {
  return new MediaFault(
    'media-unreadable',
    'contains no video or audio that can be read: the file is damaged or truncated.',
    'Copy or download it again. An interrupted recording must be repaired first.',
  );
}

function tooManyStreams(count: number, most: number): MediaFault {
  return new MediaFault(
    'media-unreadable',
    `has ${count} streams, more than the ${most} that are read.`,
    'Copy the streams that are wanted into a file of their own.',
  );
}

function reader(bytes: FileBytes, position: { offset: number }) {
  // FFmpeg has copied a part when it asks for the next one. New memory for each would pile up until it is collected.
  let memory = Buffer.allocUnsafeSlow(IO_BUFFER_BYTES);
  const into = (length: number): Buffer => {
    if (memory.length < length) memory = Buffer.allocUnsafeSlow(length);
    return memory.subarray(0, length);
  };
  const took = (part: Buffer): Buffer | null => {
    position.offset += part.length;
    return part.length === 0 ? null : part;
  };
  return (length: number): Buffer | null | Promise<Buffer | null> => {
    const wanted = Math.min(length, bytes.size - position.offset);
    if (wanted <= 0) return null;
    const part = bytes.read(position.offset, wanted, into);
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
