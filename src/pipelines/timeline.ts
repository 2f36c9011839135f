// Timeline: output frame index → which frame of the source it shows, when, and what it hears. All options about time are resolved here.
import { frameCount as framesOfRows, ROWS_PER_SECOND, type FeatureRows } from '../audio/feature-windows.ts';
import { lastAtOrBefore } from '../media/frame-timing.ts';
import type { SpeechSpan } from '../audio/speech-spans.ts';
import { OptionError } from '../util/assert.ts';
import { placeSpeech, type SpeechTime } from './speech-placement.ts';
import { partOf, seconds, TOLERANCE, type TimelineSource } from './video-part.ts';

/** Where the output ends: with the speech, with the video, or with the first of the two. */
export type OutputLength = 'audio' | 'video' | 'shortest';

/** What is shown when the speech goes on after the video's end. */
export type Extension = 'pingpong' | 'loop' | 'hold';

/** Frames of the part of the video that is shown, between which repetitions run; counted from its first one. */
export interface Seam {
  /** The frame that a repetition begins with, or turns at. No matter where the last frame is held. */
  first: number;
  /** The last frame before a repetition, or the one that is held. */
  last: number;
}

/** Options about time. Times of the video count from the start of its file, sound or picture, whichever begins first. */
export interface TimelineOptions {
  /** What is heard, at least one. */
  speeches: readonly SpeechTime[];
  /** What errors call the times of speeches. Default `at`. */
  speechOption?: 'at' | 'speakers';
  /** `longest`: with the last of speech and video. */
  length: OutputLength | 'longest';
  /** Default `pingpong`. */
  extend?: Extension;
  /** Frames per second; by default the video's, or its own uneven times. */
  fps?: number;
  /** The part of the video that is shown. Default: all of it. */
  startSeconds?: number;
  endSeconds?: number;
  /** All speech begins so much later, or earlier where this is negative. Default 0. */
  audioOffsetSeconds?: number;
  /** Only this piece of the output is made. It begins with the speech, unless `atSeconds` of the output is given. */
  preview?: { seconds: number; atSeconds?: number };
  /** Where repetitions of the video begin and end. Default: its first and last frame. */
  seam?: Seam;
  /** Counts frames, and lets each hear something, as the reference does. */
  reference?: boolean;
}

/** A frame of the output. */
export interface TimelineFrame {
  /** The frame of the file that is shown. */
  sourceIndex: number;
  /** From the start of the output. */
  timestampSeconds: number;
  durationSeconds: number;
  /** The picture does not continue from the frame before: a loop begins again. */
  isJump: boolean;
}

/** Frames of the output that are read in one go. */
export interface TimelineRun {
  /** Their numbers in the output: from the first to the one before the end. */
  first: number;
  end: number;
  /** The video plays backward. */
  reversed: boolean;
}

/** A first frame closer than this to a multiple of the period appears at it. Periods. */
const GRID_TOLERANCE = 0.001;
/** For comparisons of times that were computed differently. Seconds, or frames. */
const ROUNDING = 1e-6;

/**
 * The frames of an output, by arithmetic: it keeps none of them, however many there are.
 *
 * @throws OptionError from the constructor, for times that lie outside the video, or leave nothing of it or of the speech.
 */
export class Timeline {
  /** Constant rate of the output; undefined: frames keep the uneven times of the video. */
  readonly fps: number | undefined;
  readonly frameCount: number;
  /** From the start of the output to the end of its last frame. */
  readonly durationSeconds: number;
  /** When the first frame appears: later than 0 where the sound of the video begins before its picture. */
  readonly firstFrameSeconds: number;
  /** When each speech begins in the output, below 0 where its beginning is cut off, and when it ends. */
  readonly speeches: readonly SpeechSpan[];
  /** How much is left out before a preview. */
  readonly skippedSeconds: number;
  /** The time of the video at the start of the output. */
  readonly videoSeconds: number;
  /** When the part of the video that is shown ends in the output, if it is shown that far. */
  readonly videoEndSeconds: number;
  /** When the video first stops playing forward in the output: where it turns, begins again, holds its last frame, or ends. */
  readonly firstPassEndSeconds: number;
  /** Frames appear at multiples of the frame rate's period. */
  readonly isOnGrid: boolean;
  /** Frames are shown that lie beyond the end of the video's part, so that it repeats, or holds. */
  readonly isExtended: boolean;
  /** What is shown beyond the end of the video's part. */
  readonly extend: Extension;
  /** How many frames of the output the part of the video that is shown has: {@link Seam} counts them. */
  readonly partFrames: number;

