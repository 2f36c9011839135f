// One stream of a media file, in the media process: which one it is, its times, and its packets.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_ENCRYPTION_INFO,
  AV_PKT_FLAG_DISCARD,
  AVDISCARD_ALL,
  AVFMT_NOTIMESTAMPS,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import type { FFmpegContainer } from './ffmpeg-container-node.ts';
import { encrypted } from './media-fault.ts';
import type { TrackKind } from './stream-choice.ts';
import { bestStream, chooseStream } from './stream-choice-node.ts';

/** Packets of a stream among which one of another that begins with it is found. */
const PACKETS_TO_FIND_OTHER = 1000;

/** An open file, and the one of its streams that is read. */
export class FFmpegInput {
  readonly stream: Stream;
  readonly hasAudio: boolean;
  readonly #container: FFmpegContainer;
  /** The best stream of the other kind. */
  readonly #other: Stream | undefined;
  #otherStart: number | undefined;

  /**
   * Takes a stream of a kind out of a container: the best one, unless its number is given. Closing the input closes the container.
   *
   * @throws MediaFault when there is none.
   */
  constructor(container: FFmpegContainer, kind: TrackKind, wanted?: number) {
    const { streams } = container.context;
    this.#container = container;
    this.stream = chooseStream(streams, kind, wanted);
    this.hasAudio = bestStream(streams, 'audio') !== undefined;
    this.#other = bestStream(streams, kind === 'video' ? 'audio' : 'video');
    for (const stream of streams) {
      if (stream.index !== this.stream.index && stream.index !== this.#other?.index) stream.discard = AVDISCARD_ALL;
    }
  }

  /** Whether the container has time stamps. Without any, frames follow one another, and FFmpeg's guesses are wrong for the last ones. */
  get isTimed(): boolean {
    return ((this.#container.context.iformat?.flags ?? 0) & AVFMT_NOTIMESTAMPS) === 0;
  }

  /** What the file says of itself, by FFmpeg's names. */
  get metadata(): Record<string, string> {
    return this.#container.context.metadata?.getAll() ?? {};
  }

  /** The streams beside this one and the best one of the other kind, without pictures that are only a cover. */
  get otherStreams(): Stream[] {
    return this.#container.context.streams.filter(({ index, disposition }) => {
      const isTaken = index === this.stream.index || index === this.#other?.index;
      return !isTaken && (disposition & AV_DISPOSITION_ATTACHED_PIC) === 0;
    });
  }

  /** Whether the file is shorter than its header says. */
  get isCutOff(): boolean {
    return this.#container.isCutOff;
  }

  /** FFmpeg's name of the format. */
  get formatName(): string {
    return this.#container.context.iformat?.name ?? '';
  }

  /** When the track ends according to the file's header, in the file's own time; undefined where that does not say. */
  get promisedEnd(): number | undefined {
    const { startTime, duration } = this.stream;
    const start = startTime === AV_NOPTS_VALUE ? 0 : this.seconds(startTime);
    if (duration > 0n) return start + this.seconds(duration);
    // That of the file is that of its longest track.
    const { duration: ofFile, nbStreams } = this.#container.context;
    return ofFile > 0n && (nbStreams === 1 || this.isCutOff) ? Number(ofFile) / 1e6 : undefined;
  }

  /** Seconds of a time stamp of the stream. */
  seconds(stamp: bigint): number {
    return secondsIn(this.stream, stamp);
  }

  /**
   * When the best stream of the other kind begins, in seconds of the file's own time, as far as packets have been read. FFmpeg's
   * own word on it is the beginning of the file where it does not know.
   */
  get otherStart(): number | undefined {
    return this.#otherStart;
  }

  /** Reads until the other kind of stream has begun, or for a while. */
  async findOtherStart(): Promise<number | undefined> {
    let packets = 0;
    if (!this.#other) return undefined;
    for await (const { size } of this.packets()) {
      if (this.otherStart !== undefined || (size > 0 && ++packets === PACKETS_TO_FIND_OTHER)) break;
    }
    return this.#otherStart;
  }

  #noticeOther(packet: Packet): void {
    const stamp = stampOf(packet);
    if (
      !this.#other ||
      this.#otherStart !== undefined ||
      packet.streamIndex !== this.#other.index ||
      stamp === undefined
    )
      return;
    const start = secondsIn(this.#other, stamp);
    // What lies before time 0 was cut away by an edit of the file, or is the run-up of a decoder.
    if (packet.flags & AV_PKT_FLAG_DISCARD || start + secondsIn(this.#other, packet.duration) < 0) return;
    this.#otherStart = Math.max(0, start);
    this.#other.discard = AVDISCARD_ALL;
  }

  /** Returns whether reading goes on at a key frame before the time. */
  async seek(seconds: number): Promise<boolean> {
    const { num, den } = this.stream.timeBase;
    const stamp = BigInt(Math.floor((seconds * den) / num));
    return (await this.#container.context.seekFrame(this.stream.index, stamp, AVSEEK_FLAG_BACKWARD)) >= 0;
  }

  /**
   * Reads the packets of the stream, all in the same object. What cannot be read is passed over.
   *
   * @throws MediaFault when they are encrypted.
   */
  async *packets(): AsyncGenerator<Packet, void, undefined> {
    let first = true;
    for await (const packet of this.#container.packets()) {
      if (packet.streamIndex !== this.stream.index) {
        this.#noticeOther(packet);
        continue;
      }
      if (first && packet.getSideData(AV_PKT_DATA_ENCRYPTION_INFO)) throw encrypted();
      first = false;
      yield packet;
    }
  }

  close(): Promise<void> {
    return this.#container.close();
  }
}

/** Returns the seconds of a time stamp of a stream. */
export function secondsIn({ timeBase: { num, den } }: Stream, stamp: bigint): number {
  return (Number(stamp) * num) / den;
}

/** Returns the presentation time of a packet, or what stands in for it; undefined when the packet has none. */
export function stampOf({ pts, dts }: { pts: bigint; dts: bigint }): bigint | undefined {
  if (pts !== AV_NOPTS_VALUE) return pts;
  return dts === AV_NOPTS_VALUE ? undefined : dts;
}
