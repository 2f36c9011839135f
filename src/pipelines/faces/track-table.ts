// TrackTable: for every frame of a video its shot, and where the face is that is followed; what the first pass over a video finds.
import { Tensor } from '../../tensor/tensor.ts';
import { FACE_LOOK_BYTES, FRAME_LOOK_BYTES, type FrameMeasures } from '../../vision/frame-meter.ts';
import type { Box } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';

/** The followed face in one frame. */
export interface TrackTableFace {
  /** Counts the tracks of the video from 0. A track ends at a cut, and where the face is gone for long. */
  readonly track: number;
  readonly box: Box;
  readonly points: AlignmentPoints;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged: boolean;
  /**
   * How far the eyes are open: their mean height over their width, about 0.05 when closed and 0.3 when open. Absent where nothing is
   * known of them: in frames in which the face was not found, and with InsightFace.
   */
  readonly eyeOpening?: number;
}

/** One row of the table. */
export interface TrackTableEntry {
  /** Position of the frame in the video. */
  readonly sourceIndex: number;
  /** From the start of the first frame of the video. */
  readonly timestampSeconds: number;
  /** Whether the frame begins a new shot. */
  readonly isCut: boolean;
  readonly face: TrackTableFace | undefined;
  /** Absent where none are needed: where faces are tracked as the reference does. */
  readonly measures?: FrameMeasures;
}

/** Successive rows of the table. */
export interface RowRange {
  /** Rows of its first and last frame. */
  readonly firstRow: number;
  readonly lastRow: number;
  /** Seconds from the start of the first frame of the video to the start of its first and last frame. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** A run of frames in which one face is followed. */
export interface FaceTrack extends RowRange {
  readonly track: number;
  /** Counts the shots from 0. */
  readonly shot: number;
  /** Frames in which the face was not found, and interpolated. */
  readonly bridgedFrames: number;
  /** Mean width of the face in pixels. */
  readonly meanWidth: number;
}

const NO_TRACK = -1;

/** Columns of the table: tensors of one row per frame. */
interface Columns {
  /** [N] */
  sourceIndex: Int32Array;
  /** [N] */
  seconds: Float64Array;
  /** [N] */
  shot: Int32Array;
  /** [N] */
  track: Int32Array;
  /** [N] */
  bridged: Uint8Array;
  /** [N, 4]: x, y, width, height. */
  box: Float64Array;
  /** [N, 6]: x, y of each point. */
  points: Float64Array;
  /** [N]; NaN where unknown. */
  eyeOpening: Float32Array;
  /** [N]; NaN where nothing was measured. */
  sharpness: Float32Array;
  /** [N] */
  motion: Float32Array;
  /** [N, FRAME_LOOK_BYTES] */
  frameLook: Uint8Array;
  /** [N, FACE_LOOK_BYTES] */
  faceLook: Uint8Array;
}

/** Rows in the order of their frames; a lookup by frame takes logarithmic time. */
export class TrackTable {
  readonly #columns: Columns;

  private constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Returns the table of entries that are in the order of their frames. */
  static async from(entries: AsyncIterable<TrackTableEntry> | Iterable<TrackTableEntry>): Promise<TrackTable> {
    const sourceIndex: number[] = [];
    const seconds: number[] = [];
    const shot: number[] = [];
    const track: number[] = [];
    const bridged: number[] = [];
    const box: number[] = [];
    const points: number[] = [];
    const eyeOpening: number[] = [];
    const sharpness: number[] = [];
    const motion: number[] = [];
    const frameLook = new RowsOfBytes(FRAME_LOOK_BYTES);
    const faceLook = new RowsOfBytes(FACE_LOOK_BYTES);
    let shots = 0;
    for await (const { sourceIndex: index, timestampSeconds, isCut, face, measures } of entries) {
      if (isCut && sourceIndex.length > 0) shots++;
      sourceIndex.push(index);
      seconds.push(timestampSeconds);
      shot.push(shots);
      track.push(face?.track ?? NO_TRACK);
      bridged.push(face?.bridged ? 1 : 0);
      const { x, y, width, height } = face?.box ?? NO_BOX;
      box.push(x, y, width, height);
      points.push(...(face?.points ?? NO_POINTS).flat());
      eyeOpening.push(face?.eyeOpening ?? NaN);
      sharpness.push(measures?.sharpness ?? NaN);
      motion.push(measures?.motion ?? NaN);
      frameLook.push(measures?.frameLook);
      faceLook.push(measures?.faceLook);
    }
    return new TrackTable({
      sourceIndex: Int32Array.from(sourceIndex),
      seconds: Float64Array.from(seconds),
      shot: Int32Array.from(shot),
      track: Int32Array.from(track),
      bridged: Uint8Array.from(bridged),
      box: Float64Array.from(box),
      points: Float64Array.from(points),
      eyeOpening: Float32Array.from(eyeOpening),
      sharpness: Float32Array.from(sharpness),
      motion: Float32Array.from(motion),
      frameLook: frameLook.bytes(),
      faceLook: faceLook.bytes(),
    });
  }

