// VideoOutput in Node: pictures and sound go to a process of their own, in which FFmpeg encodes them and writes the file.
import { stat } from 'node:fs/promises';
import { pictureByteLength } from '../tensor/picture.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { AudioPacket } from './audio-reader.ts';
import type { SoundTrack } from './audio-track-writer.ts';
import type { TrackCue } from './cue-track.ts';
import type { PictureTrack, VideoOutput, VideoTracks } from './video-writer.ts';
import { WatchedProcess, type ProcessLimits } from './watched-process-node.ts';
import type { FromWritingHost, ToWritingHost, WrittenPart, WrittenSound } from './writing-host-protocol.ts';

/** Parts on their way: while one is encoded, the next one travels. */
const PICTURES_AHEAD = 2;
const BYTES_AHEAD = 1 << 20;

/** When a file is completed, all of it is moved. Bytes per second that every disk manages. */
const SLOWEST_DISK = 10e6;

/** The writing process and its pictures in the encoder. */
const MEMORY_BYTES = 1e9;
const MEMORY_PICTURES = 100;
/** SVT-AV1 takes 1.1 GB for 1080p with the preset `slow`, x265 half of that. */
const AV1_MEMORY_PICTURES = 300;

const TRY_AGAIN = 'Try again. If it fails again, free up memory: close other programs, or choose a smaller video.';

/** Returns what the process that writes may take. */
export function writingLimits({
  codec,
  format,
  width,
  height,
}: Pick<PictureTrack, 'codec' | 'format' | 'width' | 'height'>): ProcessLimits {
  const pictures = codec === 'av1' ? AV1_MEMORY_PICTURES : MEMORY_PICTURES;
  return { memoryBytes: MEMORY_BYTES + pictures * pictureByteLength(format, width, height), stallSeconds: 30 };
}

/** A part that the process does not have yet. */
interface SentPart {
  byteLength: number;
  /** Can be used again afterward. */
  picture?: Uint8Array<ArrayBuffer>;
}

/** Options of {@link FFmpegOutput}. */
export interface FFmpegOutputOptions {
  /** A video, or the packet file of one of its segments, which has no sound. Default `video`. */
  target?: 'video' | 'segment';
  limits?: ProcessLimits;
}

/** A file that a process writes. */
export class FFmpegOutput implements VideoOutput {
  readonly #path: string;
  readonly #name: string;
  readonly #process: WatchedProcess<ToWritingHost, FromWritingHost>;
  readonly #pictureBytes: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #sent: SentPart[] = [];
  #sentBytes = 0;
  #reachedSeconds = 0;
  #failure: { error: unknown } | undefined;
  #finished = false;
  #wake: (() => void) | undefined;

