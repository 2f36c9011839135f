// Index arithmetic between mel frames (100 Hz), feature rows (50 Hz), encoder windows (30 s) and video frames.
import { checkInteger, checkNumber, OptionError } from '../util/assert.ts';

/** Mel frames in one window of the encoder: 30 seconds. */
export const WINDOW_MEL_FRAMES = 3000;
/** Feature rows per second. */
export const ROWS_PER_SECOND = 50;

const ROWS_PER_MEL_FRAME = 0.5;
const DEFAULT_OVERLAP = 1000;
const DEFAULT_CROSS_FADE = 25;

/** One pass of the encoder: which mel frames it hears and which of the rows it gives are kept. */
export interface EncoderWindow {
  /** First mel frame of the window; even. */
  melStart: number;
  /** One past the last mel frame; at most melStart + 3000. The rest of the encoder's input is zeros. */
  melEnd: number;
  /** First row kept, counted over the whole audio; its place in the window's output is less by melStart / 2. */
  rowsKeptFrom: number;
  /** One past the last row kept. */
  rowsKeptTo: number;
  /** Rows at the beginning of the kept ones that are mixed with the window before. */
  fadeIn: number;
  /** Rows at the end of the kept ones that are mixed with the window after. */
  fadeOut: number;
}

/** How windows overlap. */
export interface EncoderWindowOptions {
  /**
   * Mel frames that a window shares with the next, even, below 3000. Default 1000: windows of 30 seconds advance by
   * 20, and every kept row is at least 4.5 seconds away from a window's edge. 0 is the reference: windows end to end.
   */
  overlap?: number;
  /** Rows over which one window's features turn into the next one's. Default 25 (half a second), 0 without overlap. */
  crossFade?: number;
}

/** Returns the number of feature rows for a number of mel frames. */
export function featureRowCount(melFrames: number): number {
  return Math.floor(melFrames * ROWS_PER_MEL_FRAME);
}

/**
 * Returns the encoder windows that cover an audio track; together they keep each of its rows once, but for the rows of
 * the cross-fades, which two windows keep. With an overlap the last window ends with the audio, so that it is full.
 *
 * @throws RangeError when an option is out of range.
 */
export function encoderWindows(melFrames: number, options: EncoderWindowOptions = {}): EncoderWindow[] {
  const { overlap = DEFAULT_OVERLAP, crossFade = Math.min(DEFAULT_CROSS_FADE, overlap / 2) } = options;
  checkInteger('melFrames', melFrames, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('options.overlap', overlap, 0, WINDOW_MEL_FRAMES - 2);
  if (overlap % 2 !== 0) throw new OptionError('overlap', 'be even', overlap);
  checkInteger('options.crossFade', crossFade, 0, overlap * ROWS_PER_MEL_FRAME);

  const advance = WINDOW_MEL_FRAMES - overlap;
  const count = Math.max(1, Math.ceil((2 * featureRowCount(melFrames) - overlap) / advance));
  const lastStart =
    overlap === 0 ? (count - 1) * advance : Math.max(0, Math.ceil((melFrames - WINDOW_MEL_FRAMES) / 2) * 2);
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * advance, lastStart));
  // Where the features change from one window to the next: the middle of what the two share.
  const changes = starts.slice(1).map((start, i) => Math.floor((start + starts[i] + WINDOW_MEL_FRAMES) / 4));
  const before = Math.floor(crossFade / 2);
  return starts.map((melStart, i) => ({
    melStart,
    melEnd: Math.min(melStart + WINDOW_MEL_FRAMES, melFrames),
    rowsKeptFrom: i === 0 ? 0 : changes[i - 1] - before,
    rowsKeptTo: i === count - 1 ? featureRowCount(melFrames) : changes[i] - before + crossFade,
    fadeIn: i === 0 ? 0 : crossFade,
    fadeOut: i === count - 1 ? 0 : crossFade,
  }));
}

/** Rows of features, counted over the whole audio: from one up to another. */
export interface FeatureRows {
  readonly from: number;
  readonly to: number;
}

/** Returns the windows of which some rows are made, of those that cover the audio. */
export function windowsOfRows(windows: readonly EncoderWindow[], { from, to }: FeatureRows): EncoderWindow[] {
  const first = windows.findLastIndex((window) => firstRowFrom(window) <= from);
  const last = windows.findIndex(({ rowsKeptTo, fadeOut }) => rowsKeptTo - fadeOut >= to);
  return windows.slice(first, last + 1);
}

/**
 * Returns the rows that a window keeps of those that the encoder gives for it.
 *
 * @param features - from its first mel frame on, [at least rowsKeptTo − melStart/2, rowWidth].
 */
export function keptRowsOf(
  { melStart, rowsKeptFrom, rowsKeptTo }: EncoderWindow,
  features: Float32Array,
  rowWidth: number,
): Float32Array {
  const start = melStart * ROWS_PER_MEL_FRAME;
  return features.slice((rowsKeptFrom - start) * rowWidth, (rowsKeptTo - start) * rowWidth);
}

