// Streaming video writer: pictures, as planes or RGBA [H,W,4], and a sound track → a file, by whatever encodes and writes it.
import { checkInteger, checkNumber } from '../util/assert.ts';
import { I420, pictureByteLength, planeSizes, RGBA, bytesPerSample, type PictureFormat } from '../tensor/picture.ts';
import type { AudioPacket, AudioReader } from './audio-reader.ts';
import { soundTrackOf, writeAudioTrack, type AudioTrackWriter, type SoundTrack } from './audio-track-writer.ts';
import { yuvEncodingOf, type YuvEncoding } from '../tensor/yuv-encoding.ts';
import { copyPlanes } from './copy-planes.ts';
import {
  checkEncoding,
  codecFacts,
  defaultCodec,
  encodedFormat,
  formatChanges,
  type EncodingPreset,
  type VideoCodec,
} from './encoded-formats.ts';
import type { VideoContainer } from './output-containers.ts';
import type { FontFile } from './other-streams.ts';
import { tagsOf, type PictureTags } from './picture-tags.ts';
import type { SubtitleTrack } from './subtitle-formats.ts';
import { rgbaToEvenI420 } from './yuv.ts';

/** What to write. */
export interface VideoWriterOptions {
  /** Pixels of every frame, as stored. Odd sizes become one pixel larger, with the edge repeated, where the codec has none. */
  width: number;
  height: number;
  /** Frames per second: the exact rate, or the average one when `variableFrameRate`. */
  frameRate: number;
  /** Keeps every frame's own time instead of moving it to the grid of `frameRate`. Default false. */
  variableFrameRate?: boolean;
  /** How long a frame with a time of its own is shown at most: decides how finely times are counted. Default: an hour. */
  longestFrameSeconds?: number;
  /** Constant quality, for every codec as x264 counts it (CRF): 0 is lossless, 51 the worst. Default 17, visually lossless. */
  quality?: number;
  /** Loses nothing of the planes that the codec holds. Default false, but FFV1 never loses anything. */
  lossless?: boolean;
  /** What the frames are. Planes are encoded as they are, unless the codec has no such format. Default: RGBA, which becomes 4:2:0. */
  format?: PictureFormat;
  /** What to say of planes, normally the source's. Default: as `colorSpace`, upright, with square pixels. */
  tags?: PictureTags;
  /** Color tags to encode RGBA with and to write, normally the source's. Default: BT.709 or BT.601 by size, untagged. */
  colorSpace?: VideoColorSpaceInit;
  /** Default: H.264 for 8 bits, HEVC for more, and VP9 in WebM. */
  codec?: VideoCodec;
  /** How much time the encoder takes to make the file smaller. Default `fast`. */
  encodingPreset?: EncodingPreset;
  /** Seconds from key frame to key frame, which players can seek to. Default 2. */
  keyframes?: number;
  /** Sound from its start on, cut to the length of the video: copied where the container holds it, or else encoded as AAC, in WebM as Opus. */
  audio?: AudioReader;
}

/** One frame to write. */
export interface FrameToWrite {
  /** Planes one after another, or RGBA [H,W,4], whose alpha is ignored; read before `add` resolves and free to be reused afterward. */
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
  /** Pixels as they are encoded. */
  width: number;
  height: number;
  /** How pictures come, and how they are encoded. */
  format: PictureFormat;
  encoded: PictureFormat;
  codec: VideoCodec;
  frameRate: number;
  variableFrameRate: boolean;
  longestFrameSeconds: number;
  /** CRF of x264, 0–51. */
  quality: number;
  lossless: boolean;
  encodingPreset: EncodingPreset;
  /** Pictures from key frame to key frame, at most. */
  keyFrameInterval: number;
  /** How RGBA becomes I420. */
  encoding: YuvEncoding;
  /** The tags to write. */
  colorSpace: VideoColorSpaceInit;
  tags: PictureTags;
}

/** What a file is to contain. */
export interface VideoTracks {
  container: VideoContainer;
  picture: PictureTrack;
  sound: SoundTrack | undefined;
  subtitles?: readonly SubtitleTrack[];
  fonts?: readonly { readonly font: FontFile; readonly file: Uint8Array }[];
}

