// FrameMeter: measures that compare frames of one shot: how sharp each is, how much it moves, and what it looks like, coarsely.
import type { Image8 } from '../tensor/image.ts';
import type { Box } from './geometry.ts';
import { fillLumaGrid, meanAbsoluteDifference } from './luma-grid.ts';

/** Cells along each axis of two small pictures: of the frame and of the face in it. */
const FRAME_CELLS = 12;
const FACE_CELLS = 8;
/** Cells along each axis of the picture in which motion is measured: gestures, blinks and the camera show, grain does not. */
const MOTION_CELLS = 64;
/** Points along each axis at which edges are measured, and how many steps of a central difference a face is wide. */
const EDGE_POINTS = 96;
const EDGE_STEPS = 192;

/** What was measured of a frame. The numbers say nothing alone: they compare frames of the same shot. */
export interface FrameMeasures {
  /** Root mean square of the gradient in the face, or in the frame where there is none: gray levels per pixel or two. */
  readonly sharpness: number;
  /** Mean change from the frame before, in gray levels; 0 for the first. */
  readonly motion: number;
  /** Gray levels of the frame, 12×12. */
  readonly frameLook: Uint8Array;
  /** Gray levels of the face, 8×8; all the same where there is none. */
  readonly faceLook: Uint8Array;
}

/** Measures frames as they stream by. */
export class FrameMeter {
  #previous: Float32Array | undefined;
  #spare: Float32Array = new Float32Array(MOTION_CELLS * MOTION_CELLS);

  /** Measures the next frame, and the face in it. */
  measure(frame: Image8, face: Box | undefined): FrameMeasures {
    const picture = this.#spare;
    fillLumaGrid(frame, { cells: MOTION_CELLS, samples: 2 }, picture);
    const previous = this.#previous;
    this.#previous = picture;
    this.#spare = previous ?? new Float32Array(picture.length);
    return {
      sharpness: Math.fround(sharpnessOf(frame, face)),
      motion: Math.fround(previous ? meanAbsoluteDifference(picture, previous) : 0),
      frameLook: lookOf(frame, FRAME_CELLS),
      faceLook: face ? lookOf(frame, FACE_CELLS, face) : new Uint8Array(FACE_CELLS ** 2).fill(128),
    };
  }
}

function lookOf(frame: Image8, cells: number, box?: Box): Uint8Array {
  const picture = new Float32Array(cells * cells);
  fillLumaGrid(frame, { cells, samples: 8, box }, picture);
  return Uint8Array.from(picture, Math.round);
}

/** Returns the root mean square of the gradient, measured over the same part of the face whatever the size of the picture. */
function sharpnessOf({ data, width, height, channels }: Image8, face: Box | undefined): number {
  const { x, y, width: across, height: down } = face ?? { x: 0, y: 0, width, height };
  const step = Math.max(1, Math.round(across / EDGE_STEPS));
  const luma = (column: number, row: number): number => {
    const p = (Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column))) * channels;
    return 0.299 * data[p] + 0.587 * data[p + 1] + 0.114 * data[p + 2];
  };
  let sum = 0;
  for (let j = 0; j < EDGE_POINTS; j++) {
    const row = Math.floor(y + ((j + 0.5) * down) / EDGE_POINTS);
    for (let i = 0; i < EDGE_POINTS; i++) {
      const column = Math.floor(x + ((i + 0.5) * across) / EDGE_POINTS);
      const horizontal = luma(column + step, row) - luma(column - step, row);
      const vertical = luma(column, row + step) - luma(column, row - step);
      sum += horizontal * horizontal + vertical * vertical;
    }
  }
  return Math.sqrt(sum) / EDGE_POINTS;
}
