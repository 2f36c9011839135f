// How much each mouth of a video differs from how it usually looks: the looks of all faces → one byte each.
import { MOUTH_LOOK_BYTES, MouthLooks, mouthLookChange } from '../../vision/mouth-look.ts';

/** Steps of the bytes per unit of change. */
export const MOUTH_CHANGE_STEPS = 50;

/** The byte of a mouth of which nothing is known. */
export const UNKNOWN_MOUTH_CHANGE = 255;

/** The looks of the M faces of a video. */
export interface MouthLookColumns {
  /** [M, {@link MOUTH_LOOK_BYTES}]; zeros where nothing is known. */
  readonly looks: Uint8Array;
  /** [M] its shot. */
  readonly shot: ArrayLike<number>;
  /** [M] its person. */
  readonly person: ArrayLike<number>;
}

/**
 * Returns for each face how much its mouth differs from that person's usual one in that shot, as bytes [M]. What is before a mouth for
 * most of the shot is taken for usual.
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
    const own = new MouthLooks();
    for (const face of faces) own.add(lookOf(face));
    const usual = own.median;
    for (const face of faces) {
      const steps = Math.round(mouthLookChange(lookOf(face), usual) * MOUTH_CHANGE_STEPS);
      changes[face] = Math.min(UNKNOWN_MOUTH_CHANGE - 1, steps);
    }
  }
  return changes;
}
