// How well the drawn region of aligned faces [F,R,R,3] fits its frames: its color, the step at its border, the flicker of its skin.
import { labFromSrgb } from '../vision/cielab.ts';
import { mouthShares } from '../vision/face-regions.ts';
import type { Box } from '../vision/geometry.ts';
import { inpaintMask } from '../vision/mask.ts';
import { pasteOpacity } from '../vision/paste-opacity.ts';
import type { Faces } from './picture-quality.ts';
import { mean } from './signals.ts';

/** Radius of the half discs that are compared on both sides of the border, in sides of the face. */
const BORDER_RADIUS = 1 / 32;

/** Returns the gray of a pixel (luma of BT.601), 0 … 255. */
function grayAt(data: Uint8Array, pixel: number): number {
  const i = 3 * pixel;
  return 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
}

function checkSameShape(source: Faces, result: Faces): void {
  if (source.shape.join() === result.shape.join()) return;
  throw new RangeError(`result must have the shape [${source.shape.join(', ')}] (got [${result.shape.join(', ')}]).`);
}

/**
 * Returns by how much the mean color of a region differs in each frame: ΔE of CIE 1976, that is, the distance in L\*a\*b\* under D65.
 * About 2.3 is just noticeable.
 *
 * @throws RangeError when the faces differ in shape.
 */
export function colorDifference(source: Faces, result: Faces, { x, y, width, height }: Box): number[] {
  checkSameShape(source, result);
  const [frames, resolution] = source.shape;
  const labOf = ({ data }: Faces, frame: number): number[] => {
    const sum = [0, 0, 0];
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const i = 3 * ((frame * resolution + row) * resolution + column);
        for (let channel = 0; channel < 3; channel++) sum[channel] += data[i + channel];
      }
    }
    const [red, green, blue] = sum.map((value) => value / (width * height));
    return labFromSrgb(red, green, blue);
  };
  return Array.from({ length: frames }, (_, frame) => {
    const [a, b] = [labOf(source, frame), labOf(result, frame)];
    return Math.hypot(...a.map((value, i) => value - b[i]));
  });
}

/** How visible the border of the drawn region is, in gray levels. */
export interface BorderStep {
  /** Of all places along the border in all frames. */
  readonly mean: number;
  /** What 99 of 100 places do not exceed. */
  readonly percentile99: number;
}

/**
 * Returns the border's own step: by how much the change from one side of the border to the other differs from the source's. At
 * each pixel of the border, the means of two half discs are compared, 1/32 of the face in radius, so that neither grain nor lost detail
 * counts, but what runs along the border.
 *
 * @throws RangeError when the faces differ in shape.
 */
export function borderStep(source: Faces, result: Faces): BorderStep {
  checkSameShape(source, result);
  const [frames, resolution] = source.shape;
  const area = resolution ** 2;
  const places = borderPlaces(resolution);
  const steps: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const first = frame * area;
    const more = (pixel: number): number => grayAt(result.data, first + pixel) - grayAt(source.data, first + pixel);
    for (const { inner, outer } of places) steps.push(Math.abs(mean(inner.map(more)) - mean(outer.map(more))));
  }
  steps.sort((a, b) => a - b);
  return { mean: mean(steps), percentile99: steps[Math.ceil(0.99 * steps.length) - 1] };
}

/** A place on the border: pixels of the half disc inside, and of the one outside. */
interface BorderPlace {
  inner: number[];
  outer: number[];
}

function borderPlaces(size: number): BorderPlace[] {
  const opacity = pasteOpacity(size);
  const reach = Math.round(BORDER_RADIUS * size);
  const disc: [x: number, y: number][] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) if (Math.hypot(x, y) <= reach + 0.1) disc.push([x, y]);
  }
  const places: BorderPlace[] = [];
  for (let i = 0; i < opacity.length; i++) {
    const [column, row] = [i % size, Math.floor(i / size)];
    const isBorder = opacity[i] >= 0.5 && [1, -1, size, -size].some((step) => (opacity[i + step] ?? 0) < 0.5);
    if (!isBorder) continue;
    const inFace = disc.filter(([x, y]) => column + x >= 0 && column + x < size && row + y >= 0 && row + y < size);
    // The normal is where opacity rises.
    const normal = [0, 1].map((axis) => {
      return inFace.reduce((sum, offset) => sum + offset[axis] * opacity[i + offset[1] * size + offset[0]], 0);
    });
    const side = ([x, y]: [number, number]): number => (x * normal[0] + y * normal[1]) / Math.hypot(...normal);
    const pixels = (isSide: (offset: [number, number]) => boolean): number[] =>
      inFace.filter(isSide).map(([x, y]) => i + y * size + x);
    const place = { inner: pixels((offset) => side(offset) > 0.5), outer: pixels((offset) => side(offset) < -0.5) };
    if (place.inner.length > 0 && place.outer.length > 0) places.push(place);
  }
  return places;
}

/**
 * Returns how much drawn skin flickers, divided by how much the source's does at the same places: by how much a pixel differs on average from
 * the mean of the frames before and after. Skin is what is drawn beside the mouth in the middle 70 % of the face. NaN if the source stands still.
 *
 * @throws RangeError when the faces differ in shape.
 */
export function skinFlicker(source: Faces, result: Faces): number {
  checkSameShape(source, result);
  const [frames, resolution] = source.shape;
  const area = resolution ** 2;
  const [mask, mouth] = [inpaintMask(resolution), mouthShares(resolution)];
  const skin = Array.from(mask.keys()).filter(
    (i) => mask[i] === 0 && mouth[i] === 0 && Math.abs(((i % resolution) + 0.5) / resolution - 0.5) < 0.35,
  );
  const flickerOf = ({ data }: Faces): number => {
    let sum = 0;
    for (let frame = 1; frame < frames - 1; frame++) {
      for (const pixel of skin) {
        const now = frame * area + pixel;
        sum += Math.abs(grayAt(data, now) - (grayAt(data, now - area) + grayAt(data, now + area)) / 2);
      }
    }
    return sum;
  };
  return flickerOf(result) / flickerOf(source);
}
