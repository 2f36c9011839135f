// Which of a frame's detected faces to take: the largest, or the one that was followed so far.
import { coverage, intersectionOverUnion } from './geometry.ts';
import type { Box, Point } from './geometry.ts';

/** One face found in one frame. */
export interface FaceDetection {
  /** In frame pixels. */
  readonly box: Box;
  /** Confidence, 0 … 1. */
  readonly score: number;
  /** In frame pixels; any number of points, the same in every frame. */
  readonly landmarks: readonly Point[];
}

/** What a detection must be to count as a face; the defaults are the reference's. */
export interface FaceLimits {
  /** Pixels; default 50. */
  minimumWidth: number;
  /** Pixels; default 80. */
  minimumHeight: number;
  /** Width over height; default 0.2. */
  minimumAspect: number;
  /** Width over height; default 1.5. */
  maximumAspect: number;
  /** Default 0.5. */
  minimumScore: number;
}

/** The reference's limits. */
export const DEFAULT_FACE_LIMITS: Readonly<FaceLimits> = {
  minimumWidth: 50,
  minimumHeight: 80,
  minimumAspect: 0.2,
  maximumAspect: 1.5,
  minimumScore: 0.5,
};

/** Whether a detection is within limits. */
export function isValidFace({ box, score }: FaceDetection, limits: FaceLimits): boolean {
  const aspect = box.width / box.height;
  return (
    box.width >= limits.minimumWidth &&
    box.height >= limits.minimumHeight &&
    aspect >= limits.minimumAspect &&
    aspect <= limits.maximumAspect &&
    score >= limits.minimumScore
  );
}

function area({ box }: FaceDetection): number {
  return box.width * box.height;
}

/** Returns the face with the largest box, as the reference chooses in every frame; undefined if there is no valid face. */
export function largestFace(
  detections: readonly FaceDetection[],
  limits: FaceLimits = DEFAULT_FACE_LIMITS,
): FaceDetection | undefined {
  let best: FaceDetection | undefined;
  for (const detection of detections) {
    if (isValidFace(detection, limits) && (!best || area(detection) > area(best))) best = detection;
  }
  return best;
}

/** Boxes of one face in neighboring frames overlap at least by this (intersection over union). */
const MINIMUM_OVERLAP = 0.1;

/** Returns how much a face overlaps with where it was in the frame before; 0 where that is too little to be the same. */
export function overlapAfterAFrame(box: Box, previous: Box): number {
  const overlap = intersectionOverUnion(box, previous);
  return overlap >= MINIMUM_OVERLAP ? overlap : 0;
}

/** Returns the face that overlaps most with where it was before; undefined when none does. */
export function overlappingFace<Face extends { readonly box: Box }>(
  faces: readonly Face[],
  previous: Box,
): Face | undefined {
  let [best, most]: [Face | undefined, number] = [undefined, 0];
  for (const face of faces) {
    const overlap = overlapAfterAFrame(face.box, previous);
    if (overlap > most) [best, most] = [face, overlap];
  }
  return best;
}

/** Returns the valid face that overlaps most with where it was before; undefined when none does. */
export function followedFace(
  detections: readonly FaceDetection[],
  previous: Box,
  limits: FaceLimits = DEFAULT_FACE_LIMITS,
): FaceDetection | undefined {
  const valid = detections.filter((detection) => isValidFace(detection, limits));
  return overlappingFace(valid, previous);
}

/** Two boxes are of the same face if one covers this part of the other. */
const SAME_FACE_COVERAGE = 0.5;

/** Whether two boxes in one frame are of the same face. */
export function isSameFace(a: Box, b: Box): boolean {
  return coverage(a, b) >= SAME_FACE_COVERAGE;
}
