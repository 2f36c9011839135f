// What the mouth of a face mesh does, in units of the distance between the eyes: the same near and far, turned or not.
import { MESH_LANDMARKS } from './face-mesh.ts';

// Numbers of landmarks in the mesh; left and right are those of the image.
const LEFT_EYE_CORNERS = [33, 133] as const;
const RIGHT_EYE_CORNERS = [263, 362] as const;
const UPPER_LIP_INNER_EDGE = [82, 13, 312] as const;
const LOWER_LIP_INNER_EDGE = [87, 14, 317] as const;
const LEFT_MOUTH_CORNER = [61] as const;
const RIGHT_MOUTH_CORNER = [291] as const;

type Position = readonly [x: number, y: number, z: number];

function meanOf(landmarks: Float32Array, indices: readonly number[]): Position {
  const mean = (axis: number): number =>
    indices.reduce((sum, index) => sum + landmarks[index * 3 + axis], 0) / indices.length;
  return [mean(0), mean(1), mean(2)];
}

function distance(landmarks: Float32Array, from: readonly number[], to: readonly number[]): number {
  const a = meanOf(landmarks, from);
  const b = meanOf(landmarks, to);
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function inEyeDistances(landmarks: Float32Array, from: readonly number[], to: readonly number[]): number {
  if (landmarks.length !== MESH_LANDMARKS * 3) {
    throw new RangeError(`landmarks must have ${MESH_LANDMARKS * 3} elements (got ${landmarks.length}).`);
  }
  return distance(landmarks, from, to) / distance(landmarks, LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS);
}

/**
 * Returns how far the mouth is open: the gap between the lips' inner edges over the distance between the eyes' centers.
 * Closed lips give about 0, a wide open mouth more than 0.5.
 *
 * @param landmarks - x, y, z of the 468 landmarks.
 */
export function mouthOpening(landmarks: Float32Array): number {
  return inEyeDistances(landmarks, UPPER_LIP_INNER_EDGE, LOWER_LIP_INNER_EDGE);
}

/**
 * Returns how wide the mouth is: the distance between its corners over that between the eyes' centers, about 0.8 at rest.
 *
 * @param landmarks - x, y, z of the 468 landmarks.
 */
export function mouthWidth(landmarks: Float32Array): number {
  return inEyeDistances(landmarks, LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER);
}
