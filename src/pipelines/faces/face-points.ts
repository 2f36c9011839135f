// FacePoints: a points file and its video → where the face is in each frame.
import { lastAtOrBefore } from '../../media/frame-timing.ts';
import type { VideoReader } from '../../media/video-reader.ts';
import type { Box, Point } from '../../vision/geometry.ts';
import { invertAffine, transformPoint } from '../../vision/geometry.ts';
import { estimateSimilarity, faceTemplate, type AlignmentPoints } from '../../vision/similarity.ts';
import { pointsFault, type PointsFile, type PointsRow } from './points-file.ts';

/** Between two rows, the triangle of the points must keep this part of the smaller area. */
const LEAST_AREA = 0.01;

/** What {@link FacePoints} has to know of a video. */
export type PointedVideo = Pick<VideoReader, 'name' | 'timestamps'> & {
  readonly info: Pick<VideoReader['info'], 'width' | 'height' | 'durationSeconds'>;
};

/**
 * The points of every frame. Each row belongs to the frame nearest to its time, of several the last; in between, points move evenly in
 * time. Before the first row they are where that says, and after the last one where that does.
 */
export class FacePoints {
  readonly #timestamps: Float64Array;
  /** The frames of the rows, ascending, and their points. */
  readonly #frames: number[] = [];
  readonly #points: (AlignmentPoints | undefined)[] = [];

  /** @throws LatentSyncError `input-invalid` when a row is outside the video or its picture, or the face turns over between two rows. */
  constructor(file: PointsFile, video: PointedVideo) {
    this.#timestamps = video.timestamps;
    const rows = new Map<number, PointsRow>();
    for (const row of file.rows) {
      checkInside(file, row, video);
      rows.set(frameOf(file, row, video), row);
    }
    let before: PointsRow | undefined;
    for (const [frame, row] of rows) {
      const isNext = frame === (this.#frames.at(-1) ?? 0) + 1;
      if (before?.points && row.points && !isNext)
        checkBetween(file, before.points, row.points, [before.line, row.line]);
      this.#frames.push(frame);
      this.#points.push(row.points);
      before = row;
    }
  }

  /** Returns the points of a frame of the video; undefined where no face is. */
  at(sourceIndex: number): AlignmentPoints | undefined {
    const row = Math.max(0, lastAtOrBefore(this.#frames, sourceIndex));
    const points = this.#points[row];
    const next = this.#points.at(row + 1);
    if (!points || !next || row + 1 >= this.#points.length || sourceIndex <= this.#frames[row]) return points;
    const [from, to, at] = [this.#frames[row], this.#frames[row + 1], sourceIndex].map(
      (frame) => this.#timestamps[frame],
    );
    return pointsBetween(points, next, (at - from) / (to - from));
  }
}

function frameOf(
  { name, unit }: PointsFile,
  { at, line }: PointsRow,
  { timestamps, info, ...video }: PointedVideo,
): number {
  const remedy = 'Correct it, or choose the video that the points belong to.';
  if (unit === 'frame') {
    if (at < timestamps.length) return at;
    const problem = `frame must be from 0 to ${timestamps.length - 1}, the last one of ${video.name} (got ${at})`;
    throw pointsFault(name, line, problem, remedy);
  }
  if (at > info.durationSeconds) {
    const end = Number(info.durationSeconds.toFixed(3));
    throw pointsFault(name, line, `time must be before the end of ${video.name}, ${end} s (got ${at})`, remedy);
  }
  const frame = Math.max(0, lastAtOrBefore(timestamps, at));
  const isNextNearer = frame + 1 < timestamps.length && timestamps[frame + 1] - at < at - timestamps[frame];
  return isNextNearer ? frame + 1 : frame;
}

function checkInside(
  { name }: PointsFile,
  { points = [], line }: { points?: readonly Point[]; line: number },
  { info }: PointedVideo,
): void {
  const { width, height } = info;
  for (const [x, y] of points) {
    if (x >= -width && x <= 2 * width && y >= -height && y <= 2 * height) continue;
    const problem = `the point (${x}, ${y}) must be in the picture of ${width}×${height} pixels, or no farther from it than that`;
    throw pointsFault(name, line, problem, 'Count pixels from the top left corner of the upright picture.');
  }
}

/** Checks that the face is one in all frames between two rows: the area of the triangle is a quadratic function of time. */
function checkBetween(
  { name }: PointsFile,
  before: AlignmentPoints,
  points: AlignmentPoints,
  [lineBefore, line]: readonly [number, number],
): void {
  const [first, last] = [crossed(before, before), crossed(points, points)];
  const middle = (crossed(before, points) + crossed(points, before)) / 2;
  if (middle >= 0) return;
  const least = (first * last - middle ** 2) / (first + last - 2 * middle);
  if (least >= LEAST_AREA * Math.min(first, last)) return;
  throw pointsFault(
    name,
    line,
    `the face must not turn over between line ${lineBefore} and this one`,
    'Give rows in between, or for the last frame before a cut and the first one after it.',
  );
}

/** Returns the cross product of one triangle's side between the eyebrows and the other's from the left eyebrow to the nose. */
function crossed([left, right]: AlignmentPoints, [otherLeft, , nose]: AlignmentPoints): number {
  return (right[0] - left[0]) * (nose[1] - otherLeft[1]) - (right[1] - left[1]) * (nose[0] - otherLeft[0]);
}

/** Returns points on their way from some points to others. */
export function pointsBetween(from: AlignmentPoints, to: AlignmentPoints, fraction: number): AlignmentPoints {
  const mix = (index: 0 | 1 | 2): Point => {
    const [[x, y], [toX, toY]] = [from[index], to[index]];
    return [x + (toX - x) * fraction, y + (toY - y) * fraction];
  };
  return [mix(0), mix(1), mix(2)];
}

/** Returns the box of a face of which the points are known: that of the crop which is cut out around them. */
export function boxAround(points: AlignmentPoints): Box {
  const { points: target, width, height } = faceTemplate(256);
  const toFrame = invertAffine(estimateSimilarity(points, target).affineMatrix);
  const corners = [[0, 0] as const, [width, 0] as const, [0, height] as const, [width, height] as const].map((corner) =>
    transformPoint(toFrame, corner),
  );
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