  /**
   * Returns the table that {@link TrackTable.toTensors} has stored.
   *
   * @throws RangeError when a column is missing or has another type or length.
   */
  static fromTensors(tensors: ReadonlyMap<string, Tensor>): TrackTable {
    const frames = tensors.get('seconds')?.shape[0] ?? 0;
    const column = <D extends 'int32' | 'uint8' | 'float32' | 'float64'>(name: string, dtype: D, width: number) => {
      const tensor = tensors.get(name);
      if (!tensor?.is(dtype) || tensor.data.length !== frames * width) {
        throw new RangeError(`tensors must have the column ${name}, ${dtype} [${frames * width}].`);
      }
      return tensor.data;
    };
    return new TrackTable({
      sourceIndex: column('source_index', 'int32', 1),
      seconds: column('seconds', 'float64', 1),
      shot: column('shot', 'int32', 1),
      track: column('track', 'int32', 1),
      bridged: column('bridged', 'uint8', 1),
      box: column('box', 'float64', 4),
      points: column('points', 'float64', 6),
      eyeOpening: column('eye_opening', 'float32', 1),
      sharpness: column('sharpness', 'float32', 1),
      motion: column('motion', 'float32', 1),
      frameLook: column('frame_look', 'uint8', FRAME_LOOK_BYTES),
      faceLook: column('face_look', 'uint8', FACE_LOOK_BYTES),
    });
  }

  /**
   * Returns the columns: `source_index`, `seconds`, `shot`, `track`, `bridged`, `eye_opening`, `sharpness`, `motion` [N], `box` [N, 4],
   * `points` [N, 6], `frame_look` [N, 144] and `face_look` [N, 64].
   */
  toTensors(): Map<string, Tensor> {
    const { sourceIndex, seconds, shot, track, bridged, box, points } = this.#columns;
    const { eyeOpening, sharpness, motion, frameLook, faceLook } = this.#columns;
    const rows = this.rowCount;
    return new Map<string, Tensor>([
      ['source_index', new Tensor('int32', [rows], sourceIndex)],
      ['seconds', new Tensor('float64', [rows], seconds)],
      ['shot', new Tensor('int32', [rows], shot)],
      ['track', new Tensor('int32', [rows], track)],
      ['bridged', new Tensor('uint8', [rows], bridged)],
      ['box', new Tensor('float64', [rows, 4], box)],
      ['points', new Tensor('float64', [rows, 6], points)],
      ['eye_opening', new Tensor('float32', [rows], eyeOpening)],
      ['sharpness', new Tensor('float32', [rows], sharpness)],
      ['motion', new Tensor('float32', [rows], motion)],
      ['frame_look', new Tensor('uint8', [rows, FRAME_LOOK_BYTES], frameLook)],
      ['face_look', new Tensor('uint8', [rows, FACE_LOOK_BYTES], faceLook)],
    ]);
  }

  /** Frames that were looked at. */
  get rowCount(): number {
    return this.#columns.sourceIndex.length;
  }

  /** Shots that they are of. */
  get shotCount(): number {
    return this.rowCount === 0 ? 0 : this.#columns.shot[this.rowCount - 1] + 1;
  }

  /** Frames that show the followed face. */
  get framesWithFace(): number {
    return this.#columns.track.reduce((count, track) => count + (track === NO_TRACK ? 0 : 1), 0);
  }

  /** Returns the face of a frame of the video; undefined where there is none, or the frame was not looked at. */
  face(sourceIndex: number): TrackTableFace | undefined {
    const row = this.#rowOf(sourceIndex);
    return row === undefined ? undefined : this.#face(row);
  }

  /** Returns the shot of a frame of the video; undefined where it was not looked at. */
  shot(sourceIndex: number): number | undefined {
    const row = this.#rowOf(sourceIndex);
    return row === undefined ? undefined : this.#columns.shot[row];
  }

