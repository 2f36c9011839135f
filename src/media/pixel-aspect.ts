// The width of stored pixels in their heights: what several places of a file say of it → what is believed.

/** Pixels that are said to be longer than that are damage: those of analog tape and anamorphic lenses are up to 2 : 1. */
const LONGEST = 16;

/** Returns the first aspect that says anything that can be, as width and height; square pixels by default. */
export function pixelAspectOf(aspects: readonly { num: number; den: number }[]): [width: number, height: number] {
  const aspect = aspects.find(({ num, den }) => num > 0 && den > 0 && num <= LONGEST * den && den <= LONGEST * num);
  return aspect ? [aspect.num, aspect.den] : [1, 1];
}
