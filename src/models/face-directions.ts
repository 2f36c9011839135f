// Which way up a face is: detections of it in crops turned by eight angles → the one that most of them agree with.
import type { FaceDetection } from '../vision/face-selection.ts';
import type { RotatedSquare } from '../vision/geometry.ts';

/** Crops, one every 45°. */
const DIRECTIONS = 8;

/** Sides of the crops, in sides of the face's box. */
const ENLARGEMENT = 2.5;

/** Detections agree the more, the closer their angles: half as much at 45°. */
const HALF_AGREEMENT = Math.PI / 4;

/** Returns the angle of the line between the eyes, from that on the left of the face. */
export function eyeAngle({ landmarks: [left, right] }: FaceDetection): number {
  return Math.atan2(right[1] - left[1], right[0] - left[0]);
}

/** Returns the angle between the directions of two faces, 0 … π. */
export function turnBetween(a: FaceDetection, b: FaceDetection): number {
  const difference = eyeAngle(a) - eyeAngle(b);
  return Math.abs(Math.atan2(Math.sin(difference), Math.cos(difference)));
}

/** Returns crops around a face, turned by angles all around. */
export function turnedSquares({ box }: FaceDetection): RotatedSquare[] {
  return Array.from({ length: DIRECTIONS }, (_, i) => ({
    centerX: box.x + box.width / 2,
    centerY: box.y + box.height / 2,
    side: ENLARGEMENT * Math.max(box.width, box.height),
    angle: (2 * Math.PI * i) / DIRECTIONS,
  }));
}

/**
 * Returns the detection whose direction the others agree with most, by their scores; undefined when there is none. A face that
 * is upside down is often detected as if it were upright, but hardly ever in most of the crops.
 */
export function agreedDetection(detections: readonly FaceDetection[]): FaceDetection | undefined {
  let best: FaceDetection | undefined;
  let most = 0;
  for (const detection of detections) {
    const votes = detections.reduce((sum, other) => sum + other.score * agreement(turnBetween(detection, other)), 0);
    if (votes > most) [best, most] = [detection, votes];
  }
  return best;
}

function agreement(turn: number): number {
  return 1 / (1 + (turn / HALF_AGREEMENT) ** 4);
}
