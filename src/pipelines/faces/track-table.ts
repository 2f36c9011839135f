// TrackTable: for every frame of a video its shot, and where the face is that is followed; what the first pass over a video finds.
import { Tensor } from '../../tensor/tensor.ts';
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
}

/** Rows in the order of their frames; a lookup by frame takes logarithmic time. */
export class TrackTable {
  readonly #columns: Columns;

  private constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Returns the table of entries that are in the order of their frames. */
  static async from(entries: AsyncIterable<TrackTableEntry> | Iterable<TrackTableEntry>): Promise<TrackTable> {
    const sourceIndex = new GrowingColumn((length) => new Int32Array(length));
    const seconds = new GrowingColumn((length) => new Float64Array(length));
    const shot = new GrowingColumn((length) => new Int32Array(length));
    const track = new GrowingColumn((length) => new Int32Array(length));
    const bridged = new GrowingColumn((length) => new Uint8Array(length));
    const box = new GrowingColumn((length) => new Float64Array(length));
    const points = new GrowingColumn((length) => new Float64Array(length));
    const eyeOpening = new GrowingColumn((length) => new Float32Array(length));
    let rows = 0;
    let shots = 0;
    for await (const { sourceIndex: index, timestampSeconds, isCut, face } of entries) {
      if (isCut && rows > 0) shots++;
      rows++;
      sourceIndex.push(index);
      seconds.push(timestampSeconds);
      shot.push(shots);
      track.push(face?.track ?? NO_TRACK);
      bridged.push(face?.bridged ? 1 : 0);
      const { x, y, width, height } = face?.box ?? NO_BOX;
      box.push(x, y, width, height);
      points.push(...(face?.points ?? NO_POINTS).flat());
      eyeOpening.push(face?.eyeOpening ?? NaN);
    }
    return new TrackTable({
      sourceIndex: sourceIndex.finish(),
      seconds: seconds.finish(),
      shot: shot.finish(),
      track: track.finish(),
      bridged: bridged.finish(),
      box: box.finish(),
      points: points.finish(),
      eyeOpening: eyeOpening.finish(),
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
    });
  }

  /**
   * Returns the columns: `source_index`, `seconds`, `shot`, `track`, `bridged`, `eye_opening` [N], `box` [N, 4] and `points` [N, 6].
   */
  toTensors(): Map<string, Tensor> {
    const { sourceIndex, seconds, shot, track, bridged, box, points, eyeOpening } = this.#columns;
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
    const { sourceIndex, seconds, shot } = this.#columns;
    return {
      sourceIndex: sourceIndex[row],
      timestampSeconds: seconds[row],
      isCut: row > 0 && shot[row] !== shot[row - 1],
      face: this.#face(row),
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

/** A column that rows are added to: packed, so that one of a long video takes no more memory while it is made. */
class GrowingColumn<A extends Int32Array | Uint8Array | Float32Array | Float64Array> {
  readonly #allocate: (length: number) => A;
  #all: A;
  #used = 0;

  constructor(allocate: (length: number) => A) {
    this.#allocate = allocate;
    this.#all = allocate(1024);
  }

  push(...values: readonly number[]): void {
    if (this.#used + values.length > this.#all.length) {
      const longer = this.#allocate(2 * this.#all.length);
      longer.set(this.#all);
      this.#all = longer;
    }
    this.#all.set(values, this.#used);
    this.#used += values.length;
  }

  /** Returns the values, without room for more. */
  finish(): A {
    return this.#all.slice(0, this.#used) as A;
  }
}
