// Streaming video writer: RGBA frames [H,W,4] and a sound track → MP4 with H.264 (4:2:0, 8 bit) and AAC.
import { checkInteger, checkNumber } from '../util/assert.ts';
import type { AudioPacket, AudioReader } from './audio-reader.ts';
import { soundTrackOf, writeAudioTrack, type AudioTrackWriter, type SoundTrack } from './audio-track-writer.ts';
import { rgbaToEvenI420, yuvEncodingOf, type YuvEncoding } from './yuv.ts';

/** What to write. */
export interface VideoWriterOptions {
  /** Pixels of every frame. Odd sizes are written one pixel larger, with the edge repeated: 4:2:0 has no odd sizes. */
  width: number;
  height: number;
  /** Frames per second: the exact rate, or the average one when `variableFrameRate`. */
  frameRate: number;
  /** Keeps every frame's own time instead of moving it to the grid of `frameRate`. Default false. */
  variableFrameRate?: boolean;
  /** Constant quality as x264 counts it (CRF): 0 is lossless, 51 the worst. Default 17, visually lossless. */
  quality?: number;
  /** Color tags to encode with and to write, normally the source's. Default: BT.709 or BT.601 by size, untagged. */
  colorSpace?: VideoColorSpaceInit;
  /** Sound from its start on, cut to the length of the video. AAC is copied, anything else encoded as AAC. */
  audio?: AudioReader;
}

/** One frame to write. */
export interface FrameToWrite {
  /** RGBA [H,W,4]; read before `add` resolves and free to be reused afterward. Alpha is ignored. */
  data: Uint8Array | Uint8ClampedArray;
  timestampSeconds: number;
  durationSeconds: number;
}

/** A video file being written. Disposing of it before {@link VideoWriter.finish} leaves nothing behind. */
export interface VideoWriter extends AsyncDisposable {
  /** Encodes the next frame, in order of time; resolves when the encoder can take another. */
  add(frame: FrameToWrite): Promise<void>;
  /** Completes the file. It is an error to finish without any frame. */
  finish(): Promise<void>;
}

/** The pictures of a file. */
export interface PictureTrack {
  /** Even numbers of pixels. */
  width: number;
  height: number;
  frameRate: number;
  variableFrameRate: boolean;
  /** CRF, 0–51. */
  quality: number;
  /** The encoding of the I420 values. */
  encoding: YuvEncoding;
  /** The tags to write. */
  colorSpace: VideoColorSpaceInit;
}

/** What a file is to contain. */
export interface VideoTracks {
  picture: PictureTrack;
  sound: SoundTrack | undefined;
}

/** A file in the making: encoders and a muxer, wherever they run. Disposing of it ends all work at once. */
export interface VideoOutput extends AsyncDisposable {
  /** Encodes a picture, which `draw` writes as I420 of even size. Resolves when another may come. */
  addPicture(
    draw: (i420: Uint8Array<ArrayBuffer>) => void,
    timestampSeconds: number,
    durationSeconds: number,
  ): Promise<void>;
  /** Encodes the next piece of sound, of any length, one array per channel; reads it before resolving. */
  addSound(channels: readonly Float32Array[]): Promise<void>;
  /** Copies a packet of sound; its time is from the start of the file. */
  addPacket(packet: AudioPacket): Promise<void>;
  /** Completes the file. */
  finish(): Promise<void>;
}

/** Seconds between key frames, which players can seek to. */
export const KEY_FRAME_SECONDS = 2;

/**
 * Starts a video.
 *
 * @throws RangeError when an option is out of range.
 */
export async function createVideoWriter(
  options: VideoWriterOptions,
  openOutput: (tracks: VideoTracks) => VideoOutput | Promise<VideoOutput>,
): Promise<VideoWriter> {
  const { width, height, audio } = options;
  const picture = pictureTrackOf(options);
  const output = await openOutput({ picture, sound: audio && soundTrackOf(audio) });
  const { encoding } = picture;
  return new OutputWriter(output, audio && writeAudioTrack(audio, output), { width, height, encoding });
}

/**
 * Returns the track of a video's pictures.
 *
 * @throws RangeError when an option is out of range.
 */
export function pictureTrackOf(options: VideoWriterOptions): PictureTrack {
  const width = checkInteger('options.width', options.width, 1, 16384);
  const height = checkInteger('options.height', options.height, 1, 16384);
  const frameRate = checkNumber('options.frameRate', options.frameRate, 0.01, 1000);
  const quality = checkNumber('options.quality', options.quality ?? 17, 0, 51);
  const { colorSpace = {}, variableFrameRate = false } = options;
  return {
    width: width + (width & 1),
    height: height + (height & 1),
    frameRate,
    variableFrameRate,
    quality,
    encoding: yuvEncodingOf(colorSpace, width, height),
    colorSpace,
  };
}

class OutputWriter implements VideoWriter {
  readonly #output: VideoOutput;
  readonly #audio: AudioTrackWriter | undefined;
  readonly #layout: { width: number; height: number; encoding: YuvEncoding };
  #endSeconds = 0;
  #lastTimestamp = -Infinity;
  #state: 'open' | 'finished' | 'closed' = 'open';
  #step: Promise<void> = Promise.resolve();

  constructor(
    output: VideoOutput,
    audio: AudioTrackWriter | undefined,
    layout: { width: number; height: number; encoding: YuvEncoding },
  ) {
    this.#output = output;
    this.#audio = audio;
    this.#layout = layout;
  }

  add(frame: FrameToWrite): Promise<void> {
    return this.#next(() => this.#add(frame));
  }

  finish(): Promise<void> {
    return this.#next(() => this.#finish());
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#step = this.#step.catch(() => undefined).then(step); // the error of a step is for its own caller
    return this.#step;
  }

  async #add({ data, timestampSeconds, durationSeconds }: FrameToWrite): Promise<void> {
    this.#checkOpen();
    if (!(timestampSeconds > this.#lastTimestamp)) {
      throw new RangeError(
        `frame.timestampSeconds must be greater than the one before, ${this.#lastTimestamp} (got ${timestampSeconds}).`,
      );
    }
    const { width, height, encoding } = this.#layout;
    const draw = (i420: Uint8Array): void => {
      rgbaToEvenI420(data, width, height, encoding, i420);
    };
    await this.#output.addPicture(draw, timestampSeconds, durationSeconds);
    this.#lastTimestamp = timestampSeconds;
    this.#endSeconds = timestampSeconds + durationSeconds;
    // Sound goes into the file along with the pictures of its time, so that players need not seek.
    await this.#audio?.writeUntil(this.#endSeconds);
  }

  async #finish(): Promise<void> {
    this.#checkOpen();
    if (this.#endSeconds === 0) throw new Error('A video needs at least one frame before finish().');
    this.#state = 'finished';
    await this.#output.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#output[Symbol.asyncDispose]();
    await this.#step.catch(() => undefined);
    await this.#audio?.close();
  }

  #checkOpen(): void {
    if (this.#state !== 'open') throw new Error('The video is finished or closed; nothing can be added.');
  }
}
