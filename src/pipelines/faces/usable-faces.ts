// Which frames of a face can be redrawn: not where it is turned far away, or its mouth is hidden, blurred or outside the picture.
import type { TrackTableFace } from './track-table.ts';

/** Why a face that is seen is not redrawn: it is turned away, or its mouth is partly outside the picture, hidden or blurred, or another picture shows through. */
export type UnusableReason = 'turned' | 'cut-off' | 'hidden' | 'blurred' | 'dissolve';

/**
 * A face that is turned further than this is not redrawn, in degrees of the mesh, until it is turned less than that again. The mesh of
 * a face that is turned by 60° says 51 to 57.
 */
const TURNED = 54;
const TURNED_BACK = 49;

/** A mouth is hidden where it looks so different from usual, until it differs less again. Measured in docs/people.md. */
const HIDDEN = 2.55;
const HIDDEN_BACK = 2.25;

/** A mouth cannot be made out where the face is less sharp than this, until it is sharper again. */
const BLURRED = 0.36;
const BLURRED_BACK = 0.4;

/** Frames: a face that can be redrawn for a shorter time between two times when it cannot stays as it is. */
const SHORTEST = 6;

/** Returns for each of the successive frames of a track why its face cannot be redrawn; undefined where it can. */
export function unusableReasons(faces: readonly TrackTableFace[]): (UnusableReason | undefined)[] {
  let isTurned = false;
  let isCutOff = false;
  let isHidden = false;
  let isBlurred = false;
  const reasons = faces.map((face): UnusableReason | undefined => {
    // Of frames in which the face was not found, nothing is known but what was before.
    if (face.turn !== undefined) isTurned = face.turn > (isTurned ? TURNED_BACK : TURNED);
    isCutOff = face.isMouthCutOff ?? isCutOff;
    if (face.mouthChange !== undefined) isHidden = face.mouthChange > (isHidden ? HIDDEN_BACK : HIDDEN);
    if (face.sharpness !== undefined) isBlurred = face.sharpness < (isBlurred ? BLURRED_BACK : BLURRED);
    if (face.isDissolving) return 'dissolve';
    return isTurned ? 'turned' : isCutOff ? 'cut-off' : isHidden ? 'hidden' : isBlurred ? 'blurred' : undefined;
  });
  let last = -Infinity;
  for (let index = 0; index < reasons.length; index++) {
    const reason = reasons[index];
    if (!reason) continue;
    if (index - last <= SHORTEST) reasons.fill(reasons[last], last + 1, index);
    last = index;
  }
  return reasons;
}
