// A video written in segments, each by an encoder of its own into a file that stays: what is finished survives the process.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { WholeFile } from '../util/whole-file-node.ts';
import { soundTrackOf, writeAudioTrack } from './audio-track-writer.ts';
import { FFmpegOutput } from './ffmpeg-output-node.ts';
import { containerOf } from './output-containers.ts';
import { PacketFile } from './packet-file-node.ts';
import type { TrackCue } from './cue-track.ts';
import type { SubtitleTrack } from './subtitle-formats.ts';
import {
  createVideoWriter,
  pictureTrackOf,
  type FrameToWrite,
  type VideoWriter,
  type VideoTracks,
  type VideoWriterOptions,
} from './video-writer.ts';

/** What a video has beside pictures and sound. */
export interface VideoExtras {
  readonly subtitles: readonly SubtitleTrack[];
  /** Reads the subtitles, in order of time, which is from the start of the video. */
  readonly cues: () => AsyncGenerator<TrackCue, void, undefined>;
  /** Reads the fonts. */
  readonly fonts: () => Promise<NonNullable<VideoTracks['fonts']>>;
}

/** What {@link SegmentedVideo} writes, and where. */
export interface SegmentedVideoOptions extends VideoWriterOptions {
  /** The file, which appears at the end; its name tells the container. */
  path: string;
  /** An existing folder for the segments. */
  folder: string;
  /** What messages call the segments. Default: the file. */
  segmentsName?: string;
  /** Hidden name of the file, beside it, until it is complete. Default: a new one. */
  unfinishedName?: string;
  /** What the video has beside pictures and sound. */
  extras?: VideoExtras;
  /** Frames of a segment; the last one may have fewer. */
  segmentFrames: number;
  /** Called before a segment, or the file, counts as finished; what it throws ends the work, and that part is not kept. */
  beforeCommit?: () => Promise<void>;
  /** Called with the number of frames that are safe, after each segment. */
  onSegment?: (frames: number) => Promise<void>;
}

/**
 * A video of the same bytes, whether it is written in one go or gone on with by another process: borders of segments depend on
 * the number of a frame alone, and every segment has an encoder of its own. Disposing of it keeps the finished segments.
 */
export class SegmentedVideo implements VideoWriter {
  /** Frames in the segments that were there already: the first frame to add is this one. */
  readonly framesWritten: number;
  readonly #options: SegmentedVideoOptions;
  /** When the finished segments end, in seconds. */
  readonly #ends: number[];
  #frames: number;
  #open: { writer: VideoWriter; file: WholeFile } | undefined;
  #endSeconds = 0;
  /** The segment before is completed while the next one is drawn. */
  #closing: Promise<void> = Promise.resolve();

  private constructor(options: SegmentedVideoOptions, ends: number[]) {
    this.#options = options;
    this.#ends = ends;
    this.framesWritten = ends.length * options.segmentFrames;
    this.#frames = this.framesWritten;
  }

  /**
   * Finds the segments that are whole, and goes on after them. What follows a damaged one is made again.
   *
   * @throws RangeError when an option is out of range.
   */
  static async open(options: SegmentedVideoOptions): Promise<SegmentedVideo> {
    pictureTrackOf(options, containerOf(options.path)!);
    const { folder, segmentFrames } = options;
    const ends: number[] = [];
    for (;;) {
      const end = await segmentEnd(segmentPath(folder, ends.length), segmentFrames);
      if (end === undefined) return new SegmentedVideo(options, ends);
      ends.push(end);
    }
  }

