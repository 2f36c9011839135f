// Streaming video writer: RGBA frames [H,W,4] and a sound track → MP4 with H.264 (4:2:0, 8 bit) and AAC.
import { Mp4OutputFormat, Output, type Target, type VideoSource } from 'mediabunny';
import { checkInteger, checkNumber } from '../util/assert.ts';
import type { AudioReader } from './audio-reader.ts';
import { addAudioTrack, type AudioTrackWriter, type CreateAudioEncoder } from './audio-track-writer.ts';
import { i420ByteLength, rgbaToEvenI420, yuvEncodingOf, type YuvEncoding } from './yuv.ts';

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

/** Turns I420 pictures into packets of one video track. */
export interface VideoTrackEncoder {
  /** Where the packets come out. */
  readonly source: VideoSource;
  /** Encodes a picture of even size; reads it before resolving. */
  encode(i420: Uint8Array<ArrayBuffer>, timestampSeconds: number, durationSeconds: number): Promise<void>;
  /** Emits what is still inside. */
  flush(): Promise<void>;
  /** Frees the encoder. */
  close(): void;
}

/** What an encoder is made for. */
export interface VideoTrackEncoderOptions {
  /** Even numbers of pixels. */
  width: number;
  height: number;
  frameRate: number;
  /** CRF, 0–51. */
  quality: number;
  /** The encoding of the I420 values. */
  encoding: YuvEncoding;
  /** The tags to write. */
  colorSpace: VideoColorSpaceInit;
}

/** Where and how {@link createVideoWriter} writes. */
export interface VideoWriterPlatform {
  target: Target;
  createEncoder: (options: VideoTrackEncoderOptions) => Promise<VideoTrackEncoder>;
  /** Whether the index goes to the front by holding the file in memory; otherwise it comes last. */
  holdInMemory: boolean;
  createAudioEncoder: CreateAudioEncoder;
}

/** Seconds between key frames, which players can seek to. */
export const KEY_FRAME_SECONDS = 2;

/**
 * Starts an MP4 file on a target.
 *
 * @throws RangeError when an option is out of range.
 */
export async function createVideoWriter(
  options: VideoWriterOptions,
  { target, createEncoder, createAudioEncoder, holdInMemory }: VideoWriterPlatform,
): Promise<VideoWriter> {
  const width = checkInteger('options.width', options.width, 1, 16384);
  const height = checkInteger('options.height', options.height, 1, 16384);
  const frameRate = checkNumber('options.frameRate', options.frameRate, 0.01, 1000);
  const quality = checkNumber('options.quality', options.quality ?? 17, 0, 51);
  const colorSpace = options.colorSpace ?? {};
  const encoding = yuvEncodingOf(colorSpace, width, height);
  const evenWidth = width + (width & 1);
  const evenHeight = height + (height & 1);

  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: holdInMemory ? 'in-memory' : false }),
    target,
  });
  const encoder = await createEncoder({
    width: evenWidth,
    height: evenHeight,
    frameRate,
    quality,
    encoding,
    colorSpace,
  });
  let audio: AudioTrackWriter | undefined;
  try {
    output.addVideoTrack(encoder.source, options.variableFrameRate ? {} : { frameRate });
    audio = options.audio && (await addAudioTrack(output, options.audio, createAudioEncoder));
    await output.start();
    return new Mp4VideoWriter(output, encoder, audio, width, height, encoding);
  } catch (error) {
    encoder.close();
    await audio?.close();
    throw error;
  }
}

class Mp4VideoWriter implements VideoWriter {
  readonly #output: Output;
  readonly #encoder: VideoTrackEncoder;
  readonly #audio: AudioTrackWriter | undefined;
  readonly #width: number;
  readonly #height: number;
  readonly #encoding: YuvEncoding;
  readonly #i420: Uint8Array<ArrayBuffer>;
  #endSeconds = 0;
  #lastTimestamp = -Infinity;
  #state: 'open' | 'finished' | 'closed' = 'open';
  /** The step in progress; the encoder must not be freed during it. */
  #step: Promise<void> = Promise.resolve();

  constructor(
    output: Output,
    encoder: VideoTrackEncoder,
    audio: AudioTrackWriter | undefined,
    width: number,
    height: number,
    encoding: YuvEncoding,
  ) {
    this.#output = output;
    this.#encoder = encoder;
    this.#audio = audio;
    this.#width = width;
    this.#height = height;
    this.#encoding = encoding;
    this.#i420 = new Uint8Array(i420ByteLength(width + (width & 1), height + (height & 1)));
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
    rgbaToEvenI420(data, this.#width, this.#height, this.#encoding, this.#i420);
    await this.#encoder.encode(this.#i420, timestampSeconds, durationSeconds);
    this.#lastTimestamp = timestampSeconds;
    this.#endSeconds = timestampSeconds + durationSeconds;
    // Sound goes into the file along with the pictures of its time, so that players need not seek.
    await this.#audio?.writeUntil(this.#endSeconds);
  }

  async #finish(): Promise<void> {
    this.#checkOpen();
    if (this.#endSeconds === 0) throw new Error('A video needs at least one frame before finish().');
    this.#state = 'finished';
    await this.#encoder.flush();
    await this.#audio?.finish();
    await this.#output.finalize();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#step.catch(() => undefined);
    if (this.#output.state !== 'finalized') await this.#output.cancel();
    this.#encoder.close();
    await this.#audio?.close();
  }

  #checkOpen(): void {
    if (this.#state !== 'open') throw new Error('The video is finished or closed; nothing can be added.');
  }
}
