// Faces as detectors find them, and how overlapping finds become one.
import { intersectionOverUnion, type Box, type Point } from '../vision/geometry.ts';

/** A face that a detector found. */
export interface DetectedFace {
  readonly box: Box;
  /** 0 … 1. */
  readonly score: number;
  /** The detector's own points; which ones is the detector's matter. */
  readonly keypoints: readonly Point[];
}

function byScore(faces: readonly DetectedFace[]): DetectedFace[] {
  return faces.toSorted((a, b) => b.score - a.score);
}

/**
 * Returns the best of each group of overlapping faces, best score first.
 *
 * @param overlap - faces with a greater intersection over union with a better one are dropped.
 */
export function nonMaxSuppression(faces: readonly DetectedFace[], overlap: number): DetectedFace[] {
  const kept: DetectedFace[] = [];
  for (const face of byScore(faces)) {
    if (kept.every(({ box }) => intersectionOverUnion(box, face.box) <= overlap)) kept.push(face);
  }
  return kept;
}

/** The mean of faces, weighted by their scores, with the first one's score. */
function blend(faces: readonly DetectedFace[]): DetectedFace {
  const total = faces.reduce((sum, { score }) => sum + score, 0);
  const mean = (value: (face: DetectedFace) => number): number =>
    faces.reduce((sum, face) => sum + value(face) * face.score, 0) / total;
  return {
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    score: faces[0].score,
    keypoints: faces[0].keypoints.map((_, k) => [
      mean((face) => face.keypoints[k][0]),
      mean((face) => face.keypoints[k][1]),
    ]),
  };
}

/**
 * Returns one face for each group of overlapping faces: their mean, weighted by score, which is steadier from frame to
 * frame than the best alone (Bazarevsky et al., BlazeFace, 2019, section 3.4). Best score first.
 *
 * @param overlap - faces with a greater intersection over union with the best of a group belong to it.
 */
export function weightedNonMaxSuppression(faces: readonly DetectedFace[], overlap: number): DetectedFace[] {
  const blended: DetectedFace[] = [];
  let rest = byScore(faces);
  while (rest.length > 0) {
    const [best] = rest;
    const group = rest.filter((face) => face === best || intersectionOverUnion(best.box, face.box) > overlap);
    blended.push(blend(group));
    rest = rest.filter((face) => !group.includes(face));
  }
  return blended;
}

/** Which faces are good enough to be synchronised. Sizes in pixels. */
export interface FaceFilter {
  readonly minWidth: number;
  readonly minHeight: number;
  /** Limits of width / height. */
  readonly minAspect: number;
  readonly maxAspect: number;
  readonly minScore: number;
}

/** Accepts every face that can be told apart from noise. */
export const defaultFaceFilter: FaceFilter = {
  minWidth: 24,
  minHeight: 24,
  minAspect: 0.2,
  maxAspect: 2,
  minScore: 0.5,
};

/** What the reference accepts. */
export const referenceFaceFilter: FaceFilter = {
  minWidth: 50,
  minHeight: 80,
  minAspect: 0.2,
  maxAspect: 1.5,
  minScore: 0.5,
};

/** Returns the faces that pass the filter, largest first. As in the reference, corners are truncated to whole pixels. */
export function suitableFaces(faces: readonly DetectedFace[], filter: FaceFilter): DetectedFace[] {
  const measured = faces.map((face) => {
    const { x, y } = face.box;
    const width = Math.trunc(x + face.box.width) - Math.trunc(x);
    const height = Math.trunc(y + face.box.height) - Math.trunc(y);
    return { face, width, height };
  });
  return measured
    .filter(({ face, width, height }) => {
      const aspect = width / height;
      return (
        width >= filter.minWidth &&
        height >= filter.minHeight &&
        aspect >= filter.minAspect &&
        aspect <= filter.maxAspect &&
        face.score >= filter.minScore
      );
    })
    .sort((a, b) => b.width * b.height - a.width * a.height)
    .map(({ face }) => face);
}
