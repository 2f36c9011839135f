// The three alignment points (eyebrow, eyebrow, nose) from a detector's landmarks.
import type { Point } from './geometry.ts';
import { roundHalfToEven } from './round-half-to-even.ts';
import type { AlignmentPoints } from './similarity.ts';

/** Landmarks of which each alignment point is the mean. */
interface LandmarkGroups {
  count: number;
  leftEyebrow: readonly number[];
  rightEyebrow: readonly number[];
  nose: readonly number[];
}

/** InsightFace's 106 points: the upper edges of the eyebrows; bridge, tip and wings of the nose. */
const GROUPS_106: LandmarkGroups = {
  count: 106,
  leftEyebrow: [43, 48, 49, 51, 50],
  rightEyebrow: [101, 102, 103, 104, 105],
  nose: [74, 77, 83, 86],
};

/** The same places on MediaPipe's face mesh. */
const GROUPS_MESH: LandmarkGroups = {
  count: 468,
  leftEyebrow: [70, 63, 105, 66, 107],
  rightEyebrow: [300, 293, 334, 296, 336],
  nose: [5, 48, 278, 4],
};

function meanPoint(landmarks: readonly Point[], indices: readonly number[]): Point {
  let x = 0;
  let y = 0;
  for (const index of indices) {
    x += landmarks[index][0];
    y += landmarks[index][1];
  }
  return [x / indices.length, y / indices.length];
}

function groupMeans(
  landmarks: readonly Point[],
  { count, leftEyebrow, rightEyebrow, nose }: LandmarkGroups,
): AlignmentPoints {
  if (landmarks.length < count) {
    throw new RangeError(`landmarks must have at least ${count} points (got ${landmarks.length}).`);
  }
  return [meanPoint(landmarks, leftEyebrow), meanPoint(landmarks, rightEyebrow), meanPoint(landmarks, nose)];
}

/** Returns the alignment points of InsightFace's 106 landmarks, in pixels. */
export function alignmentPointsFrom106(landmarks: readonly Point[]): AlignmentPoints {
  return groupMeans(landmarks, GROUPS_106);
}

/** Returns the alignment points of a MediaPipe face mesh (468 points, or 478 with irises), in pixels. */
export function alignmentPointsFromMesh(landmarks: readonly Point[]): AlignmentPoints {
  return groupMeans(landmarks, GROUPS_MESH);
}

/** Returns the points rounded to whole pixels, halves to even, as the reference does before it aligns. */
export function roundAlignmentPoints(points: AlignmentPoints): AlignmentPoints {
  const round = ([x, y]: Point): Point => [roundHalfToEven(x), roundHalfToEven(y)];
  return [round(points[0]), round(points[1]), round(points[2])];
}

/** Eyes of MediaPipe's face mesh: outer and inner corner, and the middles of the lids, upper and lower. */
const EYES_MESH = [
  [33, 133, 159, 145],
  [263, 362, 386, 374],
] as const;

/** Returns how far the eyes of a face mesh are open: the mean of their heights over their widths; about 0.05 when closed, 0.3 when open. */
export function eyeOpeningOfMesh(landmarks: readonly Point[]): number {
  const distance = (a: number, b: number): number =>
    Math.hypot(landmarks[a][0] - landmarks[b][0], landmarks[a][1] - landmarks[b][1]);
  const openings = EYES_MESH.map(([outer, inner, upper, lower]) => distance(upper, lower) / distance(outer, inner));
  return (openings[0] + openings[1]) / 2;
}
