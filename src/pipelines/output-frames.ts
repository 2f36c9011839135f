// The frames of the output before lip-sync: those of the video that a timeline names, in its order and at its times.
import type { FrameSchedule } from '../media/frame-timing.ts';
import type { FramesOptions } from '../media/video-reader.ts';
import type { Timeline, TimelineRun } from './timeline.ts';

/** How {@link outputFrames} reads. */
export interface OutputFramesOptions {
  /** Number of the first frame that is wanted. Default 0. */
  fromFrame?: number;
  signal?: AbortSignal;
}

/**
 * Yields the frames of a timeline from one on, with their numbers and times in the output. Memory does not grow with their number.
 *
 * @param read - reads frames of the video, or its pictures.
 */
export async function* outputFrames<Frame extends { index: number }>(
  read: (options: FramesOptions) => AsyncIterable<Frame>,
  timeline: Timeline,
  { fromFrame = 0, signal }: OutputFramesOptions = {},
): AsyncGenerator<Frame> {
  for (const run of timeline.runs(fromFrame)) {
    const { reversed } = run;
    const numberOf = inReadingOrder(run);
    const schedule: FrameSchedule = {
      count: run.end - run.first,
      sourceIndex: (slot) => timeline.sourceIndex(numberOf(slot)),
      timestamp: (slot) => timeline.timestamp(numberOf(slot)),
      duration: (slot) => timeline.duration(numberOf(slot)),
    };
    for await (const frame of read({ schedule, reversed, signal })) {
      yield { ...frame, index: numberOf(frame.index) };
    }
  }
}

/** Returns which frame of the output comes where in the order of the video, in which readers count. */
function inReadingOrder({ first, end, reversed }: TimelineRun): (slot: number) => number {
  return reversed ? (slot) => end - 1 - slot : (slot) => first + slot;
}
