// How much each mouth of a video differs from how it usually looks: the looks of all faces → one byte each.
import { MOUTH_LOOK_BYTES, MouthLooks, mouthLookChange } from '../../vision/mouth-look.ts';
import { mouthHiddenness } from '../../vision/mouth-visibility.ts';

/** Steps of the bytes per unit of change. */
export const MOUTH_CHANGE_STEPS = 50;

/** The byte of a mouth of which nothing is known. */
export const UNKNOWN_MOUTH_CHANGE = 255;

/** The greatest byte of one of which something is known. */
const MOST_CHANGE = UNKNOWN_MOUTH_CHANGE - 1;

/** The looks of the M faces of a video. */
export interface MouthLookColumns {
  /** [M, {@link MOUTH_LOOK_BYTES}]; zeros where nothing is known. */
  readonly looks: Uint8Array;
  /** [M] its shot. */
  readonly shot: ArrayLike<number>;
  /** [M] its person. */
  readonly person: ArrayLike<number>;
}

/** Looks above the first are those of a hidden mouth; in a shot where most are, those below the second show the mouth. */
const HIDDEN = -0.4;
const VISIBLE = -1;

/** So many of them at least say what it looks like. */
const LEAST_VISIBLE = 5;

/**
 * Returns for each face how much its mouth differs from that person's usual one in that shot, as bytes [M]. In most shots the usual one
 * is that of most frames. Where those look hidden by themselves, it is that of the frames that do not; without such frames, all that
 * look hidden differ as much as can be.
 */
export function mouthChanges({ looks, shot, person }: MouthLookColumns): Uint8Array {
  const lookOf = (face: number): Uint8Array => looks.subarray(face * MOUTH_LOOK_BYTES, (face + 1) * MOUTH_LOOK_BYTES);
  const groups = new Map<string, number[]>();
  for (let face = 0; face < shot.length; face++) {
    if (lookOf(face).every((byte) => byte === 0)) continue;
    const key = `${shot[face]} ${person[face]}`;
    const group = groups.get(key);
    if (group) group.push(face);
    else groups.set(key, [face]);
  }
  const changes = new Uint8Array(shot.length).fill(UNKNOWN_MOUTH_CHANGE);
  for (const faces of groups.values()) {
    const usual = usualLook(faces.map(lookOf));
    for (const face of faces) {
      const look = lookOf(face);
      const steps = usual
        ? Math.round(mouthLookChange(look, usual) * MOUTH_CHANGE_STEPS)
        : mouthHiddenness(look) > HIDDEN
          ? MOST_CHANGE
          : 0;
      changes[face] = Math.min(MOST_CHANGE, steps);
    }
  }
  return changes;
}

/** Returns what a mouth looks like that is seen; undefined where it is hidden in almost all looks. */
function usualLook(looks: readonly Uint8Array[]): Uint8Array | undefined {
  const all = new MouthLooks();
  const visible = new MouthLooks();
  let [hiddenCount, visibleCount] = [0, 0];
  for (const look of looks) {
    const hiddenness = mouthHiddenness(look);
    all.add(look);
    if (hiddenness > HIDDEN) hiddenCount++;
    if (hiddenness >= VISIBLE) continue;
    visible.add(look);
    visibleCount++;
  }
  if (2 * hiddenCount <= looks.length) return all.median;
  return visibleCount >= LEAST_VISIBLE ? visible.median : undefined;
}
