// When the pictures of a file are shown and decoded: encoders number pictures, files count ticks.

/** One tick lasts num/den seconds. */
export interface TimeBase {
  readonly num: number;
  readonly den: number;
}

/** What a file says about a packet's time, in ticks. */
export interface PacketTimes {
  pts: number;
  dts: number;
  duration: number;
}

/**
 * Ticks per second where frames have times of their own: a multiple of what cameras and containers count in (90000 of MPEG,
 * 1000 of Matroska, 600 of QuickTime, and the 24000, 30000 and 60000 of 23.976, 29.97 and 59.94 frames per second).
 */
const FINE_TICKS = 360_000;
/** The same where frames are shown for so long that files, which count the ticks of a frame in 31 bits, could not hold them. */
const COARSE_TICKS = 1000;
const MOST_TICKS_OF_FRAME = 2 ** 31 - 1;

/** More pictures in less time than that are no frame rate, but one that was measured. */
const MOST_TICKS = 1_000_000;

/** A picture that is inside the encoder, or that a later one needs for its decoding time. */
interface Picture {
  stamp: number;
  duration: number;
  isOut: boolean;
}

/** How the pictures of a file follow one another. */
export interface PictureTiming {
  /** Pictures per second: the exact rate, or the average one. */
  frameRate: number;
  /** Whether pictures keep their own times; otherwise they go to the grid of the frame rate. */
  variableFrameRate: boolean;
  /** How long a picture with a time of its own lasts at most. */
  longestFrameSeconds: number;
}

/** Counts the pictures of a file in ticks. The encoder holds pictures back and reorders them, but gives them their numbers. */
export class PictureTimes {
  readonly timeBase: TimeBase;
  /** Pictures per second, where that is the same all along. */
  readonly frameRate?: TimeBase;
  readonly #frameRate: number;
  readonly #variable: boolean;
  /** Ticks of a picture at the frame rate. */
  readonly #period: number;
  readonly #pictures = new Map<number, Picture>();
  #count = 0;
  #first = 0;
  #lastStamp = -Infinity;
  /** The lowest number that is still needed. */
  #oldest = 0;
  #previous: PacketTimes = { pts: -Infinity, dts: -Infinity, duration: 0 };

  constructor({ frameRate, variableFrameRate: variable, longestFrameSeconds }: PictureTiming) {
    this.#frameRate = frameRate;
    this.#variable = variable;
    const ticks = longestFrameSeconds * FINE_TICKS < MOST_TICKS_OF_FRAME ? FINE_TICKS : COARSE_TICKS;
    const { num, den } = variable ? { num: ticks, den: 1 } : fraction(frameRate, MOST_TICKS);
    this.timeBase = { num: 1, den: num };
    if (!variable) this.frameRate = { num, den };
    this.#period = variable ? Math.max(1, Math.round(num / frameRate)) : den;
  }

  /** Takes the times of the next picture, in seconds. */
  add(timestampSeconds: number, durationSeconds: number): void {
    const stamp = Math.max(this.#ticks(timestampSeconds), this.#lastStamp + 1);
    const duration = Math.max(1, this.#ticks(timestampSeconds + durationSeconds) - stamp);
    if (this.#count === 0) this.#first = stamp;
    this.#lastStamp = stamp;
    this.#pictures.set(this.#count++, { stamp, duration, isOut: false });
  }

  #ticks(seconds: number): number {
    return this.#variable
      ? Math.round(seconds * this.timeBase.den)
      : Math.round(seconds * this.#frameRate) * this.#period;
  }

  /**
   * Returns the times of the next packet.
   *
   * @param shown - number of its picture.
   * @param decoded - its place in the order of decoding; below 0 where decoding starts before the first picture is shown.
   */
  of(shown: number, decoded: number): PacketTimes {
    const picture = this.#pictures.get(shown)!;
    const previous = this.#previous;
    let dts = decoded < 0 ? this.#first + decoded * this.#period : this.#pictures.get(decoded)!.stamp;
    if (this.#variable && previous.pts === this.#lastStamp) {
      // A file tells how long a picture lasts by when the next one is decoded; for the last one, that says when it ends.
      dts = Math.min(previous.dts + previous.duration, this.#latest());
    }
    dts = Math.max(dts, previous.dts + 1);
    picture.isOut = true;
    for (; this.#oldest < decoded; this.#oldest++) this.#pictures.delete(this.#oldest);
    this.#previous = { pts: picture.stamp, dts, duration: picture.duration };
    return this.#previous;
  }

  /** When the next packet must be decoded at the latest, for all that are left to be in time. */
  #latest(): number {
    const left = [...this.#pictures.values()].filter(({ isOut }) => !isOut);
    return Math.min(...left.map(({ stamp }) => stamp)) - left.length + 1;
  }
}

/** Returns the simplest fraction that is as good as a number (within 1e-9 of it), or the best with a numerator up to a limit. */
export function fraction(value: number, limit: number): { num: number; den: number } {
  // Convergents of the continued fraction.
  let [num, den, lastNum, lastDen] = [Math.floor(value), 1, 1, 0];
  let rest = value - num;
  while (rest > 0 && Math.abs(num / den - value) > value * 1e-9) {
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    const nextNum = whole * num + lastNum;
    if (nextNum > limit) break;
    [num, den, lastNum, lastDen] = [nextNum, whole * den + lastDen, num, den];
  }
  return { num, den };
}
