// Which frames of a video are yielded, and when: the part of reading that is the same whoever decodes.
import { OptionError } from '../util/assert.ts';
import type { LatentSyncError } from '../util/errors.ts';
import { constantRateSchedule, lastAtOrBefore, sourceSchedule, type FrameSchedule } from './frame-timing.ts';
import { unreadable } from './media-input.ts';
import type { FramesOptions, VideoFrameData, VideoInfo } from './video-reader.ts';

/** A decoded frame whose pixels are made when they are needed, anew each time. */
export interface DecodedFrame {
  /** From the start of the first frame of the file. */
  seconds: number;
  /** Returns upright RGBA that belongs to the receiver. */
  toRgba(): Promise<VideoFrameData['data']>;
  close(): void;
}

/** What ends the frames of a file. */
export interface FramesEnd {
  /** Whether the file ends before its index says. */
  truncated: boolean;
}

/** What is decoded, and what is known of it. */
export interface FrameDecoder {
  readonly info: VideoInfo;
  readonly name: string;
  /** When the frames are shown: seconds from the first one, ascending. */
  readonly timestamps: Float64Array;
  /**
   * Decodes the frame that is shown at a time, in seconds from the first frame, and those after it.
   */
  decode(fromSeconds: number, signal: AbortSignal | undefined): AsyncGenerator<DecodedFrame, FramesEnd, undefined>;
}

/** Frames held in memory while reading backward: limits on their number and on their total bytes. */
const REVERSED_FRAMES = 32;
const REVERSED_BYTES = 128 * 2 ** 20;

/** Yields the frames that the options ask for. */
export async function* scheduledFrames(
  decoder: FrameDecoder,
  options: FramesOptions,
): AsyncGenerator<VideoFrameData, void, undefined> {
  const { fps, startSeconds = 0, endSeconds = Infinity, reversed = false, signal } = options;
  if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
    throw new OptionError('fps', 'be a number above 0 and at most 1000', fps);
  }
  const { info, timestamps } = decoder;
  const end = info.durationSeconds;
  const schedule = fps === undefined ? sourceSchedule(timestamps, end) : constantRateSchedule(timestamps, end, fps);
  const firstSlot = firstSlotFrom(schedule, startSeconds);
  const endSlot = firstSlotFrom(schedule, endSeconds);
  if (!reversed) {
    yield* inOrder(decoder, schedule, firstSlot, endSlot, signal);
    return;
  }
  const fitting = Math.floor(REVERSED_BYTES / (4 * info.width * info.height));
  const chunkLength = Math.min(REVERSED_FRAMES, Math.max(4, fitting));
  for (let chunkEnd = endSlot; chunkEnd > firstSlot; chunkEnd -= chunkLength) {
    const chunk: VideoFrameData[] = [];
    const chunkStart = Math.max(firstSlot, chunkEnd - chunkLength);
    for await (const frame of inOrder(decoder, schedule, chunkStart, chunkEnd, signal)) chunk.push(frame);
    while (chunk.length > 0) yield chunk.pop()!;
  }
}

/** Half a millisecond: times in the file are rounded, and frames are further apart than that. */
const TOLERANCE = 0.0005;

/** A frame further from all times of frames has a time that damage made. Seconds. */
const STRAY = 0.5;

/** A frame that could not be decoded is replaced by the one before it; at the start, by the one after it. */
async function* inOrder(
  decoder: FrameDecoder,
  schedule: FrameSchedule,
  firstSlot: number,
  endSlot: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<VideoFrameData, void, undefined> {
  if (firstSlot >= endSlot) return;
  const { info, name, timestamps } = decoder;
  const frames = decoder.decode(timestamps[schedule.sourceIndex(firstSlot)], signal);
  const { width, height } = info;
  const frameOf = (slot: number, data: VideoFrameData['data']): VideoFrameData => ({
    index: slot,
    timestampSeconds: schedule.timestamp(slot),
    durationSeconds: schedule.duration(slot),
    width,
    height,
    data,
  });
  let slot = firstSlot;
  /** The frame at hand is yielded when the next one tells until when it is shown. */
  let shown: DecodedFrame | undefined;
  let rgba: VideoFrameData['data'] | undefined;
  let reached = 0;
  try {
    while (slot < endSlot) {
      const next = await frames.next();
      if (!next.done && isStray(next.value.seconds, timestamps)) {
        next.value.close();
        continue;
      }
      const upTo = next.done ? Infinity : lastAtOrBefore(timestamps, next.value.seconds + TOLERANCE);
      if (next.done && next.value.truncated) throw endsEarly(name, reached, info);
      if (next.done && !shown) throw nothingDecoded(name, info);
      shown ??= next.done ? undefined : next.value;
      for (; slot < endSlot && schedule.sourceIndex(slot) < upTo; slot++) {
        rgba ??= await shown!.toRgba();
        const again: boolean = slot + 1 < endSlot && schedule.sourceIndex(slot + 1) < upTo;
        yield frameOf(slot, again ? rgba.slice() : rgba);
      }
      if (next.done) return;
      if (next.value !== shown) {
        shown?.close();
        shown = next.value;
      }
      rgba = undefined;
      reached = shown.seconds + 1 / info.frameRate;
    }
  } finally {
    shown?.close();
    await frames.return({ truncated: false });
  }
}

function isStray(seconds: number, timestamps: Float64Array): boolean {
  const index = lastAtOrBefore(timestamps, seconds);
  const nearest = [timestamps[Math.max(0, index)], timestamps[Math.min(index + 1, timestamps.length - 1)]];
  return nearest.every((timestamp) => Math.abs(timestamp - seconds) > STRAY);
}

function nothingDecoded(name: string, { durationSeconds }: VideoInfo): LatentSyncError {
  return unreadable(
    name,
    `has no picture that can be decoded in its ${durationSeconds.toFixed(2)} seconds.`,
    'The file is damaged: copy, download or convert it again.',
  );
}

function endsEarly(name: string, reached: number, { durationSeconds }: VideoInfo): LatentSyncError {
  return unreadable(
    name,
    `ends early: its video stops after ${reached.toFixed(2)} of ${durationSeconds.toFixed(2)} seconds.`,
    'The file is truncated: copy or download it again, or trim it to that length.',
  );
}

/** Returns the first slot that begins at or after a time, or the count. */
function firstSlotFrom(schedule: FrameSchedule, seconds: number): number {
  let low = 0;
  let high = schedule.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (schedule.timestamp(middle) >= seconds - 1e-9) high = middle;
    else low = middle + 1;
  }
  return low;
}