  readonly #source: TimelineSource;
  readonly #options: TimelineOptions;
  readonly #timestamps: Float64Array;
  readonly #frameRate: number;
  readonly #seam: Seam;
  readonly #reference: boolean;
  /** Seconds from the video's first frame: the part that is shown. */
  readonly #from: number;
  readonly #to: number;
  /** Numbers of the frames of the file at its ends. */
  readonly #firstSource: number;
  readonly #lastSource: number;
  /** When the part begins, and each speech, in an output without a preview. */
  readonly #base: number;
  readonly #speeches: readonly SpeechSpan[];
  /** The first frame of the preview, and its time. */
  readonly #skipped: number;
  readonly #shift: number;

  constructor(source: TimelineSource, options: TimelineOptions) {
    const { timestamps, info } = source;
    const { extend = 'pingpong', reference = false, audioOffsetSeconds = 0 } = options;
    this.#source = source;
    this.#options = options;
    this.#timestamps = timestamps;
    this.#frameRate = info.frameRate;
    this.extend = extend;
    this.#reference = reference;
    this.fps = options.fps ?? (info.variableFrameRate ? undefined : info.frameRate);

    const lead = reference ? 0 : source.leadSeconds;
    const part = partOf(source, lead, options);
    this.#from = part.from;
    this.#to = part.to;
    this.#firstSource = part.first;
    this.#lastSource = part.last;
    const zero = Math.min(part.start, part.from + lead); // of the output, in the video's time
    this.#base = part.from + lead - zero;
    const offGrid = this.fps === undefined ? 1 : Math.abs(this.#base * this.fps - Math.round(this.#base * this.fps));
    this.isOnGrid = offGrid < GRID_TOLERANCE;
    const partSeconds = part.to - part.from;
    this.partFrames =
      this.fps === undefined ? part.last - part.first + 1 : Math.max(1, Math.round(partSeconds * this.fps));
    this.#seam = options.seam ?? { first: 0, last: this.partFrames - 1 };

    const placement = {
      start: part.start,
      end: part.to + lead,
      zero,
      pictureStart: this.#base,
      hasEnd: options.endSeconds !== undefined,
      offsetSeconds: audioOffsetSeconds,
      option: options.speechOption ?? 'at',
    };
    this.#speeches = options.speeches.map((speech) => placeSpeech(speech, placement));
    const speechEnd = Math.max(...this.#speeches.map(({ to }) => to));
    const { wholeCount, wholeEnd, isExtended } = this.#whole(speechEnd, this.#base + partSeconds, options);
    this.isExtended = isExtended;
    const { skipped, count, end } = this.#previewed(wholeCount, wholeEnd, options.preview);
    this.#skipped = skipped;
    this.#shift = skipped === 0 ? 0 : this.#time(skipped);
    this.frameCount = count;
    this.durationSeconds = end - this.#shift;
    this.firstFrameSeconds = this.#time(skipped) - this.#shift;
    this.speeches = this.#speeches.map(({ from, to }) => ({ from: from - this.#shift, to: to - this.#shift }));
    this.skippedSeconds = this.#shift;
    this.videoSeconds = zero + this.#shift;
    this.videoEndSeconds = part.to + lead - this.videoSeconds;
    const passEnd = this.isExtended ? this.#time(this.#seam.last + 1) - this.#shift : Infinity;
    this.firstPassEndSeconds = Math.max(0, Math.min(passEnd, this.durationSeconds));
  }

  /**
   * Returns the same timeline with another seam. It is as long, and where frames come at even times it has as many.
   *
   * @param seam - undefined: the first and the last frame.
   */
  withSeam(seam: Seam | undefined): Timeline {
    return new Timeline(this.#source, { ...this.#options, seam });
  }

  /** Returns a frame of the output. */
  frame(index: number): TimelineFrame {
    const at = this.#skipped + index;
    const timestampSeconds = this.#time(at) - this.#shift;
    return {
      sourceIndex: this.sourceIndex(index),
      timestampSeconds,
      durationSeconds: this.duration(index),
      isJump: index > 0 && Math.abs(this.#slot(at) - this.#slot(at - 1)) > 1,
    };
  }

  /** How long a frame is shown at most. */
  get longestFrameSeconds(): number {
    if (this.fps !== undefined) return 1 / this.fps;
    let longest = 1 / this.#frameRate; // of a held frame
    for (let slot = 0; slot < this.partFrames; slot++) {
      longest = Math.max(longest, this.#ownTime(slot + 1) - this.#ownTime(slot));
    }
    return longest;
  }

  /** From the first speech's start in the output to the last one's end, as far as the output goes. */
  get heardSeconds(): SpeechSpan {
    return {
      from: Math.max(0, Math.min(...this.speeches.map(({ from }) => from))),
      to: Math.min(this.durationSeconds, Math.max(...this.speeches.map(({ to }) => to))),
    };
  }

  /** The part of the video whose frames hear speech, and some more where it repeats. Seconds from its first frame. */
  get heardPart(): { startSeconds: number; endSeconds: number } {
    if (this.isExtended) return { startSeconds: this.#from, endSeconds: this.#to };
    const atZero = this.#from - this.#base + this.#shift;
    const { from, to } = this.heardSeconds;
    return {
      startSeconds: Math.max(this.#from, atZero + from),
      endSeconds: Math.min(this.#to, atZero + to),
    };
  }

  /** Returns the rows of a speech's features that sound in the output, about: from one up to another. */
  heardRows(speech: number): FeatureRows {
    const { from: start, to } = this.speeches[speech];
    const end = Math.min(this.durationSeconds, to);
    const from = Math.floor(Math.max(0, -start) * ROWS_PER_SECOND);
    return { from, to: Math.max(from + 1, Math.floor((end - start) * ROWS_PER_SECOND)) };
  }

  /** Returns which frame of the file a frame of the output shows. */
  sourceIndex(index: number): number {
    return this.partSource(this.#slot(this.#skipped + index));
  }

  /** Returns when a frame of the output appears. */
  timestamp(index: number): number {
    return this.#time(this.#skipped + index) - this.#shift;
  }

  /** Returns how long a frame of the output is shown. */
  duration(index: number): number {
    if (this.fps !== undefined) return 1 / this.fps;
    const end = index + 1 === this.frameCount ? this.durationSeconds : this.timestamp(index + 1);
    return end - this.timestamp(index);
  }

  /**
   * Returns the row of a speech's features that sounds when a frame of the output appears, 50 per second; undefined where the frame
   * does not hear it.
   */
  audioRow(index: number, speech: number): number | undefined {
    const at = this.#skipped + index;
    const time = this.#time(at);
    // At an even rate without a shift, the reference's own arithmetic.
    const position =
      this.fps === undefined || this.#base !== 0 ? time * ROWS_PER_SECOND : (at * ROWS_PER_SECOND) / this.fps;
    const { from } = this.#speeches[speech];
    const start = from === 0 ? 0 : from * ROWS_PER_SECOND - ROUNDING;
    const row = Math.max(0, Math.floor(position - start));
    if (this.#reference) return row;
    const span = this.speeches[speech];
    const isHeard =
      this.timestamp(index) < span.to - ROUNDING && this.timestamp(index) + this.duration(index) > span.from + ROUNDING;
    return isHeard ? row : undefined;
  }

  /** Yields the frames from one on in runs, in each of which the video plays in one direction. */
  *runs(fromFrame = 0): Generator<TimelineRun, void, undefined> {
    const end = this.#skipped + this.frameCount;
    for (let at = this.#skipped + fromFrame; at < end;) {
      const pass = this.#pass(at);
      const passEnd = this.#isOnePass ? end : this.#seam.last + 1 + pass * this.#passLength;
      const runEnd = Math.min(end, passEnd);
      yield { first: at - this.#skipped, end: runEnd - this.#skipped, reversed: this.#isReversed(pass) };
      at = runEnd;
    }
  }

  /** Whether the video plays once, forward. */
  get #isOnePass(): boolean {
    return !this.isExtended || this.extend === 'hold';
  }

  /** Returns which repetition a frame of the whole output belongs to; 0 is the video itself. */
  #pass(at: number): number {
    const { last } = this.#seam;
    return this.#isOnePass || at <= last ? 0 : 1 + Math.floor((at - last - 1) / this.#passLength);
  }

  /** Returns how many frames the output has without a preview, and when it ends. */
  #whole(
    speechEnd: number,
    partEnd: number,
    { length, speeches: [{ rows }] }: TimelineOptions,
  ): { wholeCount: number; wholeEnd: number; isExtended: boolean } {
    const { fps } = this;
    const own = this.partFrames;
    if (fps !== undefined) {
      const ofAudio = this.#reference
        ? framesOfRows(rows, fps, { reference: true })
        : Math.max(1, Math.ceil((speechEnd - this.#base) * fps - ROUNDING));
      const wholeCount = choose(length, ofAudio, own);
      return { wholeCount, wholeEnd: this.#base + wholeCount / fps, isExtended: wholeCount > own };
    }
    // Frames at uneven times can be cut anywhere.
    const wholeEnd = choose(length, speechEnd, partEnd);
    const isExtended = wholeEnd > partEnd + ROUNDING;
    if (!isExtended) return { wholeCount: this.#firstFrom(wholeEnd, own, false), wholeEnd, isExtended };
    const { first, last } = this.#seam;
    const passSeconds = this.#ownTime(last + 1) - this.#ownTime(first);
    const most =
      this.extend === 'hold'
        ? Math.ceil((wholeEnd - this.#base) * this.#frameRate)
        : Math.ceil((wholeEnd - this.#base) / passSeconds) * this.#passLength;
    return { wholeCount: this.#firstFrom(wholeEnd, own + most, true), wholeEnd, isExtended };
  }

  /** Returns the first frame that begins at or after a time, of a number of frames. */
  #firstFrom(end: number, frames: number, isExtended: boolean): number {
    let low = 1;
    let high = frames;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeIn(middle, isExtended) >= end - ROUNDING) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Returns the first frame of the preview, how many it has, and when it ends in the whole output. */
  #previewed(
    wholeCount: number,
    wholeEnd: number,
    preview: TimelineOptions['preview'],
  ): { skipped: number; count: number; end: number } {
    if (!preview) return { skipped: 0, count: wholeCount, end: wholeEnd };
    const firstSpeech = Math.max(0, Math.min(...this.#speeches.map(({ from }) => from)));
    const { atSeconds = firstSpeech } = preview;
    if (atSeconds >= wholeEnd - TOLERANCE) {
      throw new OptionError('preview', `begin before the end of the output, ${seconds(wholeEnd)}`, atSeconds);
    }
    const skipped = Math.max(0, this.#firstFrom(atSeconds + TOLERANCE, wholeCount, this.isExtended) - 1);
    const from = skipped === 0 ? 0 : this.#time(skipped);
    const ended = this.#firstFrom(from + preview.seconds, wholeCount, this.isExtended);
    const count = Math.max(1, ended - skipped);
    const lastEnd = skipped + count === wholeCount ? wholeEnd : this.#time(skipped + count);
    const end = this.fps === undefined ? Math.min(lastEnd, from + preview.seconds) : lastEnd;
    return { skipped, count, end };
  }

  /** Frames of one repetition. */
  get #passLength(): number {
    return this.#seam.last - this.#seam.first + 1;
  }

  #isReversed(pass: number): boolean {
    return this.extend === 'pingpong' && pass % 2 === 1;
  }

  /** Returns which frame of the part a frame of the whole output shows. */
  #slot(at: number): number {
    const { first, last } = this.#seam;
    const pass = this.#pass(at);
    if (pass === 0) return this.isExtended ? Math.min(at, last) : at; // the last frame is held
    const offset = (at - last - 1) % this.#passLength;
    return this.#isReversed(pass) ? last - offset : first + offset;
  }

  /** Returns which frame of the file a frame of the part shows. */
  partSource(slot: number): number {
    if (this.fps === undefined) return this.#firstSource + slot;
    const shown = lastAtOrBefore(this.#timestamps, this.#from + (slot + 0.5) / this.fps);
    return Math.min(Math.max(shown, this.#firstSource), this.#lastSource);
  }

  /** Returns when a frame of the whole output appears. */
  #time(at: number): number {
    return this.#timeIn(at, this.isExtended);
  }

  #timeIn(at: number, isExtended: boolean): number {
    if (this.fps !== undefined) return this.#base + at / this.fps;
    const { first, last } = this.#seam;
    if (!isExtended || at <= last) return this.#base + this.#ownTime(at);
    const firstEnd = this.#base + this.#ownTime(last + 1);
    if (this.extend === 'hold') return firstEnd + (at - last - 1) / this.#frameRate;
    // Every frame lasts as long as it does in the video, backward as well.
    const pass = Math.floor((at - last - 1) / this.#passLength);
    const offset = (at - last - 1) % this.#passLength;
    const passSeconds = this.#ownTime(last + 1) - this.#ownTime(first);
    const within = this.#isReversed(pass + 1)
      ? this.#ownTime(last + 1) - this.#ownTime(last + 1 - offset)
      : this.#ownTime(first + offset) - this.#ownTime(first);
    return firstEnd + pass * passSeconds + within;
  }

  /** Returns when a frame of the part appears, from the start of the part; its end for the number after the last. */
  #ownTime(slot: number): number {
    const index = this.#firstSource + slot;
    if (slot === 0) return 0;
    return (index > this.#lastSource ? this.#to : this.#timestamps[index]) - this.#from;
  }
}

/** Returns what a length is, of that of the audio and that of the video. */
function choose(length: TimelineOptions['length'], audio: number, video: number): number {
  const choices: Record<TimelineOptions['length'], number> = {
    audio,
    video,
    shortest: Math.min(audio, video),
    longest: Math.max(audio, video),
  };
  return choices[length];
}