/** A file in the making: encoders and a muxer, wherever they run. Disposing of it ends all work at once. */
export interface VideoOutput extends AsyncDisposable {
  /** Encodes a picture, which `draw` writes in the track's format and size. Resolves when another may come. */
  addPicture(
    draw: (bytes: Uint8Array<ArrayBuffer>) => void,
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

/** Seconds between key frames where nothing else is asked for. */
const KEY_FRAME_SECONDS = 2;

/** {@link VideoWriterOptions.quality} where nothing else is asked for. */
const DEFAULT_QUALITY = 17;

/**
 * Starts a video.
 *
 * @throws RangeError when an option is out of range, or the codec cannot do what is asked of it in the container.
 */
export async function createVideoWriter(
  options: VideoWriterOptions,
  container: VideoContainer,
  openOutput: (tracks: VideoTracks) => VideoOutput | Promise<VideoOutput>,
): Promise<VideoWriter> {
  const { audio } = options;
  const picture = pictureTrackOf(options, container);
  const sound = audio && (await soundTrackOf(audio, container));
  const output = await openOutput({ container, picture, sound });
  const soundWriter = audio && sound && writeAudioTrack(audio, sound, output);
  return new OutputWriter(output, soundWriter, drawing(options, picture));
}

/**
 * Returns the track of a video's pictures.
 *
 * @throws RangeError when an option is out of range, or the codec cannot do what is asked of it in the container.
 */
export function pictureTrackOf(options: VideoWriterOptions, container: VideoContainer): PictureTrack {
  const width = checkInteger('options.width', options.width, 1, 16384);
  const height = checkInteger('options.height', options.height, 1, 16384);
  // As far as frames of a file can be apart: from an hour to a millisecond.
  const frameRate = checkNumber('options.frameRate', options.frameRate, 1e-4, 1100);
  const quality = checkNumber('options.quality', options.quality ?? DEFAULT_QUALITY, 0, 51);
  const keyframes = checkNumber('options.keyframes', options.keyframes ?? KEY_FRAME_SECONDS, 0.01, 600);
  const {
    colorSpace = {},
    variableFrameRate = false,
    longestFrameSeconds = 3600,
    format = RGBA,
    encodingPreset = 'fast',
  } = options;
  const { codec = defaultCodec(container, format.depth) } = options;
  checkEncoding({ ...options, codec }, container);
  const { lossless: losslessKind, anySize } = codecFacts[codec];
  const lossless = options.lossless === true || quality === 0 || losslessKind === 'always';
  const encoding = yuvEncodingOf(colorSpace, width, height);
  const given = format.colors === 'rgba' ? I420 : format;
  const encoded = encodedFormat(given, { codec, container, lossless });
  const [unitX, unitY] = anySize ? [1, 1] : encoded.chromaShift.map((shift) => 2 ** shift);
  return {
    width: Math.ceil(width / unitX) * unitX,
    height: Math.ceil(height / unitY) * unitY,
    format: given,
    encoded,
    codec,
    frameRate,
    variableFrameRate,
    longestFrameSeconds,
    quality,
    lossless,
    encodingPreset,
    keyFrameInterval: Math.max(1, Math.round(frameRate * keyframes)),
    encoding,
    colorSpace,
    tags: options.tags ?? tagsOf(colorSpace, encoding.fullRange),
  };
}

/** Returns, in words, what of the given pictures is lost or changed in the track that is made of them; nothing where all is kept. */
export function pictureChanges({ width, height, format = RGBA }: VideoWriterOptions, track: PictureTrack): string[] {
  const changes = format.colors === 'rgba' ? [] : formatChanges(format, track.encoded);
  if (track.width !== width || track.height !== height) {
    changes.push(`${width}×${height} pixels become ${track.width}×${track.height}`);
  }
  return changes;
}

/** Returns what writes a frame in the format and size of its track. */
function drawing({ width, height, format = RGBA }: VideoWriterOptions, track: PictureTrack): DrawFrame {
  if (format.colors === 'rgba') {
    return (data, bytes) => {
      rgbaToEvenI420(data, width, height, track.encoding, bytes);
    };
  }
  const expected = pictureByteLength(format, width, height);
  const from = planeSizes(format, width, height);
  const to = planeSizes(format, track.width, track.height);
  return (data, bytes) => {
    if (data.length !== expected) {
      throw new RangeError(
        `A frame of ${width}×${height} pixels has ${expected} bytes in its format (got ${data.length}).`,
      );
    }
    copyPlanes(data, from, bytes, to, bytesPerSample(format));
  };
}

type DrawFrame = (data: FrameToWrite['data'], bytes: Uint8Array) => void;

class OutputWriter implements VideoWriter {
  readonly #output: VideoOutput;
  readonly #audio: AudioTrackWriter | undefined;
  readonly #draw: DrawFrame;
  #endSeconds = 0;
  #lastTimestamp = -Infinity;
  #state: 'open' | 'finished' | 'closed' = 'open';
  #step: Promise<void> = Promise.resolve();

  constructor(output: VideoOutput, audio: AudioTrackWriter | undefined, draw: DrawFrame) {
    this.#output = output;
    this.#audio = audio;
    this.#draw = draw;
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
    const draw = (bytes: Uint8Array): void => {
      this.#draw(data, bytes);
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
