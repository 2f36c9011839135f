// Which color marks a person on the contact sheet and in the overlay.
import type { PaintColor } from '../../vision/annotate.ts';

/** Bright, so that black digits are readable on them; neighbors in number differ. */
const colors: readonly PaintColor[] = [
  [255, 214, 10],
  [90, 200, 250],
  [255, 120, 100],
  [120, 230, 110],
  [230, 140, 255],
  [255, 165, 40],
];

/** Returns the color of a person, by number. */
export function personColor(person: number): PaintColor {
  return colors[person % colors.length];
}
