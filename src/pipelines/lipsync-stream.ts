// Frames with tracked faces and audio tokens → the same frames with the mouths redrawn: read, drawn and put back at the same time, in windows.
import { throwIfAborted } from '../util/abort.ts';
import { readAhead } from '../util/read-ahead.ts';
import { StageClock } from '../util/stage-clock.ts';
import { ColorAgreement } from '../vision/color-agreement.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import type { FaceCanvas, SeenPart } from '../vision/face-canvas.ts';
import { FaceDetail } from '../vision/face-detail.ts';
import { brightened, darkened, exposureGain } from '../vision/face-exposure.ts';
import type { AffineMatrix } from '../vision/geometry.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import {
  FaceWindows,
  type DrawnFace,
  type DrawWindow,
  type FaceWindowsOptions,
  type WindowFace,
} from './face-windows.ts';
import type { HeardRow } from './judge.ts';

/** A face whose mouth is to be redrawn. */
export interface StreamFace {
  /** Where it is. */
  points: AlignmentPoints;
  /** How much of what is drawn is seen, above 0 and up to 1. Default 1. */
  opacity?: number;
  /** Whether it does not continue from the previous frame: a cut, or another face. */
  startsTrack: boolean;
  /** The audio tokens of the frame, [tokens, D] flat. */
  audio: Float32Array;
  /** What it hears; undefined: nothing. */
  heard?: HeardRow;
}

/** A frame of the output before its mouths are redrawn. */
export interface StreamFrame {
  /** The bytes of its picture, as the canvas takes them; changed in place. */
  pixels: Uint8Array | Uint8ClampedArray;
  /** By lane, its face; undefined: none. Faces of one lane are drawn together, in windows. */
  faces: readonly (StreamFace | undefined)[];
  /** Position in the video; default 0. */
  sourceIndex?: number;
}

/** What a lane begins with. */
export interface LaneStart extends Pick<FaceWindowsOptions, 'start' | 'store'> {
  /** Points of the frames before the first one that belong to its track, for the smoothing. Default: none. */
  pointsBefore?: Iterable<AlignmentPoints>;
}

/** How {@link lipsyncFrames} works. */
export interface LipsyncStreamOptions extends Omit<FaceWindowsOptions, 'start' | 'store'> {
  /** Cuts faces out of the pictures, and pastes them. */
  canvas: FaceCanvas;
  /** Smooths as the reference does. */
  reference: boolean;
  /** Gives drawn faces the color and light of their frames, whose size this is, upright. Default: colors stay as drawn. */
  colorMatch?: { width: number; height: number };
  /** Gives drawn faces the fine structure of their frames. Default false. */
  detail?: boolean;
  /** The lanes. Default: one. */
  lanes?: readonly LaneStart[];
  /** Frames that may wait before they are drawn, and as many after it: 1 or more. Default: enough that a window need not wait for them. */
  mostAhead?: number;
}

/** A frame whose faces are being drawn. */
interface WaitingFrame<T> {
  readonly frame: T;
  /** Faces that are not drawn yet. */
  missing: number;
  /** What puts a drawn face back, by lane. */
  readonly paste: ((() => void) | undefined)[];
  /** What it shows between black bars, once that was looked for. */
  seen?: SeenPart;
}

/** The face of a frame on its way through its window. */
interface LaneFace<T> extends WindowFace {
  waiting: WaitingFrame<T>;
  affineMatrix: AffineMatrix;
  opacity: number | undefined;
  /** By how much the face was brightened. */
  gain: number;
  seen: SeenPart;
}

/**
 * Redraws the mouths of frames and yields them in order. While a window is drawn, the next one is read, cut out and encoded, and the one
 * before is put back and taken.
 */
export async function* lipsyncFrames<T extends StreamFrame>(
  frames: AsyncIterable<T>,
  options: LipsyncStreamOptions,
): AsyncGenerator<T> {
  const { windowFrames, overlapFrames, signal, clock = new StageClock() } = options;
  const enough = windowFrames - overlapFrames + 1; // what a window finishes, and the frame that begins the next one
  const mostAhead = Math.max(1, Math.min(enough, options.mostAhead ?? enough));
  const draw = (stop: AbortSignal): AsyncGenerator<WaitingFrame<T>> =>
    drawnFrames(frames, { ...options, mostAhead, clock, signal: stop });
  for await (const { frame, paste } of readAhead(draw, { most: mostAhead, signal })) {
    // Only now: every face was cut out of the picture as it was.
    clock.timeSync('composite', () => {
      for (const put of paste) put?.();
    });
    yield frame;
  }
}

