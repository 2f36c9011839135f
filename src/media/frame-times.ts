// When the frames of a video are shown: the times of its packets, with what damage did to them put right. The same whoever decodes.
import { lastAtOrBefore } from './frame-timing.ts';

/** What is believed of the times in a file. */
export interface TimeLimits {
  /** Seconds that a picture may stand still, or sound be silent, where times leap; the leap is left out where it is longer. */
  gapSeconds: number;
  /** Seconds that a video or sound may last. */
  lengthSeconds: number;
}

/** An hour without a change of the picture, and four days in all. */
export const believedTimes: TimeLimits = { gapSeconds: 3600, lengthSeconds: 100 * 3600 };

/** What a packet says of its frame. Seconds. */
export interface PacketTime {
  start: number;
  /** 0 where it is not known. */
  duration: number;
  /** When it is decoded, if that is known. */
  decoded?: number;
  /** It holds no picture: the one before is meant to be shown again. */
  repeats?: boolean;
}

/** From a packet on, the times of a file are shifted. */
export interface TimeShift {
  /** Counted from 0 in the order of the file. */
  packet: number;
  /** Seconds to add to the file's own times. */
  seconds: number;
}

/** The frames of a video. Seconds; all times are shifted already. */
export interface FrameTimes {
  /** Ascending, at least a millisecond apart. */
  timestamps: Float64Array<ArrayBuffer>;
  /** For each frame, 1 where it repeats the one before. */
  repeats: Uint8Array<ArrayBuffer>;
  /** End of the last frame. */
  end: number;
  shifts: TimeShift[];
  /** Where in the video the first of them is. */
  shiftedAt: number;
  /** The times, shifted, of frames that are left out because these cannot be right. */
  strays: number[];
  /** Where those are in the file: from, to. */
  strayPlaces: [number, number];
  /** How many frames are left out because they begin less than a millisecond after another. */
  crowded: number;
}

/** Packets that follow one another in a file are closer than this, or the picture stood still. Seconds. */
const LEAP_SECONDS = 10;

/** Frames begin at least so long after one another. Seconds; a little less than the millisecond in which some files count. */
const CLOSEST = 0.00095;

/** Times further from 0 than that are damage. Seconds: the clocks that files take their times from begin in 1900, or later. */
export const FURTHEST_SECONDS = 1e10;

/** Reordered frames lie at most so many frames apart. */
const REORDERED_FRAMES = 16;

interface Frame {
  start: number;
  duration: number;
  repeats: boolean;
}

/** A packet far from the one before it, until the next one tells whether that is damage. */
interface Leap extends Frame {
  packet: number;
}

/** Collects the times of the packets of a track, in the order of the file. */
export class FrameTimeline {
  readonly #gapSeconds: number;
  readonly #starts: number[] = [];
  /** Starts of those that repeat the one before. */
  readonly #repeats: number[] = [];
  readonly #shifts: TimeShift[] = [];
  #shiftedAt = 0;
  readonly #strays: number[] = [];
  readonly #strayPlaces: [number, number] = [Infinity, 0];
  #packets = 0;
  #shift = 0;
  #previous: number | undefined;
  /** Where the previous packet ends. */
  #end = 0;
  /** Of the frames so far, the one that is shown last. */
  #last = { start: -Infinity, duration: 0 };
  #leap: Leap | undefined;
  #lastDecoded: number | undefined;

  constructor({ gapSeconds }: Pick<TimeLimits, 'gapSeconds'>) {
    this.#gapSeconds = gapSeconds;
  }

  /** Counts a packet whose frame is not shown: cut away by an edit of the file, or a picture that only others refer to. */
  skip(): void {
    this.#packets++;
  }