/** Returns the first row that comes out of a {@link FeatureJoiner} which begins with a window. */
export function firstRowFrom({ rowsKeptFrom, fadeIn }: EncoderWindow): number {
  return rowsKeptFrom + fadeIn;
}

/**
 * Joins the rows of successive encoder windows, mixing them where they overlap. It may begin with any window; those of its rows that are
 * mixed with the window before are left out then.
 */
export class FeatureJoiner {
  readonly #rowWidth: number;
  /** The last rows of the window before. */
  #held: Float32Array | undefined;

  /** @param rowWidth - numbers in a row: (layers + 1) · n_state. */
  constructor(rowWidth: number) {
    this.#rowWidth = checkInteger('rowWidth', rowWidth, 1, 2 ** 24);
  }

  /**
   * Takes the rows that the next window keeps, and returns those that are final now, in order, [rows, rowWidth].
   *
   * @param keptRows - see {@link keptRowsOf}, [rowsKeptTo − rowsKeptFrom, rowWidth].
   */
  add(window: EncoderWindow, keptRows: Float32Array): Float32Array {
    const width = this.#rowWidth;
    const rows = window.rowsKeptTo - window.rowsKeptFrom;
    const held = this.#held;
    if (keptRows.length !== rows * width || (held && held.length !== window.fadeIn * width)) {
      throw new RangeError(
        `keptRows must have ${rows} rows of ${width} for the window at mel frame ${window.melStart}, windows in order ` +
          `(got ${keptRows.length / width} rows).`,
      );
    }
    const mixed = keptRows.slice();
    for (let row = 0; held && row < window.fadeIn; row++) {
      const weight = (row + 1) / (window.fadeIn + 1);
      for (let i = row * width; i < (row + 1) * width; i++) mixed[i] = weight * mixed[i] + (1 - weight) * held[i];
    }
    const ready = mixed.length - window.fadeOut * width;
    this.#held = mixed.slice(ready);
    return mixed.subarray(held ? 0 : window.fadeIn * width, ready);
  }
}

/**
 * Returns how many video frames an audio track with the given number of feature rows has.
 *
 * @param options.reference - counts as the reference does, about two frames too many. Default: the frames that begin
 * before the audio ends.
 */
export function frameCount(rows: number, fps: number, options: { reference?: boolean } = {}): number {
  checkInteger('rows', rows, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('fps', fps, 1e-3, 1e6);
  // Less a little, so that rounding does not make a whole number one more.
  if (!options.reference) return Math.max(0, Math.ceil((rows * fps) / ROWS_PER_SECOND - 1e-6));
  let frames = Math.floor((rows * fps) / ROWS_PER_SECOND);
  while (Math.floor(frames * (ROWS_PER_SECOND / fps)) <= rows) frames++;
  return frames + 1;
}

/** Returns how many rows of features a video frame hears: two for itself, and two for each frame of context before and after. */
export function chunkRows([before, after]: readonly [before: number, after: number]): number {
  return 2 * (before + after + 1);
}

/**
 * Returns the feature rows that a video frame hears, repeated at the ends of the audio: around row ⌊frame · 50 / fps⌋,
 * `audioFeatLength` frames of two rows each before it and after it, and itself.
 *
 * @param options.audioFeatLength - frames before and after. Default [2, 2], which gives 10 rows.
 */
export function chunkIndices(
  rows: number,
  frameIndex: number,
  fps: number,
  options: { audioFeatLength?: readonly [number, number] } = {},
): number[] {
  checkInteger('rows', rows, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('frameIndex', frameIndex, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('fps', fps, 1e-3, 1e6);
  const { audioFeatLength = [2, 2] } = options;
  const [before] = audioFeatLength;
  const center = Math.floor((frameIndex * ROWS_PER_SECOND) / fps);
  return Array.from({ length: chunkRows(audioFeatLength) }, (_, i) =>
    Math.min(Math.max(center - 2 * before + i, 0), rows - 1),
  );
}

/**
 * Returns the audio tokens of a video frame: the rows of {@link chunkIndices} one after the other,
 * [rows · (layers + 1), n_state] flat.
 *
 * @param firstRow - the row of the audio that `features` begins with. Default 0.
 */
export function featureChunk(
  features: Float32Array,
  rowWidth: number,
  indices: readonly number[],
  firstRow = 0,
): Float32Array {
  const out = new Float32Array(indices.length * rowWidth);
  indices.forEach((index, i) => {
    const at = (index - firstRow) * rowWidth;
    if (at < 0 || at + rowWidth > features.length) {
      throw new RangeError(`Row ${index} is not among the features given, which begin with row ${firstRow}.`);
    }
    out.set(features.subarray(at, at + rowWidth), i * rowWidth);
  });
  return out;
}
