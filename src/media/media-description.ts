// What is in a media file, and what becomes of it as an input: plain data, which can be written as JSON.
import type { ErrorJson } from '../util/errors.ts';
import type { MediaWarning } from './media-warning.ts';

/** A file, its streams, and how it would be used. Times are in seconds; what the file does not tell is left out. */
export interface MediaDescription extends ContainerDescription {
  /** Its name, as in errors. */
  name: string;
  /** What it gives as the video of a job, or why it cannot be that. */
  asVideo: VideoUse | MediaRefusal;
  /** What it gives as the audio of a job, or why it cannot be that. */
  asAudio: AudioUse | MediaRefusal;
}

/** What a file says of itself, and its streams. */
export interface ContainerDescription {
  bytes: number;
  /** FFmpeg's name of the format: `mov,mp4,m4a,3gp,3g2,mj2`. */
  format: string;
  /** The same in words: `QuickTime / MOV`. */
  formatName: string;
  durationSeconds?: number;
  startSeconds?: number;
  /** Bits per second. */
  bitRate?: number;
  metadata: Record<string, string>;
  streams: StreamDescription[];
}

/** A stream of a file. Its times are measured from its packets, in the file's own time. */
export interface StreamDescription {
  /** Its number in the file, from 0. */
  index: number;
  kind: 'video' | 'audio' | 'subtitle' | 'data' | 'attachment' | 'unknown';
  /** Short name of the codec: `avc`, `aac`. */
  codec: string;
  /** The codec in words. */
  codecName?: string;
  profile?: string;
  /** Whether it can be decoded here. */
  decodable: boolean;
  encrypted: boolean;
  language?: string;
  title?: string;
  /** What it is meant for: `default`, `attached picture`, `forced`, … */
  dispositions: string[];
  /** Bits per second, as the file says. */
  bitRate?: number;
  packets: number;
  /** Packets that an edit list of the file cuts away: decoded, but not shown. */
  discardedPackets: number;
  /** Packets that are marked as damaged. */
  damagedPackets: number;
  /** Start of the first packet that is shown. */
  firstSeconds?: number;
  /** Start of the last packet. */
  lastSeconds?: number;
  /** End of the last packet. */
  endSeconds?: number;
  /** For video. */
  video?: VideoProperties;
  /** For audio. */
  audio?: AudioProperties;
  metadata: Record<string, string>;
}

/** What only a video stream has. */
export interface VideoProperties {
  /** Pixels as stored. */
  codedWidth: number;
  codedHeight: number;
  /** Pixels as shown: upright, with square pixels. */
  width: number;
  height: number;
  /** Clockwise degrees that the stored pixels are turned by, then flipped from left to right. */
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
  /** Width to height of a pixel. */
  pixelAspect: [number, number];
  /** FFmpeg's name: `yuv420p10le`. */
  pixelFormat?: string;
  /** Of each color. */
  bitDepth?: number;
  hasAlpha: boolean;
  /** Color tags by FFmpeg's names, such as `bt709`; left out where the file has none. */
  colorPrimaries?: string;
  colorTransfer?: string;
  colorMatrix?: string;
  colorRange?: 'limited' | 'full';
  /** High dynamic range, by its transfer function. */
  hdr?: 'PQ' | 'HLG';
  fieldOrder?: 'progressive' | 'top first' | 'bottom first';
  /** Average frames per second. */
  frameRate?: number;
  variableFrameRate: boolean;
}

/** What only an audio stream has. */
export interface AudioProperties {
  /** Hertz. */
  sampleRate: number;
  numberOfChannels: number;
  /** Which speakers: `stereo`, `5.1(side)`. */
  channelLayout?: string;
  /** FFmpeg's name: `fltp`. */
  sampleFormat?: string;
  /** Samples that the encoder put before the sound. */
  encoderDelay?: number;
}

/** Why a stream is taken: it was asked for, there is no other, it is marked as the default, or it is the largest. */
export type ChoiceReason = 'chosen' | 'only' | 'default' | 'largest';

/** What becomes of a file as the video of a job. */
export interface VideoUse {
  stream: number;
  reason: ChoiceReason;
  /** Pixels of the output as stored, and its frames; the rate is the video's own unless another is asked for. */
  width: number;
  height: number;
  frameCount: number;
  frameRate: number;
  variableFrameRate: boolean;
  durationSeconds: number;
  /** Whether interlaced frames become whole pictures; told from the first frames. */
  deinterlaced: boolean;
  /** Codec of an MP4 file where no other is asked for, and FFmpeg's name of the format of its pictures. */
  codec: string;
  pixelFormat: string;
  /** What such a file does not keep of the pictures, in words. */
  changes: string[];
  /** The subtitles that such a file keeps: the number of the stream, and the codec, in words, as which it is written. */
  subtitles: { stream: number; codec: string; copied: boolean }[];
  warnings: MediaWarning[];
}

/** What becomes of a file as the audio of a job. */
export interface AudioUse {
  stream: number;
  reason: ChoiceReason;
  sampleRate: number;
  numberOfChannels: number;
  durationSeconds: number;
  /** Whether its packets are copied into the output; else it is encoded as AAC. */
  copied: boolean;
  warnings: MediaWarning[];
}

/** Why a file cannot be used. */
export interface MediaRefusal {
  refused: ErrorJson;
}
