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

/** Points of MediaPipe's face mesh at the edges of the face: left and right, forehead and chin. */
const EDGES_MESH = { left: 234, right: 454, top: 10, bottom: 152 } as const;

/**
 * Returns how far a face is turned away from the camera, sideways, up or down, in degrees: 0 from the front, 90 from the side.
 *
 * @param landmarks - x, y, z of the 468 landmarks.
 */
export function turnOfMesh(landmarks: Float32Array): number {
  const along = (from: number, to: number): [number, number, number] => [
    landmarks[3 * to] - landmarks[3 * from],
    landmarks[3 * to + 1] - landmarks[3 * from + 1],
    landmarks[3 * to + 2] - landmarks[3 * from + 2],
  ];
  const [ax, ay, az] = along(EDGES_MESH.left, EDGES_MESH.right);
  const [bx, by, bz] = along(EDGES_MESH.top, EDGES_MESH.bottom);
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  return (Math.acos(Math.min(1, Math.abs(normal[2]) / Math.hypot(...normal))) * 180) / Math.PI;
}

/** Points of MediaPipe's face mesh around the lips: the corners, the upper and the lower edge. */
const LIPS_MESH = [61, 291, 0, 17] as const;

/**
 * Returns whether a part of the mouth lies outside the picture.
 *
 * @param landmarks - x, y, z of the 468 landmarks.
 */
export function isMouthCutOff(landmarks: Float32Array, { width, height }: { width: number; height: number }): boolean {
  return LIPS_MESH.some((index) => {
    const [x, y] = [landmarks[3 * index], landmarks[3 * index + 1]];
    return x < 0 || y < 0 || x > width - 1 || y > height - 1;
  });
}
