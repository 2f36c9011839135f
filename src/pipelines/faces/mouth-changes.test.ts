import { describe, expect, it } from 'vitest';
import { mouthHiddenness } from '../../vision/mouth-visibility.ts';
import { MOUTH_CHANGE_STEPS, mouthChanges } from './mouth-changes.ts';

type Color = readonly [luma: number, red: number, blue: number];

/** A look, seen from in front, with lips and skin of these colors beside the face's, as logarithms. */
function look(lips: Color, skin: Color): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: 13 }, (_, region) => {
      const [luma, red, blue] = region < 6 ? lips : skin;
      return [128 + luma / 0.02, 128 + red / 0.01, 128 + blue / 0.01, 255];
    }).flat(),
  );
}

const mouth = look([-0.35, 0.17, 0.1], [-0.22, 0.04, -0.04]);
const bearded = look([-0.4, 0.12, 0.06], [-0.5, 0.02, -0.05]);
const hand = look([-0.27, 0, 0.01], [-0.27, 0, 0]);
const mask = look([-0.25, -0.01, 0.26], [-0.3, 0, 0.25]);
const microphone = look([-1.2, -0.1, 0.05], [-0.9, -0.08, 0.05]);

/** Returns in how many of so many frames with each look the mouth counts as hidden. */
function hidden(...frames: readonly (readonly [look: Uint8Array, count: number])[]): number[] {
  const looks = frames.flatMap(([each, count]) => Array.from({ length: count }, () => each));
  const changes = mouthChanges({
    looks: Uint8Array.from(looks.flatMap((each) => [...each])),
    shot: looks.map(() => 0),
    person: looks.map(() => 0),
  });
  let first = 0;
  return frames.map(([, count]) => {
    first += count;
    return changes.subarray(first - count, first).filter((steps) => steps > 2.55 * MOUTH_CHANGE_STEPS).length;
  });
}

describe('mouthChanges', () => {
  it('tells something that comes before a mouth for a while', () => {
    expect(hidden([mouth, 60], [hand, 12])).toEqual([0, 12]);
    expect(hidden([bearded, 60], [mask, 12])).toEqual([0, 12]);
  });

  it('tells it where it stays for most of the shot, and keeps the frames that show the mouth', () => {
    for (const thing of [mask, microphone, hand]) expect(hidden([mouth, 12], [thing, 60])).toEqual([0, 60]);
  });

  it('tells it where the mouth is never seen', () => {
    for (const thing of [mask, microphone]) expect(hidden([thing, 60])).toEqual([60]);
    expect(hidden([mouth, 2], [mask, 60])).toEqual([0, 60]);
  });

  it('takes mouths of many colors for mouths', () => {
    for (const each of [
      mouth,
      bearded,
      look([-0.6, 0.45, 0.2], [-0.2, 0.03, 0]),
      look([-0.25, 0.09, 0.05], [-0.15, 0.02, 0]),
    ]) {
      expect(mouthHiddenness(each)).toBeLessThan(0);
      expect(hidden([each, 60])).toEqual([0]);
    }
  });
});
