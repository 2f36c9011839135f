// The part of a video that an output shows: times of the file → times from the first frame, and numbers of frames.
import { lastAtOrBefore } from '../media/frame-timing.ts';
import type { VideoInfo, VideoReader } from '../media/video-reader.ts';
import { OptionError } from '../util/assert.ts';
import { option, wording } from '../util/wording.ts';

/** What a timeline needs to know of a video. */
export type TimelineSource = Pick<VideoReader, 'timestamps' | 'leadSeconds'> & {
  readonly info: Pick<VideoInfo, 'frameRate' | 'variableFrameRate' | 'durationSeconds'>;
};

/** Frames that begin so much later or earlier begin at the same time. Seconds. */
export const TOLERANCE = 0.0005;

/** The part of a video that is shown: times from its first frame, numbers of frames, and where it was asked to begin. */
export interface VideoPart {
  from: number;
  to: number;
  first: number;
  last: number;
  /** In the time of the file. */
  start: number;
}

/**
 * Returns the part between two times of the file.
 *
 * @param lead - seconds from the start of the file to the first frame.
 * @throws OptionError when nothing is between them.
 */
export function partOf(
  { timestamps, info }: TimelineSource,
  lead: number,
  { startSeconds: start = 0, endSeconds = Infinity }: { startSeconds?: number; endSeconds?: number },
): VideoPart {
  const end = Math.min(endSeconds - lead, info.durationSeconds);
  const from = start - lead;
  if (from >= info.durationSeconds - TOLERANCE) {
    throw new OptionError('start', `be before the end of the video, ${seconds(info.durationSeconds + lead)}`, start);
  }
  // The part begins with the frame that is shown at its start, and ends with the last that appears before its end.
  const first = Math.max(0, lastAtOrBefore(timestamps, from + TOLERANCE));
  const last = lastAtOrBefore(timestamps, end - TOLERANCE);
  if (last < first || end - Math.max(from, timestamps[first]) <= TOLERANCE) {
    const rule =
      endSeconds - lead <= TOLERANCE
        ? `be after the first frame of the video, ${seconds(lead)}`
        : wording`be after ${option('start')}, ${seconds(start)}`;
    throw new OptionError('end', rule, endSeconds);
  }
  // Frames at uneven times can be cut anywhere, even ones are whole.
  return info.variableFrameRate
    ? { from: Math.max(from, timestamps[first]), to: end, first, last, start }
    : { from: timestamps[first], to: timestamps[last + 1] ?? info.durationSeconds, first, last, start };
}

/** Returns seconds as messages show them. */
export function seconds(value: number): string {
  return `${Number(value.toFixed(3))} s`;
}
