// WindowPlan: the windows that a job draws, known before anything is drawn, so that an interrupted job can go on in any of them.
import type { FeatureRows } from '../audio/feature-windows.ts';
import { audibleShare, meetsRows } from '../audio/speech-spans.ts';
import type { TimeRange } from '../util/times.ts';
import type { ChosenFaces } from './faces/chosen-faces.ts';
import type { TrackTableFace } from './faces/track-table.ts';
import type { UnusableReason } from './faces/usable-faces.ts';
import { windowCount, type WindowSizes } from './face-windows.ts';
import type { Timeline, TimelineFrame } from './timeline.ts';

/** What the mouth does where nobody speaks: stays as it is in the video, is drawn closed, or is drawn from whatever sounds. */
export type QuietMouth = 'keep' | 'close' | 'draw';

/**
 * Why a face is as it was in the video: it is not to be seen; the speech has not begun, or is over; nobody speaks in it there; somebody
 * else is chosen at that time; or it follows another speech.
 */
export type UnchangedReason = 'no-face' | 'no-speech' | 'quiet' | 'not-chosen' | 'taken' | UnusableReason;

/** What becomes of the face that is chosen in a frame of the output. */
export interface PlannedFrame {
  /** The face that is redrawn; undefined: it passes unchanged. */
  face: TrackTableFace | undefined;
  /** Why it does. */
  why?: UnchangedReason;
  /** Whether its face does not continue from the frame before. */
  startsTrack: boolean;
  /** The row of the features that it hears; undefined: nothing. */
  audioRow: number | undefined;
  /** Whether nobody speaks. */
  isQuiet: boolean;
  /** How much of what sounds its face hears, 0 to 1; the rest is silence. */
  audibleShare: number;
}

/** Frames over which what is drawn fades in and out where the picture goes on without it. */
const FADE_FRAMES = 3;

/** Times that are computed in two ways. Seconds. */
const ROUNDING = 1e-6;

/** Rows of features, one second: what is heard less apart is one stretch. */
const SAME_STRETCH = 50;

/** Where drawing begins, or goes on. */
export interface DrawingStart {
  /** The window, counted from 0 over the whole output. */
  window: number;
  /** The frame of the output to read first. */
  firstFrame: number;
  /** Where the track began that continues there: its faces' places are smoothed from there on. */
  trackStart: number;
  /** Frames of the window that the one before it has drawn as well. */
  sharedFrames: number;
}

/** How {@link WindowPlan} divides frames. */
export interface WindowPlanOptions extends WindowSizes {
  /** Tracks do not end windows, as in the reference. */
  reference: boolean;
  /** Which of the timeline's speeches is heard; undefined: none, and mouths are drawn closed while any of them is. Default 0. */
  speech: number | undefined;
  /** The stretch of the video in which faces are drawn. Default: everywhere. */
  stretch?: TimeRange;
  /** Those whose faces are not drawn here in the same frame; faces that hear nothing leave those alone that another one is about. */
  before?: readonly WindowPlan[];
  /** The rows of the features with which lips move, in order. Default: all. */
  spoken?: readonly FeatureRows[];
  /** Whether mouths are drawn closed in the others. Default: they are not drawn. */
  closesQuiet?: boolean;
}

/** What is drawn in which window, of one face a frame: by arithmetic on tracks and times, without a picture. */
export class WindowPlan {
  /** Frames of the output in which a face is drawn. */
  readonly framesWithFace: number;
  readonly #faces: ChosenFaces;
  readonly #timeline: Timeline;
  readonly #sizes: WindowSizes;
  readonly #reference: boolean;
  readonly #spoken: readonly FeatureRows[] | undefined;
  readonly #closesQuiet: boolean;
  readonly #speech: number | undefined;
  /** In the time of the output. */
  readonly #from: number;
  readonly #to: number;
  /** By frame, where the face follows another speech; undefined: nowhere. */
  readonly #taken: Uint8Array | undefined;
  /** Of every window: its first frame, its number of frames, and where its run of frames with a face begins. */
  readonly #firstFrames: number[] = [];
  readonly #lengths: number[] = [];
  readonly #runStarts: number[] = [];

