// Tracks: runs of frames in which one face is followed, and what is known of each of them.
import type { Box } from '../../vision/geometry.ts';

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
  readonly person: number;
  /** Counts the shots from 0. */
  readonly shot: number;
  /** Frames in which the face was not found, and interpolated. */
  readonly bridgedFrames: number;
  /** Mean width of the face in pixels. */
  readonly meanWidth: number;
  /** Mean area of the face's box, and where its middle is from left to right; pixels. */
  readonly meanArea: number;
  readonly meanX: number;
  /** How far it is turned away from the camera, degrees; absent with InsightFace. */
  readonly meanTurn?: number;
  /** Where it is in its first and last frame. */
  readonly firstBox: Box;
  readonly lastBox: Box;
}

/** Adds up the frames of a track. */
export class TrackSums {
  readonly firstRow: number;
  lastRow: number;
  #firstBox = NO_BOX;
  #lastBox = NO_BOX;
  #bridged = 0;
  #width = 0;
  #area = 0;
  #x = 0;
  #turn = 0;
  #turns = 0;

  constructor(row: number) {
    this.firstRow = row;
    this.lastRow = row;
  }

  add(row: number, box: Box, bridged: number, turn: number): void {
    if (this.#firstBox === NO_BOX) this.#firstBox = box;
    this.#lastBox = box;
    this.lastRow = row;
    this.#bridged += bridged;
    this.#width += box.width;
    this.#area += box.width * box.height;
    this.#x += box.x + box.width / 2;
    if (Number.isNaN(turn)) return;
    this.#turn += turn;
    this.#turns++;
  }

  get means(): Omit<FaceTrack, 'track' | 'person' | 'shot' | 'firstSeconds' | 'lastSeconds'> {
    const { firstRow, lastRow } = this;
    const frames = lastRow + 1 - firstRow;
    return {
      firstRow,
      lastRow,
      firstBox: this.#firstBox,
      lastBox: this.#lastBox,
      bridgedFrames: this.#bridged,
      meanWidth: this.#width / frames,
      meanArea: this.#area / frames,
      meanX: this.#x / frames,
      ...(this.#turns > 0 && { meanTurn: this.#turn / this.#turns }),
    };
  }
}

const NO_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };
