// Options for reading media files: which streams, and how interlaced video is shown.
import { defineOptions } from '../util/option-table.ts';

/** What is done with interlaced video. */
export type Deinterlacing = 'auto' | 'on' | 'off';

const deinterlacing: readonly Deinterlacing[] = ['auto', 'on', 'off'];

/** Which streams of a file are read, and how. */
export interface StreamOptions {
  /** Number of the video stream in its file, 0 or more. Default: the best one. */
  videoStream?: number;
  /** Number of the audio stream in its file, 0 or more. Default: the best one. */
  audioStream?: number;
  /**
   * `auto`: frames that are marked as interlaced become whole pictures. `on`: all frames, for video that lacks the mark.
   * `off`: none, for video that has the mark by mistake. Default `auto`.
   */
  deinterlace?: Deinterlacing;
}

const STREAM_COUNT_BOUND = Number.MAX_SAFE_INTEGER;

/** The options of {@link StreamOptions}. */
export const streamOptions = defineOptions({
  videoStream: {
    type: 'integer',
    group: 'Files',
    min: 0,
    max: STREAM_COUNT_BOUND,
    defaultText: 'the best one',
    text:
      'Number of the video stream, for a file with several. All streams of a file are counted, from 0, as ffmpeg does. The best ' +
      'one is the largest, unless another is marked as the default.',
  },
  audioStream: {
    type: 'integer',
    group: 'Files',
    min: 0,
    max: STREAM_COUNT_BOUND,
    defaultText: 'the best one',
    text:
      'Number of the audio stream, for a file with several, counted like those of video. The best one is marked as the default, ' +
      'or has the most channels.',
  },
  deinterlace: {
    type: 'choice',
    group: 'Files',
    choices: deinterlacing,
    default: 'auto',
    text:
      'Make whole pictures of interlaced frames: of those that are marked as interlaced (auto), of all (on, where the mark is ' +
      'missing), or of none (off, where the mark is wrong).',
  },
});
