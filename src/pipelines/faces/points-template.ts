// What was found of a face → rows of a points file to be edited; where nothing was, three points in the middle of the picture.
import type { Point } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import type { ChosenFaces } from './chosen-faces.ts';
import { pointsBetween, type PointedVideo } from './face-points.ts';
import { isFace, type PointsRow } from './points-file.ts';

/** What is to be edited. */
export interface PointsTemplate {
  readonly rows: readonly Omit<PointsRow, 'line'>[];
  /** Explains them, in several lines. */
  readonly comment: string;
}

/** Between two rows, points that move evenly are off by at most this part of the distance between the eyebrows. */
const MOST_ERROR = 0.02;
/** Seconds between two rows of a face that stays. */
const LONGEST = 1;

/** Of a face that was not found: how far apart the eyebrows are, in shorter sides of the picture, and how far below them the nose is, in that distance. */
const MIDDLE_WIDTH = 0.15;
const NOSE_DEPTH = 0.49;

/**
 * Returns rows for the chosen face: where it appears and disappears, and in between as many as its movement needs; a row without points
 * where it cannot be redrawn.
 *
 * @param faces - of all frames of the video.
 */
export function pointsTemplate(faces: ChosenFaces, { info, timestamps }: PointedVideo): PointsTemplate {
  const { width, height } = info;
  const at = (frame: number): number => Number(timestamps[frame].toFixed(4));
  const rows: Omit<PointsRow, 'line'>[] = [];
  /** A face in successive frames, the first of which has a row. */
  let run: Moment[] = [];
  let runTrack: number | undefined;
  const begin = (moment: Moment): void => {
    rows.push({ at: at(moment.frame), points: moment.points });
    run = [moment];
  };
  for (let frame = 0; frame < timestamps.length; frame++) {
    const face = faces.face(frame);
    const points = face && rounded(face.points);
    const track = points && isFace(points) ? face.track : undefined;
    const last = run.at(-1);
    if (track !== runTrack && last && run.length > 1) begin(last);
    if (points && track !== undefined) {
      const moment = { frame, seconds: timestamps[frame], points };
      if (track !== runTrack) begin(moment);
      else if (isEven(run, moment)) run.push(moment);
      else {
        begin(last!);
        run.push(moment);
      }
    } else if (frame === 0 || runTrack !== undefined) {
      rows.push({ at: at(frame), points: undefined });
      run = [];
    }
    runTrack = track;
  }
  if (run.length > 1) begin(run[run.length - 1]);
  const isFound = rows.some(({ points }) => points);
  const comment =
    `${isFound ? 'The face that was found' : 'No face was found: put these points on the face'}. Pixels of the upright picture of ${width}×${height}, ` +
    'seconds from the first frame.\n' +
    'The left eyebrow is the one on the left when the face is upright. Between two rows the points move evenly;\n' +
    'from a row without points on, no face is drawn until the next one with points.';
  return { rows: isFound ? rows : facesInTheMiddle(width, height, [0, at(timestamps.length - 1)]), comment };
}

/** A face in a frame. */
interface Moment {
  readonly frame: number;
  readonly seconds: number;
  readonly points: AlignmentPoints;
}

/** Whether a row for a moment can be the next one after that of the first of a run. */
function isEven([first, ...others]: readonly Moment[], { seconds, points }: Moment): boolean {
  if (seconds - first.seconds > LONGEST) return false;
  const [left, right] = first.points;
  const most = MOST_ERROR * Math.hypot(right[0] - left[0], right[1] - left[1]);
  return others.every((other) => {
    const even = pointsBetween(first.points, points, (other.seconds - first.seconds) / (seconds - first.seconds));
    return even.every(([x, y], index) => Math.hypot(x - other.points[index][0], y - other.points[index][1]) <= most);
  });
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
