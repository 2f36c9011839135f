// Streaming video readers: a media file → upright RGBA frames [H,W,4], or its pictures as stored, forward or backward, at its own or a given rate.
import type { Image8 } from '../tensor/image.ts';
import type { PictureLayout } from '../tensor/picture.ts';
import type { FrameSchedule } from './frame-timing.ts';
import type { KeptSubtitles, OtherStream } from './other-streams.ts';
import type { PictureTags } from './picture-tags.ts';
import type { ShownPart, TrackCue } from './cue-track.ts';

/** What is known about a video before its frames are decoded. */
export interface VideoInfo {
  /** Pixels of the frames that {@link VideoReader.frames} yields: upright, with square pixels. */
  width: number;
  height: number;
  /** Pixels as stored, before rotation and pixel aspect ratio. */
  codedWidth: number;
  codedHeight: number;
  /** Clockwise degrees that the stored pixels are turned by; the yielded frames are upright already. */
  rotation: 0 | 90 | 180 | 270;
  /** Average frames per second. */
  frameRate: number;
  /** Whether frames come at uneven times. */
  variableFrameRate: boolean;
  /** From the start of the first frame to the end of the last. */
  durationSeconds: number;
  frameCount: number;
  /** Short name of the codec: `avc`, `hevc`, `vp9`, … */
  codec: string;
  /** Color tags, as far as the file has any. */
  colorSpace: VideoColorSpaceInit;
  hasAudio: boolean;
}

/** The bytes of a picture. */
export type PictureBytes = Uint8ClampedArray<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** What is read of a frame. */
export type FramePixels = PictureBytes | Image8;

/** A frame, and when it is shown. */
export interface ScheduledFrame<Pixels extends FramePixels> {
  /** Position in the sequence at the rate asked for; 0 is the first frame of the file. */
  index: number;
  /** Position in the file of the frame that is shown; 0 is its first. */
  sourceIndex: number;
  /** From the start of the first frame of the file. */
  timestampSeconds: number;
  durationSeconds: number;
  /** Belongs to the receiver. */
  data: Pixels;
}

/** One upright RGBA frame, row by row, alpha 255. Its pixels belong to the receiver and may be changed. */
export interface VideoFrameData extends ScheduledFrame<Uint8ClampedArray<ArrayBuffer>> {
  width: number;
  height: number;
}

/** One picture as the file stores it: the bytes of its planes. They belong to the receiver and may be changed. */
export type VideoPictureData = ScheduledFrame<Uint8Array<ArrayBuffer>>;

/** One upright frame to be looked at: its pixels may be made only where somebody does. */
export type VideoImage = ScheduledFrame<Image8>;

/** Which frames to read. */
export interface FramesOptions {
  /** Frames chosen by their numbers in the file, at times of the caller's; `fps`, `startSeconds` and `endSeconds` do not apply. */
  schedule?: FrameSchedule;
  /** Constant frame rate to resample to; by default every frame of the file at its own time. */
  fps?: number;
  /** Frames that begin at or after this time. Default 0. */
  startSeconds?: number;
  /** Frames that begin before this time. Default: the end. */
  endSeconds?: number;
  /** Yields the same frames last to first; indices and timestamps stay those of the file. Default false. */
  reversed?: boolean;
  signal?: AbortSignal;
}

/** An open video file. */
export interface VideoReader extends AsyncDisposable {
  readonly info: VideoInfo;
  /** What the pictures of {@link VideoReader.pictures} are, and how they lie. */
  readonly layout: PictureLayout;
  /** What the file says of its pictures; undefined where that is not known. */
  readonly tags?: PictureTags;
  /** What streams the file has beside this one and the sound; undefined where that is not known. */
  readonly otherStreams?: readonly OtherStream[];
  /** What errors call the file. */
  readonly name: string;
  /** The time in the file, in seconds, of the first frame. */
  readonly originSeconds: number;
  /** How much later, in seconds, the first frame appears than the file begins; above 0 where the sound begins first. */
  readonly leadSeconds: number;
  /** When the frames of the file appear: seconds from the first one, ascending. */
  readonly timestamps: Float64Array;
  /**
   * Decodes frames on demand; memory does not grow with the length.
   *
   * A frame that cannot be decoded is replaced by the one before it, or the next at the start, and reported as a warning.
   *
   * @throws LatentSyncError `video-undecodable` when no frame can be decoded; in Node `media-crashed` or `media-stalled`, when
   * the process that decodes ends or gets stuck; `aborted` when the signal fires.
   */
  frames(options?: FramesOptions): AsyncIterable<VideoFrameData>;
  /** Like {@link VideoReader.frames}, and cheaper for who looks at parts of them only. */
  images(options?: FramesOptions): AsyncIterable<VideoImage>;
  /** Like {@link VideoReader.frames}, without turning, scaling or converting what is stored. */
  pictures(options?: FramesOptions): AsyncIterable<VideoPictureData>;
  /** Reads subtitles among {@link VideoReader.otherStreams}; undefined where they are not read. */
  subtitles?(tracks: readonly KeptSubtitles[], part: ShownPart): AsyncGenerator<TrackCue, void, undefined>;
  /** Reads fonts among {@link VideoReader.otherStreams}, whole; undefined where they are not read. */
  fonts?(streams: readonly OtherStream[]): Promise<Uint8Array[]>;
  /** Takes back the memory of a frame, an image or a picture that is no longer used, for later ones. What is kept is garbage-collected. */
  recycle(frame: { readonly data: FramePixels }): void;
}
