// What the process that writes media (writing-host-node.ts) and the one that gives it pictures and sound tell each other.
import type { ErrorJson } from '../util/errors.ts';
import type { SoundCodec, VideoContainer } from './output-containers.ts';
import type { FontFile } from './other-streams.ts';
import type { SubtitleHeader } from './media-host-protocol.ts';
import type { SubtitleTrack } from './subtitle-formats.ts';
import type { PictureTrack } from './video-writer.ts';

/** The sound of a file. */
export type WrittenSound = {
  /** ISO 639-2. */
  language?: string;
} &
  /** Packets come. The description is an AudioSpecificConfig, or an OpusHead. */
  (
    | {
        type: 'copied';
        codec: SoundCodec;
        sampleRate: number;
        numberOfChannels: number;
        description: number[];
        runUpSeconds: number;
      }
    /** Samples come. */
    | { type: 'encoded'; codec: SoundCodec; sampleRate: number; numberOfChannels: number }
  );

/** What goes to the process, in this order: `open`, any number of parts, `finish`. */
export type ToWritingHost =
  | {
      type: 'open';
      /** A video, or a packet file (packet-file-node.ts), which has no sound. */
      target: 'video' | 'segment';
      /** Of an empty file. */
      path: string;
      container: VideoContainer;
      picture: PictureTrack;
      sound?: WrittenSound;
      subtitles?: readonly SubtitleTrack[];
      /** Their files follow, one after another. */
      fonts?: readonly FontFile[];
    }
  | WrittenPart
  | { type: 'finish' };

/** A part of the file, followed by its bytes. */
export type WrittenPart =
  /** Planes in the format and size of the track. */
  | { type: 'picture'; timestampSeconds: number; durationSeconds: number }
  /** 32-bit floats, channel by channel. */
  | { type: 'sound' }
  /** The encoded pictures of a packet file. */
  | { type: 'segment'; path: string }
  /** Its time is from the start of the file. */
  | ({ type: 'subtitle' } & SubtitleHeader)
  /** The time is from the start of the file. */
  | { type: 'packet'; timestampSeconds: number; durationSeconds: number };

/** What comes from the process. */
export type FromWritingHost =
  /** It has started. */
  | { type: 'started' }
  /** The next part, in order, is encoded. */
  | { type: 'taken' }
  /** The file is complete. */
  | { type: 'finished' }
  /** Nothing more will come. An error of the file system has its code; one of the library is passed on. */
  | { type: 'failed'; fault: string; systemCode?: string; error?: ErrorJson };
