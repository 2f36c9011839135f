// Exposure of aligned faces [R,R,3]: dark ones are shown to networks as bright as those that they know, and what is drawn is darkened again.
import { createImage8, luma, type Image8 } from '../tensor/image.ts';

/** Faces whose mean luma is below that are brightened up to it, in gray levels. */
const DARK = 64;

/** Faces are brightened by no more than this: what is darker shows little. */
const LARGEST_GAIN = 6;

/** Less is not worth while. */
const SMALLEST_GAIN = 1.01;

/** All but a hundredth of a face's pixels stay below that, in gray levels: lamps and windows behind a dark face must not be cut off. */
const BRIGHTEST = 250;
const BRIGHTER_SHARE = 0.01;

/** The part of an aligned face that is looked at, in sides of it from its edges. */
const MARGIN = 0.2;

/** Returns by how much a face, R × R, is to be brightened: 1, unless it is dark. */
export function exposureGain({ width, height, channels, data }: Image8): number {
  const [left, top] = [Math.round(MARGIN * width), Math.round(MARGIN * height)];
  let sum = 0;
  for (let y = top; y < height - top; y++) {
    for (let x = left, at = (y * width + left) * channels; x < width - left; x++, at += channels) {
      sum += luma(data[at], data[at + 1], data[at + 2]);
    }
  }
  const mean = sum / ((width - 2 * left) * (height - 2 * top));
  const room = BRIGHTEST / Math.max(1, brightLevel(data, channels));
  const gain = Math.min(DARK / Math.max(1, mean), room, LARGEST_GAIN);
  return gain < SMALLEST_GAIN ? 1 : gain;
}

/** Returns the level that only a few pixels exceed in any color. */
function brightLevel(data: Image8['data'], channels: number): number {
  const counts = new Uint32Array(256);
  for (let at = 0; at < data.length; at += channels) counts[Math.max(data[at], data[at + 1], data[at + 2])]++;
  let beyond = (BRIGHTER_SHARE * data.length) / channels;
  let level = 255;
  while (level > 0 && counts[level] <= beyond) beyond -= counts[level--];
  return level;
}

/** Returns a face brightened by a gain; itself when that is 1. */
export function brightened(face: Image8, gain: number): Image8 {
  if (gain === 1) return face;
  const bright = createImage8(face.width, face.height, face.channels, new Uint8ClampedArray(face.data.length));
  for (let i = 0; i < face.data.length; i++) bright.data[i] = gain * face.data[i];
  return bright;
}

/** Returns what was drawn for a brightened face, of −1 … 1, as dark as the face was; itself when the gain is 1. */
export function darkened(drawn: Float32Array, gain: number): Float32Array {
  return gain === 1 ? drawn : drawn.map((value) => (value + 1) / gain - 1);
}