  add({ start: raw, duration, decoded, repeats = false }: PacketTime): void {
    const packet = this.#packets++;
    if (Math.abs(raw) > FURTHEST_SECONDS) {
      this.#leaveOut(raw + this.#shift);
      return;
    }
    this.#lastDecoded = decoded === undefined ? undefined : decoded + this.#shift;
    let start = raw + this.#shift;
    const leap = this.#leap;
    this.#leap = undefined;
    if (leap && this.#isConfirmed(leap, start)) {
      const shift = this.#shift;
      this.#take(leap);
      start += this.#shift - shift;
    } else if (leap) this.#leaveOut(leap.start);
    if (this.#leaps(start)) this.#leap = { start, duration, repeats, packet };
    else this.#push({ start, duration, repeats });
  }

  /** Where the next packet begins if it does not say so itself, without shift. */
  get expected(): number {
    return this.#end - this.#shift;
  }

  /** Where the last frame so far ends. */
  get end(): number {
    return this.#last.start + this.#last.duration;
  }

  /**
   * Returns the frames.
   *
   * @param options.isCutOff - the file ends in the middle: of the reordered frames at its end only those are kept that none is
   * missing before.
   */
  finish({ isCutOff = false }: { isCutOff?: boolean } = {}): FrameTimes {
    const leap = this.#leap;
    this.#leap = undefined;
    if (leap && leap.start > this.#end && leap.start - this.#end <= this.#gapSeconds) this.#push(leap);
    else if (leap) this.#leaveOut(leap.start);
    const apart = keptApart(Float64Array.from(this.#starts).sort());
    const timestamps = isCutOff ? apart.slice(0, endOfWhole(apart, this.#lastDecoded)) : apart;
    const repeats = new Uint8Array(timestamps.length);
    for (const start of this.#repeats) {
      const index = lastAtOrBefore(timestamps, start);
      if (timestamps[index] === start) repeats[index] = 1;
    }
    const last = timestamps.at(-1) ?? 0;
    const { start, duration } = this.#last;
    const isKnown = start === last && duration >= CLOSEST && duration <= this.#gapSeconds;
    return {
      timestamps,
      repeats,
      end: last + (isKnown ? duration : averageInterval(timestamps)),
      shifts: this.#shifts,
      shiftedAt: this.#shiftedAt,
      strays: this.#strays,
      strayPlaces: this.#strayPlaces,
      crowded: this.#starts.length - apart.length,
    };
  }

  #leaps(start: number): boolean {
    if (this.#previous === undefined) return false;
    return Math.abs(start - this.#previous) >= LEAP_SECONDS && Math.abs(start - this.#end) >= LEAP_SECONDS;
  }

  /** The next packet is there as well; or the picture stood still, and the next comes later. */
  #isConfirmed(leap: Leap, next: number): boolean {
    if (Math.abs(next - leap.start) < LEAP_SECONDS) return true;
    return leap.start > this.#end && leap.start - this.#end <= this.#gapSeconds && next > leap.start;
  }

  /** Believes a leap that a picture can stand still for, and leaves out another: its frame follows the last one. */
  #take(leap: Leap): void {
    const gap = leap.start - this.#end;
    if (gap >= 0 && gap <= this.#gapSeconds) {
      this.#push(leap);
      return;
    }
    const seconds = this.end - leap.start;
    if (this.#shifts.length === 0) this.#shiftedAt = this.end;
    this.#shift += seconds;
    this.#shifts.push({ packet: leap.packet, seconds: this.#shift });
    this.#push({ ...leap, start: leap.start + seconds });
  }

  #leaveOut(start: number): void {
    this.#strays.push(start);
    this.#strayPlaces[0] = Math.min(this.#strayPlaces[0], this.#end);
    this.#strayPlaces[1] = Math.max(this.#strayPlaces[1], this.#end);
  }

  #push({ start, duration, repeats }: Frame): void {
    this.#starts.push(start);
    if (repeats) this.#repeats.push(start);
    this.#previous = start;
    this.#end = start + duration;
    if (start > this.#last.start) this.#last = { start, duration };
  }
}

function averageInterval(timestamps: Float64Array): number {
  const intervals = timestamps.length - 1;
  return intervals > 0 ? (timestamps[intervals] - timestamps[0]) / intervals : 1 / 25;
}

/** Leaves out what begins less than {@link CLOSEST} after another. */
function keptApart(ascending: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  let kept = 0;
  for (const start of ascending) if (kept === 0 || start - ascending[kept - 1] >= CLOSEST) ascending[kept++] = start;
  return ascending.slice(0, kept);
}

/** Returns how many frames there are before the first hole among the last ones: those missing there are cut off. */
function endOfWhole(timestamps: Float64Array, lastDecoded = -Infinity): number {
  const average = averageInterval(timestamps);
  for (let index = Math.max(1, timestamps.length - REORDERED_FRAMES); index < timestamps.length; index++) {
    // What is decoded later than the last packet is shown later still.
    const isHole = timestamps[index] > lastDecoded && timestamps[index] - timestamps[index - 1] > 1.5 * average;
    if (isHole) return index;
  }
  return timestamps.length;
}
