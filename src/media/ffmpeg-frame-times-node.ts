// When the frames of a track are shown, in the media process: from all of its packets, with warnings of what was wrong with them.
import {
  AV_CODEC_ID_MPEG4,
  AV_CODEC_ID_VP8,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_DISCARD,
} from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import { stampOf, type FFmpegInput } from './ffmpeg-input-node.ts';
import { FrameTimeline, type FrameTimes, type TimeLimits, type TimeShift } from './frame-times.ts';
import { MediaFault } from './media-fault.ts';
import { cutOffWarning, type FoundWarning } from './media-warning.ts';

/** Packets between two signs of life. */
const PACKETS_BETWEEN = 1000;

/** MPEG-4 has packets up to this size, in bytes, which only say that the picture stays. */
const EMPTY_MPEG4 = 19;

/** Reads all packets of the track. `onProgress` is called now and then. */
export async function readFrameTimes(
  input: FFmpegInput,
  limits: TimeLimits,
  onProgress: () => void,
): Promise<{ times: FrameTimes; warnings: FoundWarning[] }> {
  const { codecId } = input.stream.codecpar;
  const timeline = new FrameTimeline(limits);
  let packets = 0;
  let lastIsCut = false;
  for await (const packet of input.packets()) {
    if (++packets % PACKETS_BETWEEN === 0) onProgress();
    lastIsCut = (packet.flags & AV_PKT_FLAG_CORRUPT) !== 0;
    const stamp = input.isTimed ? stampOf(packet) : undefined;
    const duration = input.seconds(packet.duration);
    const start = stamp === undefined ? timeline.expected : input.seconds(stamp);
    const decoded = packet.dts === AV_NOPTS_VALUE ? undefined : input.seconds(packet.dts);
    // What an edit of the file cut away is decoded, but not shown; nor is what VP8 keeps to refer to.
    const isCutAway = packet.flags & AV_PKT_FLAG_DISCARD || (start < 0 && start + duration <= 0);
    const isHidden = codecId === AV_CODEC_ID_VP8 && packet.data && packet.data.length > 0 && !(packet.data[0] & 0x10);
    if (isCutAway || isHidden) timeline.skip();
    else {
      const repeats = packet.size === 0 || (codecId === AV_CODEC_ID_MPEG4 && packet.size <= EMPTY_MPEG4);
      timeline.add({ start, duration, decoded, repeats });
    }
  }
  // In MPEG-TS the flag says something else.
  lastIsCut &&= input.formatName !== 'mpegts';
  const { isCutOff, promisedEnd } = cutOffOf(input, { packets, lastIsCut, end: timeline.end });
  const times = timeline.finish({ isCutOff });
  const origin = times.timestamps.at(0) ?? 0;
  const length = times.end - origin;
  if (length > limits.lengthSeconds) throw tooLong(length, limits);
  const warnings = timeWarnings(times);
  // A length that nobody would believe is not repeated.
  const promised =
    promisedEnd !== undefined && promisedEnd - origin <= limits.lengthSeconds ? promisedEnd - origin : undefined;
  if (isCutOff) warnings.unshift(cutOffWarning(length, promised));
  return { times, warnings };
}

/** Passes packets on, with the times that they are given from some on. */
export async function* shifted(
  packets: AsyncIterable<Packet>,
  input: FFmpegInput,
  shifts: readonly TimeShift[],
): AsyncGenerator<Packet, void, undefined> {
  const { num, den } = input.stream.timeBase;
  let count = 0;
  let next = 0;
  let stamps = 0n;
  for await (const packet of packets) {
    for (; shifts.at(next) && shifts[next].packet <= count; next++) {
      stamps = BigInt(Math.round((shifts[next].seconds * den) / num));
    }
    if (packet.pts !== AV_NOPTS_VALUE) packet.pts += stamps;
    if (packet.dts !== AV_NOPTS_VALUE) packet.dts += stamps;
    count++;
    yield packet;
  }
}

/** Whether the file ends before its header says, and when the track should end then, if that is known. */
function cutOffOf(
  input: FFmpegInput,
  read: { packets: number; lastIsCut: boolean; end: number },
): { isCutOff: boolean; promisedEnd?: number } {
  const { startTime, nbFrames, duration } = input.stream;
  const start = startTime === AV_NOPTS_VALUE ? 0 : input.seconds(startTime);
  const average = (read.end - start) / Math.max(1, read.packets);
  const lacksFrames = read.packets < nbFrames;
  const { promisedEnd } = input;
  const isLater = promisedEnd !== undefined && promisedEnd - read.end > average / 2;
  const isCutOff = read.lastIsCut || (isLater && (lacksFrames || input.isCutOff || duration <= 0n));
  // FFmpeg adapts the length of an AVI to what is there, but not the number of its frames.
  const byCount = lacksFrames && input.isCutOff ? start + average * Number(nbFrames) : 0;
  return { isCutOff, promisedEnd: isLater || byCount > 0 ? Math.max(promisedEnd ?? 0, byCount) : undefined };
}

function tooLong(length: number, limits: TimeLimits): MediaFault {
  const [hours, most] = [length, limits.lengthSeconds].map((seconds) => (seconds / 3600).toFixed(1));
  return new MediaFault(
    'media-unreadable',
    `lasts ${hours} hours according to its times, more than the ${most} that can be read.`,
    'If that is wrong, the file is damaged: convert it again. Otherwise cut it into parts.',
  );
}

function timeWarnings({ timestamps, shifts, shiftedAt, strays, strayPlaces, crowded }: FrameTimes): FoundWarning[] {
  const origin = timestamps.at(0) ?? 0;
  const warnings: FoundWarning[] = [];
  const at = (seconds: number): number => Math.max(0, seconds - origin);
  const frames = (count: number): string => (count === 1 ? '1 frame' : `${count} frames`);
  if (shifts.length > 0) {
    const fromSeconds = at(shiftedAt);
    const text =
      shifts.length === 1
        ? `its times leap at ${fromSeconds.toFixed(2)} s; the leap is left out.`
        : `its times leap ${shifts.length} times, first at ${fromSeconds.toFixed(2)} s; the leaps are left out.`;
    warnings.push({ kind: 'times-repaired', fromSeconds, text });
  }
  if (strays.length > 0) {
    const [fromSeconds, toSeconds] = strayPlaces.map(at);
    const text = `${frames(strays.length)} after ${fromSeconds.toFixed(2)} s with a time that cannot be right: left out.`;
    warnings.push({ kind: 'times-repaired', fromSeconds, toSeconds, frames: strays.length, text });
  }
  if (crowded > 0) {
    const text = `${frames(crowded)} less than a millisecond after another: left out.`;
    warnings.push({ kind: 'times-repaired', frames: crowded, text });
  }
  return warnings;
}
