// What was found of a face → rows of a points file to be edited; where nothing was, three points in the middle of the picture.
import type { Point } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import type { ChosenFaces } from './chosen-faces.ts';
import type { PointedVideo } from './face-points.ts';
import { isFace, type PointsRow } from './points-file.ts';

/** What is to be edited. */
export interface PointsTemplate {
  readonly rows: readonly Omit<PointsRow, 'line'>[];
  /** Explains them, in several lines. */
  readonly comment: string;
}

/** Seconds between the rows of a face that stays. */
const ROW_SECONDS = 0.5;

/** Of a face that was not found: how far apart the eyebrows are, in shorter sides of the picture, and how far below them the nose is, in that distance. */
const MIDDLE_WIDTH = 0.15;
const NOSE_DEPTH = 0.49;

/**
 * Returns rows for the chosen face: where it appears and disappears, and one for each half second in between; a row without points where
 * it cannot be redrawn.
 *
 * @param faces - of all frames of the video.
 */
export function pointsTemplate(faces: ChosenFaces, { info, timestamps }: PointedVideo): PointsTemplate {
  const { width, height } = info;
  const rows: Omit<PointsRow, 'line'>[] = [];
  const at = (frame: number): number => Number(timestamps[frame].toFixed(4));
  const faceOf = (frame: number): { track: number; points: AlignmentPoints } | undefined => {
    const face = faces.face(frame);
    return face && isFace(rounded(face.points)) ? { track: face.track, points: rounded(face.points) } : undefined;
  };
  let [before, rowSeconds] = [-1, -Infinity]; // the track before: -1: none
  let face = faceOf(0);
  for (let frame = 0; frame < timestamps.length; frame++) {
    const next = frame + 1 < timestamps.length ? faceOf(frame + 1) : undefined;
    const track = face?.track ?? -1;
    const isEnd = track !== before || (face && next?.track !== track);
    const isDue = face && timestamps[frame] - rowSeconds >= ROW_SECONDS - 0.001;
    if (isEnd || isDue || frame === 0) {
      rows.push({ at: at(frame), points: face?.points });
      rowSeconds = timestamps[frame];
    }
    [before, face] = [track, next];
  }
  const isFound = rows.some(({ points }) => points);
  const comment =
    `${isFound ? 'The face that was found' : 'No face was found: put these points on the face'}. Pixels of the upright picture of ${width}×${height}, ` +
    'seconds from the first frame.\n' +
    'The left eyebrow is the one on the left when the face is upright. Between two rows the points move evenly;\n' +
    'from a row without points on, no face is drawn until the next one with points.';
  return { rows: isFound ? rows : facesInTheMiddle(width, height, [0, at(timestamps.length - 1)]), comment };
}

function rounded(points: AlignmentPoints): AlignmentPoints {
  const [left, right, nose] = points.map(([x, y]): Point => [Number(x.toFixed(1)), Number(y.toFixed(1))]);
  return [left, right, nose];
}

function facesInTheMiddle(width: number, height: number, times: readonly number[]): Omit<PointsRow, 'line'>[] {
  const half = (MIDDLE_WIDTH * Math.min(width, height)) / 2;
  const [x, y] = [width / 2, height / 2];
  const top = y - NOSE_DEPTH * 2 * half;
  const points = rounded([
    [x - half, top],
    [x + half, top],
    [x, y],
  ]);
  return [...new Set(times)].map((at) => ({ at, points }));
}