  /** Returns what is known of a frame of the video; undefined where it was not looked at. */
  frame(sourceIndex: number): TrackTableEntry | undefined {
    const row = this.#rowOf(sourceIndex);
    return row === undefined ? undefined : this.entry(row);
  }

  /** Returns a row as it was put in. */
  entry(row: number): TrackTableEntry {
    const { sourceIndex, seconds, shot, sharpness, motion, frameLook, faceLook } = this.#columns;
    return {
      sourceIndex: sourceIndex[row],
      timestampSeconds: seconds[row],
      isCut: row > 0 && shot[row] !== shot[row - 1],
      face: this.#face(row),
      ...(!Number.isNaN(sharpness[row]) && {
        measures: {
          sharpness: sharpness[row],
          motion: motion[row],
          frameLook: frameLook.subarray(FRAME_LOOK_BYTES * row, FRAME_LOOK_BYTES * (row + 1)),
          faceLook: faceLook.subarray(FACE_LOOK_BYTES * row, FACE_LOOK_BYTES * (row + 1)),
        },
      }),
    };
  }

  /** Returns the tracks, in order. */
  tracks(): FaceTrack[] {
    const { track, shot, bridged, box } = this.#columns;
    return this.#ranges((row) => track[row] !== NO_TRACK).map((range) => {
      const { firstRow, lastRow } = range;
      let widths = 0;
      for (let row = firstRow; row <= lastRow; row++) widths += box[4 * row + 2];
      return {
        ...range,
        track: track[firstRow],
        shot: shot[firstRow],
        bridgedFrames: bridged.subarray(firstRow, lastRow + 1).reduce((sum, flag) => sum + flag, 0),
        meanWidth: widths / (lastRow + 1 - firstRow),
      };
    });
  }

  /** Returns where the followed face is not to be seen. */
  withoutFace(): RowRange[] {
    return this.#ranges((row) => this.#columns.track[row] === NO_TRACK);
  }

  /** Returns the runs of rows with one track, or with none, of which a condition holds. */
  #ranges(isWanted: (row: number) => boolean): RowRange[] {
    const { track, seconds } = this.#columns;
    const ranges: RowRange[] = [];
    for (let firstRow = 0, end; firstRow < this.rowCount; firstRow = end) {
      end = firstRow + 1;
      while (end < this.rowCount && track[end] === track[firstRow]) end++;
      if (!isWanted(firstRow)) continue;
      ranges.push({ firstRow, lastRow: end - 1, firstSeconds: seconds[firstRow], lastSeconds: seconds[end - 1] });
    }
    return ranges;
  }

  #rowOf(sourceIndex: number): number | undefined {
    const { sourceIndex: indices } = this.#columns;
    let low = 0;
    let high = indices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indices[middle] < sourceIndex) low = middle + 1;
      else high = middle;
    }
    return indices[low] === sourceIndex ? low : undefined;
  }

  #face(row: number): TrackTableFace | undefined {
    const { track, bridged, box, points, eyeOpening } = this.#columns;
    if (track[row] === NO_TRACK) return undefined;
    const [x, y, width, height] = box.subarray(4 * row, 4 * row + 4);
    const at = points.subarray(6 * row, 6 * row + 6);
    return {
      track: track[row],
      box: { x, y, width, height },
      points: [
        [at[0], at[1]],
        [at[2], at[3]],
        [at[4], at[5]],
      ],
      bridged: bridged[row] === 1,
      ...(!Number.isNaN(eyeOpening[row]) && { eyeOpening: eyeOpening[row] }),
    };
  }
}

const NO_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };
const NO_POINTS: AlignmentPoints = [
  [0, 0],
  [0, 0],
  [0, 0],
];

/** A column of bytes that grows. */
class RowsOfBytes {
  readonly #width: number;
  #all: Uint8Array<ArrayBuffer>;
  #rows = 0;

  constructor(width: number) {
    this.#width = width;
    this.#all = new Uint8Array(256 * width);
  }

  /** Adds a row; zeros if it is not known. */
  push(row: Uint8Array | undefined): void {
    const at = this.#width * this.#rows++;
    if (at === this.#all.length) {
      const longer = new Uint8Array(2 * at);
      longer.set(this.#all);
      this.#all = longer;
    }
    if (row) this.#all.set(row, at);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#all.slice(0, this.#width * this.#rows);
  }
}
