// Which frames of a video are yielded, and when: the part of reading that is the same whoever decodes.
import { createImage8, type Image8 } from '../tensor/image.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { Pauses } from '../util/pauses.ts';
import { wording } from '../util/wording.ts';
import type { DamageReport, FrameDamage } from './damage-report.ts';
import { constantRateSchedule, lastAtOrBefore, sourceSchedule, type FrameSchedule } from './frame-timing.ts';
import { COPY_AGAIN } from './media-fault.ts';
import type { FramePixels, FramesOptions, ScheduledFrame, VideoInfo } from './video-reader.ts';

/** A decoded frame whose pixels are made when they are needed, anew each time. */
export interface DecodedFrame<Pixels extends FramePixels> {
  /** From the start of the first frame of the file. */
  seconds: number;
  /** It was not decoded as it should be. */
  damaged?: boolean;
  /** Returns bytes, or an image, that belong to the receiver. */
  toPixels(): Promise<Pixels>;
  close(): void;
}

/** What is decoded, and what is known of it. */
export interface FrameDecoder<Pixels extends FramePixels> {
  readonly info: VideoInfo;
  /** Bytes of a picture. */
  readonly byteLength: number;
  readonly name: string;
  /** When the frames are shown: seconds from the first one, ascending. */
  readonly timestamps: Float64Array;
  /** For each frame, 1 where the one before is meant to be shown again, so that none comes. Default: none are. */
  readonly repeats?: Uint8Array;
  /** Hears of the frames that are lost or damaged. */
  readonly damage: DamageReport;
  /**
   * Decodes the frame that is shown at a time, in seconds from the first frame, and those after it.
   */
  decode(fromSeconds: number, signal: AbortSignal | undefined): AsyncGenerator<DecodedFrame<Pixels>, void, undefined>;
}

/** Frames held in memory while reading backward: limits on their number and on their total bytes. */
const REVERSED_FRAMES = 32;
const REVERSED_BYTES = 128 * 2 ** 20;

/** Yields the frames that the options ask for. */
export async function* scheduledFrames<Pixels extends FramePixels>(
  decoder: FrameDecoder<Pixels>,
  options: FramesOptions,
): AsyncGenerator<ScheduledFrame<Pixels>, void, undefined> {
  const { fps, startSeconds = 0, endSeconds = Infinity, reversed = false, signal } = options;
  if (fps !== undefined && !(fps > 0 && fps <= 1000)) {
    throw new OptionError('fps', 'be a number above 0 and at most 1000', fps);
  }
  const { info, timestamps } = decoder;
  const end = info.durationSeconds;
  const schedule =
    options.schedule ??
    (fps === undefined ? sourceSchedule(timestamps, end) : constantRateSchedule(timestamps, end, fps));
  const firstSlot = options.schedule ? 0 : firstSlotFrom(schedule, startSeconds);
  const endSlot = options.schedule ? schedule.count : firstSlotFrom(schedule, endSeconds);
  try {
    if (reversed) yield* inReverse(decoder, schedule, firstSlot, endSlot, signal);
    else yield* inOrder(decoder, schedule, firstSlot, endSlot, signal);
  } finally {
    decoder.damage.flush();
  }
}

/** Adds the size that all frames have. */
export async function* sized<Pixels extends FramePixels>(
  frames: AsyncIterable<ScheduledFrame<Pixels>>,
  size: { width: number; height: number },
): AsyncGenerator<ScheduledFrame<Pixels> & { width: number; height: number }, void, undefined> {
  for await (const frame of frames) yield { ...frame, ...size };
}

