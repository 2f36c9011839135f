// Aligned faces [F,R,R,3] → opening and width of the mouth in each, as the face mesh sees them.
import { mouthOpening, mouthWidth } from '../models/face-measures.ts';
import type { FaceMesh } from '../models/face-mesh.ts';
import { throwIfAborted } from '../util/abort.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';
import type { Faces } from './picture-quality.ts';
import { mean } from './signals.ts';

/** A mouth over the frames of a clip, in distances between the eyes. */
export interface MouthTrack {
  readonly opening: readonly number[];
  readonly width: readonly number[];
}

/**
 * Sides of the squares in which the mesh is shown an aligned face, in sides of the face. Its reading of the mouth depends a
 * little on the square; the mean over three follows the mouth more closely than any one of them.
 */
const SQUARES = [0.98, 1.17, 1.4] as const;

/** Middle of the squares in an aligned face, in its sides. */
const CENTER = { x: 0.5, y: 0.47 } as const;

/** Returns one frame of a clip; its pixels are the clip's own. */
export function faceOf({ data, shape: [, resolution] }: Faces, frame: number): Image8 {
  const size = 3 * resolution ** 2;
  return createImage8(resolution, resolution, 3, data.subarray(frame * size, (frame + 1) * size));
}

/** What the mesh sees in an aligned face. */
export interface MeasuredFace {
  /** In distances between the eyes, as the width is. */
  readonly opening: number;
  readonly width: number;
  /** x, y, z of the 468 landmarks in pixels of the face, from the middle square. */
  readonly landmarks: Float32Array;
}

/** Measures an aligned face. */
export async function measureFace(
  face: Image8,
  mesh: FaceMesh,
  { signal }: { signal?: AbortSignal } = {},
): Promise<MeasuredFace> {
  const resolution = face.width;
  const seen: Float32Array[] = [];
  for (const side of SQUARES) {
    const square = {
      centerX: CENTER.x * resolution,
      centerY: CENTER.y * resolution,
      side: side * resolution,
      angle: 0,
    };
    seen.push((await mesh.refine(face, square, { passes: 1, signal })).landmarks);
  }
  return { opening: mean(seen.map(mouthOpening)), width: mean(seen.map(mouthWidth)), landmarks: seen[1] };
}

/** Measures the mouth in every frame. */
export async function measureMouth(
  faces: Faces,
  mesh: FaceMesh,
  { signal }: { signal?: AbortSignal } = {},
): Promise<MouthTrack> {
  const [frames] = faces.shape;
  const opening: number[] = [];
  const width: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    throwIfAborted(signal);
    const measured = await measureFace(faceOf(faces, frame), mesh, { signal });
    opening.push(measured.opening);
    width.push(measured.width);
  }
  return { opening, width };
}