  constructor(faces: ChosenFaces, timeline: Timeline, options: WindowPlanOptions) {
    const { reference, spoken, closesQuiet = false, speech, stretch = {}, before = [], ...sizes } = options;
    this.#faces = faces;
    this.#timeline = timeline;
    this.#sizes = sizes;
    this.#reference = reference;
    this.#spoken = spoken;
    this.#closesQuiet = closesQuiet;
    this.#speech = speech;
    const { startSeconds = -Infinity, endSeconds = Infinity } = stretch;
    this.#from = startSeconds - timeline.videoSeconds;
    this.#to = endSeconds - timeline.videoSeconds;
    if (before.length > 0) {
      this.#taken = Uint8Array.from({ length: timeline.frameCount }, (_, index) => {
        const track = this.#chosen(timeline.frame(index))?.track;
        if (track === undefined) return 0;
        return before.some((other) =>
          speech === undefined ? other.#isAbout(index, track) : other.#draws(index, track),
        )
          ? 1
          : 0;
      });
    }
    let runStart: number | undefined;
    let framesWithFace = 0;
    for (let index = 0; index <= timeline.frameCount; index++) {
      const frame = index < timeline.frameCount ? this.frame(index) : undefined;
      const hasFace = frame?.face !== undefined;
      if (runStart !== undefined && (!hasFace || (frame.startsTrack && !reference))) {
        this.#addRun(runStart, index - runStart);
        runStart = undefined;
      }
      if (!hasFace) continue;
      runStart ??= index;
      framesWithFace++;
    }
    this.framesWithFace = framesWithFace;
  }

  #addRun(start: number, frames: number): void {
    const { windowFrames, overlapFrames } = this.#sizes;
    for (let k = 0; k < windowCount(frames, this.#sizes); k++) {
      const offset = k * (windowFrames - overlapFrames);
      this.#firstFrames.push(start + offset);
      this.#lengths.push(Math.min(windowFrames, frames - offset));
      this.#runStarts.push(start);
    }
  }

  /** Number of windows. */
  get windowCount(): number {
    return this.#firstFrames.length;
  }

  /** Returns how many frames a window has, those that it shares with its neighbors included. */
  framesOf(window: number): number {
    return this.#lengths[window];
  }

  /** Returns what becomes of the face in a frame of the output. */
  frame(index: number): PlannedFrame {
    const at = this.#timeline.frame(index);
    const why = this.#reason(index, at);
    const face = why ? undefined : this.#chosen(at);
    const startsTrack = face !== undefined && face.track !== this.#trackBefore(index, at);
    const audioRow = this.#audioRow(index);
    const isQuiet = !this.#isSpoken(audioRow);
    return { face, why, startsTrack, audioRow, isQuiet, audibleShare: this.#audibleShare(audioRow) };
  }

  #trackBefore(index: number, { isJump }: TimelineFrame): number | undefined {
    if (index === 0 || isJump) return undefined;
    const before = this.#timeline.frame(index - 1);
    return this.#reason(index - 1, before) ? undefined : this.#chosen(before)?.track;
  }

  /** Returns why the face of a frame is not drawn; undefined where it is. */
  #reason(index: number, { sourceIndex, timestampSeconds }: TimelineFrame): UnchangedReason | undefined {
    if (timestampSeconds < this.#from - ROUNDING || timestampSeconds >= this.#to - ROUNDING) return 'not-chosen';
    const row = this.#audioRow(index);
    if (this.#speech === undefined ? !this.#hearsAny(index) : row === undefined) return 'no-speech';
    if (this.#speech !== undefined && !this.#closesQuiet && !this.#isSpoken(row)) return 'quiet';
    if (this.#taken?.[index]) return 'taken';
    return this.#faces.face(sourceIndex) ? undefined : (this.#faces.unusable(sourceIndex) ?? 'no-face');
  }

  #chosen({ sourceIndex }: TimelineFrame): TrackTableFace | undefined {
    return this.#faces.face(sourceIndex);
  }

  /** Whether a frame shows a face of its own as it is drawn here. */
  #draws(index: number, track: number): boolean {
    const at = this.#timeline.frame(index);
    return this.#chosen(at)?.track === track && this.#reason(index, at) === undefined;
  }

  /** Whether the face of a frame is the one that is chosen here, drawn or not. */
  #isAbout(index: number, track: number): boolean {
    const at = this.#timeline.frame(index);
    return this.#chosen(at)?.track === track && this.#reason(index, at) !== 'not-chosen';
  }

  #audioRow(index: number): number | undefined {
    return this.#speech === undefined ? undefined : this.#timeline.audioRow(index, this.#speech);
  }

  #hearsAny(index: number): boolean {
    return this.#timeline.speeches.some((_, speech) => this.#timeline.audioRow(index, speech) !== undefined);
  }

  #audibleShare(row: number | undefined): number {
    if (this.#speech === undefined) return 0;
    return this.#closesQuiet && this.#spoken && row !== undefined ? audibleShare(this.#spoken, row) : 1;
  }

  /** Whether lips move with a row of the features. */
  #isSpoken(row: number | undefined): boolean {
    return row !== undefined && (this.#spoken === undefined || meetsRows(this.#spoken, { from: row, to: row + 1 }));
  }

  /**
   * Returns how much of what is drawn in a frame is seen, above 0 and up to 1: less than all in the first and last frames before and
   * after those of the same shot that pass unchanged. The reference does not fade.
   */
  opacity(index: number): number {
    if (this.#reference) return 1;
    const nearest = Math.min(this.#framesToUnchanged(index, -1), this.#framesToUnchanged(index, 1));
    return Math.min(1, nearest / (FADE_FRAMES + 1));
  }

  /** Returns how many frames away the nearest unchanged one of the shot is in a direction; infinitely many if it is far. */
  #framesToUnchanged(index: number, direction: 1 | -1): number {
    const shotOf = (at: number): number | undefined => this.#faces.shot(this.#timeline.frame(at).sourceIndex);
    for (let distance = 1; distance <= FADE_FRAMES; distance++) {
      const at = index + direction * distance;
      if (at < 0 || at >= this.#timeline.frameCount) break;
      // A jump is noted in the frame after it.
      if (this.#timeline.frame(direction > 0 ? at : at + 1).isJump || shotOf(at) !== shotOf(at - direction)) break;
      if (!this.frame(at).face) return distance;
    }
    return Infinity;
  }

  /** Returns the window that finishes a frame, or the next one where the frame has no face; the number of windows if there is none. */
  windowOf(frame: number): number {
    let low = 0;
    let high = this.windowCount;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#finishedBefore(middle) > frame) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Returns the rows that the faces from a frame on hear, in stretches between which none of them hears anything. */
  heardRows(fromFrame: number): FeatureRows[] {
    const heard: { from: number; to: number }[] = [];
    for (let index = fromFrame; index < this.#timeline.frameCount; index++) {
      const { face, audioRow: row, isQuiet } = this.frame(index);
      if (!face || row === undefined || isQuiet) continue;
      const last = heard.at(-1);
      if (last && row <= last.to + SAME_STRETCH) last.to = row + 1;
      else heard.push({ from: row, to: row + 1 });
    }
    return heard;
  }

  /** Returns the windows that draw a frame which has a face: one, or two that are blended. */
  windowsOf(frame: number): number[] {
    const last = this.windowOf(frame);
    const before = last - 1;
    const isInBoth = this.#isShared(last) && frame < this.#firstFrames[before] + this.#lengths[before];
    return isInBoth ? [before, last] : [last];
  }

  /** Returns where drawing begins for a window to be drawn, if the output goes on with a frame that is not later. */
  startOf(window: number, frame: number): DrawingStart {
    const first = this.#firstFrames[window] ?? Infinity;
    if (first >= frame && !this.#isShared(window))
      return { window, firstFrame: frame, trackStart: this.#reference ? 0 : frame, sharedFrames: 0 };
    return {
      window,
      firstFrame: first,
      trackStart: this.#reference ? 0 : this.#runStarts[window],
      sharedFrames: this.#isShared(window) ? this.#sizes.overlapFrames : 0,
    };
  }

  /** Whether a window begins with frames of the one before. */
  #isShared(window: number): boolean {
    return window > 0 && window < this.windowCount && this.#runStarts[window] === this.#runStarts[window - 1];
  }

  /** Returns the first frame that a window and those before it do not finish. */
  #finishedBefore(window: number): number {
    return this.#isShared(window + 1)
      ? this.#firstFrames[window + 1]
      : this.#firstFrames[window] + this.#lengths[window];
  }
}