  async add(frame: FrameToWrite): Promise<void> {
    const { folder, segmentFrames } = this.#options;
    try {
      this.#open ??= await this.#start(segmentPath(folder, Math.floor(this.#frames / segmentFrames)));
      await this.#open.writer.add(frame);
      this.#endSeconds = frame.timestampSeconds + frame.durationSeconds;
      this.#frames++;
      if (this.#frames % segmentFrames === 0) await this.#close();
    } catch (error) {
      throw fileError(error, this.#segmentsName, { doing: 'write' });
    }
  }

  async finish(): Promise<void> {
    const { path, audio, extras, unfinishedName } = this.#options;
    try {
      await this.#close();
      await this.#closing;
    } catch (error) {
      throw fileError(error, this.#segmentsName, { doing: 'write' });
    }
    try {
      await using file = await WholeFile.create(path, { unfinishedName });
      const container = containerOf(path)!;
      const picture = pictureTrackOf(this.#options, container);
      const soundTrack = audio && (await soundTrackOf(audio, container));
      await using output = new FFmpegOutput(file.unfinishedPath, printable(path), {
        container,
        picture,
        sound: soundTrack,
        subtitles: extras?.subtitles,
        fonts: await extras?.fonts(),
      });
      const subtitles = extras && extras.subtitles.length > 0 ? new TimedCues(extras.cues(), output) : undefined;
      const sound = audio && soundTrack && writeAudioTrack(audio, soundTrack, output);
      try {
        for (const [index, end] of this.#ends.entries()) {
          await sound?.writeUntil(end);
          await subtitles?.writeUntil(end);
          await output.addSegment(segmentPath(this.#options.folder, index));
        }
        await output.finish();
      } finally {
        await sound?.close();
        await subtitles?.close();
      }
      await this.#options.beforeCommit?.();
      await file.commit();
    } catch (error) {
      throw fileError(error, path, { doing: 'write' });
    }
  }

  async #start(path: string): Promise<{ writer: VideoWriter; file: WholeFile }> {
    const file = await WholeFile.create(path, { name: this.#segmentsName });
    try {
      const name = printable(this.#segmentsName);
      const writer = await createVideoWriter(
        { ...this.#options, audio: undefined },
        containerOf(this.#options.path)!,
        (tracks) => new FFmpegOutput(file.unfinishedPath, name, tracks, { target: 'segment' }),
      );
      return { writer, file };
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #segmentsName(): string {
    return this.#options.segmentsName ?? this.#options.path;
  }

  /** Completes the open segment, while the next one may begin. */
  async #close(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    const frames = this.#frames;
    const end = this.#endSeconds;
    await this.#closing;
    this.#closing = this.#complete(open, frames, end);
    this.#closing.catch(() => undefined); // thrown where it is awaited
  }

  async #complete(
    { writer, file }: { writer: VideoWriter; file: WholeFile },
    frames: number,
    end: number,
  ): Promise<void> {
    try {
      await writer.finish();
      await this.#options.beforeCommit?.();
      await file.commit();
      this.#ends.push(end);
      await this.#options.onSegment?.(frames);
    } finally {
      await writer[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.writer[Symbol.asyncDispose]();
    await open?.file[Symbol.asyncDispose]();
    await this.#closing.catch(() => undefined);
  }
}

/** Subtitles on their way into a video: each is written once its time has come. */
class TimedCues {
  readonly #cues: AsyncGenerator<TrackCue, void, undefined>;
  readonly #output: FFmpegOutput;
  #pending: TrackCue | undefined;

  constructor(cues: AsyncGenerator<TrackCue, void, undefined>, output: FFmpegOutput) {
    this.#cues = cues;
    this.#output = output;
  }

  async writeUntil(seconds: number): Promise<void> {
    for (;;) {
      this.#pending ??= (await this.#cues.next()).value ?? undefined;
      if (!this.#pending || this.#pending.start >= seconds) return;
      await this.#output.addSubtitle(this.#pending);
      this.#pending = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#cues.return();
  }
}

function segmentPath(folder: string, index: number): string {
  return join(folder, `segment-${String(index).padStart(5, '0')}.packets`);
}

/** Returns when a segment ends; undefined where it is missing or damaged, and thus removed, or shorter than others. */
async function segmentEnd(path: string, segmentFrames: number): Promise<number | undefined> {
  try {
    await using file = await PacketFile.open(path);
    if (file.pictureCount !== segmentFrames) return undefined;
    return file.times[file.times.length - 2] + file.times[file.times.length - 1];
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    if (error instanceof LatentSyncError) {
      await rm(path, { force: true });
      return undefined;
    }
    throw error;
  }
}
