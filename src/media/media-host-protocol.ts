// What the process that reads media (media-host-node.ts) and the one that asks it (media-process-node.ts) tell each other.
import type { ErrorCode } from '../util/errors.ts';
import type { TimeLimits } from './frame-times.ts';
import type { ContainerDescription } from './media-description.ts';
import type { FoundWarning } from './media-warning.ts';
import type { OtherStream } from './other-streams.ts';
import type { PictureFormat } from '../tensor/picture.ts';
import type { PictureTags } from './picture-tags.ts';
import type { WrongStreamFacts } from './stream-choice.ts';
import type { Deinterlacing } from './stream-options.ts';
import type { SubtitleCodec } from './subtitle-formats.ts';

/** Where the media process gets the bytes of a file from. */
export type HostSource =
  /** It opens the file itself. `extension` helps to recognize formats without a signature. */
  | { path: string; extension: string }
  /** It asks the other process for them, part by part. */
  | { size: number; extension: string };

/** The numbers of the streams to read; the best ones where they are left out. */
export interface HostStreams {
  video?: number;
  audio?: number;
}

/** A request, which is answered by any number of items, then an end or an error; all with its id. */
export type MediaRequest =
  /** Describes the whole file: one item, {@link FileDescription}. */
  | { type: 'describe-file' }
  /** Describes the video track: one item, {@link VideoDescription}, with the times of the frames as 64-bit floats, then for each a byte: 1 where it repeats the one before. */
  | { type: 'describe-video' }
  /** Describes the sound track: one item, {@link AudioDescription}. */
  | { type: 'describe-audio' }
  /** Decodes the video from the frame that is shown at a time, in the file's own seconds: {@link FrameHeader}, with its pixels. */
  | ({ type: 'frames' } & FramesRequest)
  /** Decodes the sound: {@link SoundHeader}, with 32-bit floats, channel by channel. */
  | { type: 'sound'; sampleRate: number; numberOfChannels: number }
  /** Reads the packets of the sound: {@link PacketHeader}, with the packet. */
  | { type: 'packets' }
  /** Reads subtitles: {@link SubtitleHeader}, with the packet; at the end one item with the number of those that are `lost`. */
  | ({ type: 'subtitles' } & SubtitlesRequest)
  /** Reads fonts: an empty item for each, with the file. */
  | { type: 'fonts'; streams: number[] }
  /** Lists what FFmpeg can decode, whatever the file: one item, {@link MediaDecoders}. */
  | { type: 'list-decoders' };

/** How frames are read. */
export interface FramesRequest {
  /** In the file's own time. */
  fromSeconds: number;
  width: number;
  height: number;
  /** As these planes, instead of something that becomes RGBA. */
  format?: PictureFormat;
  deinterlace: Deinterlacing;
}

/** Which subtitles are read, and as what. Times are in the file's own time. */
export interface SubtitlesRequest {
  tracks: { stream: number; from: SubtitleCodec; to: SubtitleCodec }[];
  fromSeconds: number;
  toSeconds: number;
}

/** What goes to the media process. */
export type ToHost =
  | { type: 'open'; source: HostSource; streams: HostStreams; limits: HostLimits }
  /** Starts a request. `credit` items may be sent before the first is taken. */
  | { type: 'start'; id: number; request: MediaRequest; credit: number }
  /** An item was taken: one more may be sent. */
  | { type: 'more'; id: number }
  /** The rest is not wanted. */
  | { type: 'stop'; id: number }
  /** The answer to {@link FromHost} of type `read`, with the bytes. */
  | { type: 'bytes'; read: number };

/** Limits on what a file may make the media process do. */
export interface HostLimits extends TimeLimits {
  /** Pixels of a picture. */
  pixels: number;
  /** Streams of a file. */
  streams: number;
}