  /**
   * @param path - of an existing file, which is overwritten.
   * @param name - of the file in messages.
   */
  constructor(
    path: string,
    name: string,
    tracks: VideoTracks,
    { target = 'video', limits = writingLimits(tracks.picture) }: FFmpegOutputOptions = {},
  ) {
    this.#path = path;
    this.#name = name;
    this.#pictureBytes = pictureByteLength(tracks.picture.format, tracks.picture.width, tracks.picture.height);
    this.#process = new WatchedProcess({
      program: 'writing-host-node',
      limits,
      receive: (message) => {
        this.#receive(message);
      },
      crashed: (reason) =>
        new LatentSyncError(
          'media-crashed',
          wording`${name} cannot be written: the process that writes it ended after ${this.#reached} (${reason}).`,
          { remedy: TRY_AGAIN },
        ),
      stalled: (seconds) =>
        new LatentSyncError(
          'media-stalled',
          wording`${name} cannot be written: the process that writes it got stuck after ${this.#reached}, and did nothing for ${seconds} seconds.`,
          { remedy: 'Check the disk, or choose another one.' },
        ),
      ended: (error) => {
        this.#failure = { error };
        this.#wake?.();
      },
    });
    if (this.#process.start()) {
      const { container, picture, sound, subtitles, fonts = [] } = tracks;
      this.#process.send(
        {
          ...{ type: 'open', target, path, container, picture, subtitles },
          sound: sound && writtenSound(sound),
          fonts: fonts.map(({ font }) => font),
        },
        Buffer.concat(fonts.map(({ file }) => file)),
      );
    }
  }

  /** Process id of the process that writes. */
  get processId(): number | undefined {
    return this.#process.processId;
  }

  async addPicture(
    draw: (bytes: Uint8Array<ArrayBuffer>) => void,
    timestampSeconds: number,
    durationSeconds: number,
  ): Promise<void> {
    const picture = this.#free.pop() ?? new Uint8Array(this.#pictureBytes);
    draw(picture);
    await this.#add({ type: 'picture', timestampSeconds, durationSeconds }, picture);
    this.#reachedSeconds = timestampSeconds + durationSeconds;
  }

  async addSound(channels: readonly Float32Array[]): Promise<void> {
    const [{ length }] = channels;
    const samples = new Float32Array(length * channels.length);
    for (const [index, channel] of channels.entries()) samples.set(channel, index * length);
    await this.#add({ type: 'sound' }, new Uint8Array(samples.buffer));
  }

  async addPacket({ data, timestampSeconds, durationSeconds }: AudioPacket): Promise<void> {
    await this.#add({ type: 'packet', timestampSeconds, durationSeconds }, new Uint8Array(data));
  }

  /** Adds a subtitle; its time is from the start of the file. */
  async addSubtitle({ data, ...cue }: TrackCue): Promise<void> {
    await this.#add({ type: 'subtitle', ...cue }, new Uint8Array(data));
  }

  /** Adds the pictures of a packet file instead of encoding some. Their times are from the start of the video. */
  async addSegment(path: string): Promise<void> {
    await this.#add({ type: 'segment', path }, new Uint8Array(0));
  }

  async finish(): Promise<void> {
    this.#process.send({ type: 'finish' });
    const { size } = await stat(this.#path);
    await this.#until(() => this.#finished, size / SLOWEST_DISK);
    await this[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.close(new LatentSyncError('aborted', wording`Writing ${this.#name} was canceled.`));
  }

  async #add(part: WrittenPart, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const most = Math.max(BYTES_AHEAD, PICTURES_AHEAD * this.#pictureBytes);
    await this.#until(() => this.#sent.length === 0 || this.#sentBytes + bytes.length <= most);
    this.#sent.push({ byteLength: bytes.length, ...(part.type === 'picture' && { picture: bytes }) });
    this.#sentBytes += bytes.length;
    this.#process.send(part, bytes);
  }

  /** Waits until something is so, or nothing more can come. */
  async #until(isSo: () => boolean, extraSeconds?: number): Promise<void> {
    if (!this.#failure && !isSo()) {
      await this.#process.waitFor(async () => {
        while (!this.#failure && !isSo()) await new Promise<void>((resolve) => (this.#wake = resolve));
      }, extraSeconds);
    }
    if (this.#failure) throw this.#failure.error;
  }

  #receive(message: FromWritingHost): void {
    switch (message.type) {
      case 'started':
        return;
      case 'taken': {
        const { byteLength, picture } = this.#sent.shift()!;
        this.#sentBytes -= byteLength;
        if (picture) this.#free.push(picture);
        break;
      }
      case 'finished':
        this.#finished = true;
        break;
      case 'failed': {
        const { fault, systemCode, error } = message;
        if (error) this.#process.fail(new LatentSyncError(error.code, error.problem, { remedy: error.remedy?.text }));
        else if (systemCode !== undefined) this.#process.fail(Object.assign(new Error(fault), { code: systemCode }));
        else {
          const problem = wording`${this.#name} cannot be written: ${fault}.`;
          this.#process.fail(new LatentSyncError('runtime-failed', problem, { remedy: TRY_AGAIN }));
        }
      }
    }
    this.#wake?.();
  }

  get #reached(): string {
    return `${this.#reachedSeconds.toFixed(2)} seconds of video`;
  }
}

function writtenSound(sound: SoundTrack): WrittenSound {
  const { type, codec, language } = sound;
  if (type === 'encoded')
    return { type, codec, language, sampleRate: sound.sampleRate, numberOfChannels: sound.numberOfChannels };
  const { sampleRate, numberOfChannels, description } = sound.config;
  const { runUpSeconds } = sound;
  return { type, codec, language, sampleRate, numberOfChannels, description: [...bytesOf(description)], runUpSeconds };
}

function bytesOf(source: AllowSharedBufferSource | undefined): Uint8Array {
  if (source === undefined) return new Uint8Array(0);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
