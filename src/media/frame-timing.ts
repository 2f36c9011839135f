// When frames are shown: frame rate and regularity of a list of timestamps, and which frame each output frame shows.

/** What a list of frame times says about a video. */
export interface FrameTiming {
  /** Average frames per second; a common rate such as 30000/1001 when the times fit it. */
  frameRate: number;
  /** Whether some frame lies more than 2 ms away from an even grid. */
  variableFrameRate: boolean;
}

const GRID_TOLERANCE = 0.002; // seconds: containers that count milliseconds round by half of one
const commonRates = [24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60, 100, 120000 / 1001, 120];

/**
 * Returns the frame rate of ascending timestamps in seconds; `lastDuration` is how long the last frame is shown.
 *
 * @throws RangeError when the list is empty.
 */
export function frameTimingOf(timestamps: Float64Array, lastDuration: number): FrameTiming {
  if (timestamps.length === 0) throw new RangeError('timestamps must not be empty.');
  const first = timestamps[0];
  const intervals = timestamps.length - 1;
  const interval = intervals > 0 ? (timestamps[intervals] - first) / intervals : lastDuration;
  if (!(interval > 0)) return { frameRate: 25, variableFrameRate: false };
  const fits = (rate: number): boolean =>
    timestamps.every((timestamp, index) => Math.abs(timestamp - first - index / rate) <= GRID_TOLERANCE);
  const average = 1 / interval;
  const common = commonRates
    .filter((rate) => Math.abs(rate - average) / rate < 0.005 && fits(rate))
    .reduce<number | undefined>(
      (best, rate) => (best !== undefined && Math.abs(best - average) <= Math.abs(rate - average) ? best : rate),
      undefined,
    );
  return { frameRate: common ?? average, variableFrameRate: common === undefined && !fits(average) };
}

/** Which frame of a file each output frame shows, and when. */
export interface FrameSchedule {
  /** Number of output frames. */
  count: number;
  /** Number of the file's frame; it does not decrease from one output frame to the next. */
  sourceIndex(slot: number): number;
  /** When it appears. Seconds. */
  timestamp(slot: number): number;
  /** For how long. Seconds. */
  duration(slot: number): number;
}

/** Returns the schedule that shows every source frame at its own time; `end` is when the last one ends. */
export function sourceSchedule(timestamps: Float64Array, end: number): FrameSchedule {
  return {
    count: timestamps.length,
    sourceIndex: (slot) => slot,
    timestamp: (slot) => timestamps[slot],
    duration: (slot) => (timestamps[slot + 1] ?? end) - timestamps[slot],
  };
}

/**
 * Returns the schedule of a constant rate: output frame k lasts from k/fps to (k+1)/fps and shows what the source shows
 * in the middle of that time, so that every frame of a source of the same rate is used once despite small jitter.
 */
export function constantRateSchedule(timestamps: Float64Array, end: number, fps: number): FrameSchedule {
  return {
    count: Math.max(1, Math.round(end * fps)),
    sourceIndex: (slot) => Math.max(0, lastAtOrBefore(timestamps, (slot + 0.5) / fps)),
    timestamp: (slot) => slot / fps,
    duration: () => 1 / fps,
  };
}

/** Two tracks that begin closer together than this begin together. Seconds. */
const TOGETHER = 0.001;
/** A track that seems to begin later than that has a time that damage made. Seconds. */
const LONGEST_LEAD = 60;

/** Returns how much later a track begins than the file: than another one, where that begins first. Seconds. */
export function leadOver(otherStart: number | undefined, start: number): number {
  const lead = otherStart === undefined ? 0 : Math.max(0, start) - Math.max(0, otherStart);
  return lead > TOGETHER && lead <= LONGEST_LEAD ? lead : 0;
}

/** Returns the index of the last ascending value that is not greater than the given one, or −1. */
export function lastAtOrBefore(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