async function* inReverse<Pixels extends FramePixels>(
  decoder: FrameDecoder<Pixels>,
  schedule: FrameSchedule,
  firstSlot: number,
  endSlot: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScheduledFrame<Pixels>, void, undefined> {
  const fitting = Math.floor(REVERSED_BYTES / decoder.byteLength);
  const chunkLength = Math.min(REVERSED_FRAMES, Math.max(4, fitting));
  for (let chunkEnd = endSlot; chunkEnd > firstSlot; chunkEnd -= chunkLength) {
    const chunk: ScheduledFrame<Pixels>[] = [];
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
async function* inOrder<Pixels extends FramePixels>(
  decoder: FrameDecoder<Pixels>,
  schedule: FrameSchedule,
  firstSlot: number,
  endSlot: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScheduledFrame<Pixels>, void, undefined> {
  if (firstSlot >= endSlot) return;
  const { timestamps } = decoder;
  const firstIndex = schedule.sourceIndex(firstSlot);
  const frames = decoder.decode(timestamps[firstIndex], signal);
  const frameOf = (slot: number, data: Pixels): ScheduledFrame<Pixels> => ({
    index: slot,
    sourceIndex: schedule.sourceIndex(slot),
    timestampSeconds: schedule.timestamp(slot),
    durationSeconds: schedule.duration(slot),
    data,
  });
  let slot = firstSlot;
  /** The frame at hand is yielded when the next one tells until when it is shown. */
  let shown: DecodedFrame<Pixels> | undefined;
  let pixels: Pixels | undefined;
  /** Frames of the file before this one have come, or are lost. */
  let awaited = firstIndex;
  const pauses = new Pauses();
  try {
    while (slot < endSlot) {
      const next = await frames.next();
      if (!next.done && isStray(next.value.seconds, decoder)) {
        next.value.close();
        continue;
      }
      const upTo = next.done ? Infinity : lastAtOrBefore(timestamps, next.value.seconds + TOLERANCE);
      if (next.done && !shown) throw nothingDecoded(decoder);
      for (const end = Math.min(upTo, timestamps.length); awaited < end; awaited++) {
        if (!decoder.repeats?.[awaited]) report(decoder, 'framesLost', awaited);
      }
      if (!next.done && next.value.damaged && upTo >= awaited) report(decoder, 'framesDamaged', upTo);
      awaited = Math.max(awaited, upTo + 1);
      shown ??= next.done ? undefined : next.value;
      for (; slot < endSlot && schedule.sourceIndex(slot) < upTo; slot++) {
        pixels ??= await shown!.toPixels();
        const again: boolean = slot + 1 < endSlot && schedule.sourceIndex(slot + 1) < upTo;
        yield frameOf(slot, again ? await copyOf(pixels, pauses) : pixels);
        if (again) await pauses.pause(); // it may be shown thousands of times
      }
      if (next.done) return;
      if (next.value !== shown) {
        shown?.close();
        shown = next.value;
      }
      pixels = undefined;
    }
  } finally {
    shown?.close();
    await frames.return();
  }
}

function isStray(seconds: number, { timestamps, info }: FrameDecoder<FramePixels>): boolean {
  // Behind the last frame are those that a cut-off file has without the ones before them.
  if (seconds > timestamps[timestamps.length - 1] + 0.5 / info.frameRate) return true;
  const index = lastAtOrBefore(timestamps, seconds);
  const nearest = [timestamps[Math.max(0, index)], timestamps[Math.min(index + 1, timestamps.length - 1)]];
  return nearest.every((timestamp) => Math.abs(timestamp - seconds) > STRAY);
}

function report({ timestamps, info, damage }: FrameDecoder<FramePixels>, what: FrameDamage, index: number): void {
  const to = timestamps[index + 1] ?? info.durationSeconds;
  damage.frame(what, index, { from: timestamps[index], to, frameCount: timestamps.length });
}

function nothingDecoded({ name, info }: FrameDecoder<FramePixels>): LatentSyncError {
  return new LatentSyncError(
    'video-undecodable',
    wording`${name} has no picture that can be decoded in its ${info.durationSeconds.toFixed(2)} seconds.`,
    { remedy: COPY_AGAIN },
  );
}

/** Bytes that are copied at a time, so that a huge picture does not keep the program from its other work. */
const COPIED_BYTES = 16 * 2 ** 20;

async function copyOf<Pixels extends FramePixels>(pixels: Pixels, pauses: Pauses): Promise<Pixels> {
  const copy = 'channels' in pixels ? await copyOfImage(pixels, pauses) : await copyOfBytes(pixels, pauses);
  return copy as Pixels;
}

async function copyOfImage({ width, height, channels, data }: Image8, pauses: Pauses): Promise<Image8> {
  return createImage8(width, height, channels, await copyOfBytes(data, pauses));
}

async function copyOfBytes<Bytes extends Uint8Array | Uint8ClampedArray>(bytes: Bytes, pauses: Pauses): Promise<Bytes> {
  if (bytes.length <= COPIED_BYTES) return bytes.slice() as Bytes;
  const copy = new (bytes.constructor as new (length: number) => Bytes)(bytes.length);
  for (let start = 0; start < bytes.length; start += COPIED_BYTES) {
    copy.set(bytes.subarray(start, start + COPIED_BYTES), start);
    await pauses.pause();
  }
  return copy;
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