/** What comes from the media process: a header, which may be followed by bytes. */
export type FromHost =
  | { type: 'item'; id: number; item: object }
  | { type: 'end'; id: number }
  | { type: 'error'; id: number; error: HostFault }
  /** It is alive and getting on. */
  | { type: 'progress' }
  /** It wants bytes of the file. */
  | { type: 'read'; read: number; offset: number; length: number };

/** Why a request failed. The fault continues the sentence that the file's name begins; an error of the file system has its code. */
export interface HostFault {
  code: Extract<
    ErrorCode,
    | 'media-encrypted'
    | 'media-unreadable'
    | 'no-video-track'
    | 'no-audio-track'
    | 'video-undecodable'
    | 'audio-undecodable'
    | 'audio-empty'
  >;
  fault: string;
  remedy: string;
  systemCode?: string;
  /** A stream was asked for that the file does not have; `streams` lists those that it has. */
  wrongStream?: WrongStreamFacts;
}

/** What the media process finds out about a file, and which of its streams are read. */
export interface FileDescription {
  container: ContainerDescription;
  video?: number;
  audio?: number;
  /** Whether any of the first frames of the video is marked as interlaced. */
  interlaced: boolean;
}

/** What the media process finds out about a video track. Times are in seconds, in the file's own time. */
export interface VideoDescription {
  codedWidth: number;
  codedHeight: number;
  /** Size with square pixels, before rotation. */
  squareWidth: number;
  squareHeight: number;
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
  codec: string;
  /** The planes in which its pictures keep what they have. */
  format: PictureFormat;
  tags: PictureTags;
  /** What streams the file has beside its pictures and sound. */
  otherStreams: OtherStream[];
  colorSpace: VideoColorSpaceInit;
  hasAudio: boolean;
  /** When the sound begins, if that is known. */
  otherStart?: number;
  /** Whether the pictures may be transparent, which frames that become RGBA do not show. */
  hasAlpha: boolean;
  /** End of the last frame. */
  end: number;
  warnings: FoundWarning[];
}

/** What the media process finds out about a sound track. */
export interface AudioDescription {
  sampleRate: number;
  numberOfChannels: number;
  /** Seconds, in the file's own time. */
  originSeconds: number;
  /** When the picture begins, if there is one and that is known. */
  otherStart?: number;
  durationSeconds: number;
  codec: string;
  /** ISO 639-2. */
  language?: string;
  /** Whether the file is shorter than its header says. */
  isCutOff: boolean;
  /** How long the sound should be, where the container says so for sure. */
  promisedSeconds?: number;
  /** For AAC and Opus, whose packets can be copied: the description is an AudioSpecificConfig, or an OpusHead. */
  packetConfig?: { codec: string; sampleRate: number; numberOfChannels: number; description: number[] };
}

/** The codecs that FFmpeg decodes, by their short names, in alphabetical order. */
export interface MediaDecoders {
  video: string[];
  audio: string[];
}

/** What comes with a frame. */
export interface FrameHeader {
  /** In the file's own time. */
  seconds: number;
  /** It was not decoded as it should be. */
  damaged?: true;
  /** Color tags of the frame itself, as far as it has any. */
  matrix?: VideoColorSpaceInit['matrix'];
  fullRange?: boolean;
  /** Whether the pixels are RGBA, with any alpha; otherwise they are 8-bit 4:2:0. */
  isRgba?: boolean;
}

/** What comes with a piece of sound. */
export interface SoundHeader {
  /** In the file's own time. */
  seconds: number;
  samples: number;
}

/** What comes with a packet. */
export interface PacketHeader {
  /** In the file's own time. */
  seconds: number;
  durationSeconds: number;
}

/** What comes with a subtitle. Seconds are from the start of the part that was asked for. */
export interface SubtitleHeader {
  /** Which of the tracks that were asked for. */
  track: number;
  start: number;
  /** 0 where only the next one ends it. */
  duration: number;
  /** WebVTT: what it is called, and how it is shown. */
  identifier?: string;
  settings?: string;
}
