// How overlapping detections become one face.
import type { FaceDetection } from '../vision/face-selection.ts';
import { intersectionOverUnion } from '../vision/geometry.ts';

function byScore(faces: readonly FaceDetection[]): FaceDetection[] {
  return faces.toSorted((a, b) => b.score - a.score);
}

/**
 * Returns the best of each group of overlapping faces, best score first.
 *
 * @param overlap - faces with a greater intersection over union with a better one are dropped.
 */
export function nonMaxSuppression(faces: readonly FaceDetection[], overlap: number): FaceDetection[] {
  const kept: FaceDetection[] = [];
  for (const face of byScore(faces)) {
    if (kept.every(({ box }) => intersectionOverUnion(box, face.box) <= overlap)) kept.push(face);
  }
  return kept;
}

/** The mean of faces, weighted by their scores, with the first one's score. */
function blend(faces: readonly FaceDetection[]): FaceDetection {
  const total = faces.reduce((sum, { score }) => sum + score, 0);
  const mean = (value: (face: FaceDetection) => number): number =>
    faces.reduce((sum, face) => sum + value(face) * face.score, 0) / total;
  return {
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    score: faces[0].score,
    landmarks: faces[0].landmarks.map((_, k) => [
      mean((face) => face.landmarks[k][0]),
      mean((face) => face.landmarks[k][1]),
    ]),
  };
}

/**
 * Returns one face for each group of overlapping faces: their mean, weighted by score, which is steadier from frame to
 * frame than the best alone (Bazarevsky et al., BlazeFace, 2019, section 3.4). Best score first.
 *
 * @param overlap - faces with a greater intersection over union with the best of a group belong to it.
 */
export function weightedNonMaxSuppression(faces: readonly FaceDetection[], overlap: number): FaceDetection[] {
  const blended: FaceDetection[] = [];
  let rest = byScore(faces);
  while (rest.length > 0) {
    const [best] = rest;
    const group = rest.filter((face) => face === best || intersectionOverUnion(best.box, face.box) > overlap);
    blended.push(blend(group));
    rest = rest.filter((face) => !group.includes(face));
  }
  return blended;
}