/** Draws the faces of frames, one window at a time, and yields the frames when all their faces are drawn. */
async function* drawnFrames<T extends StreamFrame>(
  frames: AsyncIterable<T>,
  options: LipsyncStreamOptions & { mostAhead: number; clock: StageClock; signal: AbortSignal },
): AsyncGenerator<WaitingFrame<T>> {
  const { lanes: starts = [{}], windowFrames, mostAhead } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const lanes = starts.map((start, number) => new LaneDrawing<T>({ ...options, ...start, signal }, number));
  let waiting: WaitingFrame<T>[] = [];
  /** Takes the frames whose faces are all drawn. */
  const finished = (): WaitingFrame<T>[] => {
    const end = waiting.findIndex(({ missing }) => missing > 0);
    const done = waiting.slice(0, end < 0 ? undefined : end);
    waiting = waiting.slice(done.length);
    return done;
  };
  let drawing: Promise<void> = Promise.resolve();
  /** Begins to draw a window, when the one before is drawn. */
  const begin = async (draw: (() => Promise<void>) | undefined): Promise<void> => {
    if (!draw) return;
    await drawing;
    drawing = draw();
    drawing.catch(() => undefined); // thrown where it is awaited
  };
  try {
    for await (const frame of frames) {
      throwIfAborted(signal);
      const next: WaitingFrame<T> = { frame, missing: 0, paste: [] };
      // Where a face does not go on, what waits is drawn without it.
      for (const [number, lane] of lanes.entries()) await begin(await lane.endBefore(frame.faces[number]));
      waiting.push(next);
      const cut = lanes.map((lane, number) => lane.cut(next, frame.faces[number]));
      for (const [number, lane] of lanes.entries()) await begin(await lane.push(cut[number]));
      if (waiting.length >= windowFrames + mostAhead) await drawing;
      yield* finished();
    }
    for (const lane of lanes) await begin(await lane.flush());
    await drawing;
    yield* finished();
    for (const lane of lanes) await lane.kept();
  } finally {
    ending.abort();
    await Promise.allSettled([drawing, ...lanes.map((lane) => lane.kept())]);
  }
}

/** Draws the faces of a lane. */
class LaneDrawing<T extends StreamFrame> {
  readonly #options: LipsyncStreamOptions & { clock: StageClock };
  readonly #number: number;
  readonly #aligner: FaceAligner;
  readonly #agreement: ColorAgreement | undefined;
  readonly #detail: FaceDetail | undefined;
  readonly #windows: FaceWindows<LaneFace<T>>;

  constructor(options: LipsyncStreamOptions & LaneStart & { clock: StageClock }, number: number) {
    const { resolution, reference, colorMatch, detail = false, pointsBefore = [] } = options;
    this.#options = options;
    this.#number = number;
    this.#aligner = new FaceAligner(resolution, { direct: !reference });
    this.#agreement = colorMatch && new ColorAgreement(resolution, colorMatch);
    this.#detail = detail ? new FaceDetail(resolution) : undefined;
    this.#windows = new FaceWindows(options);
    for (const points of pointsBefore) this.#aligner.next(points);
  }

  /** Ends the window of the faces that wait, unless the next one goes on from them; returns what draws it. */
  async endBefore(face: StreamFace | undefined): Promise<(() => Promise<void>) | undefined> {
    const { reference } = this.#options;
    if (face && (!face.startsTrack || reference)) return undefined;
    if (face) this.#aligner.reset();
    return this.flush();
  }

  /** Cuts the face out of its frame. */
  cut(waiting: WaitingFrame<T>, face: StreamFace | undefined): LaneFace<T> | undefined {
    if (!face) return undefined;
    const { canvas, reference, clock } = this.#options;
    const { pixels, sourceIndex } = waiting.frame;
    const { points, audio, heard, opacity } = face;
    waiting.missing++;
    const affineMatrix = this.#aligner.next(points);
    return clock.timeSync('align', () => {
      const seen = (waiting.seen ??= canvas.seenPart(pixels));
      const found = canvas.cut(pixels, affineMatrix, seen.area);
      const gain = reference ? 1 : exposureGain(found);
      return { face: brightened(found, gain), gain, seen, audio, heard, sourceIndex, affineMatrix, opacity, waiting };
    });
  }

  /** Takes the next face; returns what draws the window that it completes. */
  async push(face: LaneFace<T> | undefined): Promise<(() => Promise<void>) | undefined> {
    return face && this.#taking(await this.#windows.push(face));
  }

  /** Ends the window of the faces that wait, if any; returns what draws it. */
  async flush(): Promise<(() => Promise<void>) | undefined> {
    return this.#taking(await this.#windows.flush());
  }

  /** Waits until all windows that were drawn are kept. */
  async kept(): Promise<void> {
    await this.#windows[Symbol.asyncDispose]();
  }

  #taking(draw: DrawWindow<LaneFace<T>> | undefined): (() => Promise<void>) | undefined {
    return (
      draw &&
      (async () => {
        this.#take(await draw());
      })
    );
  }

  #take(faces: readonly DrawnFace<LaneFace<T>>[]): void {
    for (const { item, drawn } of faces) {
      item.waiting.missing--;
      item.waiting.paste[this.#number] = () => {
        this.#paste(item, drawn);
      };
    }
  }

  #paste({ waiting, face, affineMatrix, gain, seen, opacity }: LaneFace<T>, drawn: Float32Array): void {
    const matched = this.#agreement?.match(drawn, face, affineMatrix, seen.box) ?? drawn;
    const detailed = this.#detail?.compare(matched, face);
    const finished = darkened(detailed?.face ?? matched, gain);
    const more = { opacity, detail: detailed?.shares, area: seen.area };
    this.#options.canvas.paste(waiting.frame.pixels, finished, affineMatrix, more);
  }
}
