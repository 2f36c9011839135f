// What the surroundings of a mouth look like beside the rest of the face: a frame and its face mesh → a few bytes to compare frames by.
import { pixelReader, type Image8 } from '../tensor/image.ts';

/** A place on the mesh: a landmark, or the middle between two. */
type MeshPlace = number | readonly [number, number];

/** A part of the mouth, or of the skin around it. */
interface MouthRegion {
  readonly places: readonly MeshPlace[];
  /** How far it faces to the side, degrees. */
  readonly side: number;
  /** By how much it varies in frames of one person that show the mouth: luma, red and blue over green, natural logarithms. */
  readonly deviations: readonly [number, number, number];
}

/**
 * They follow the lips, so that a mouth that opens changes little. The deviations were measured on rendered people who speak, laugh, nod
 * and turn; docs/people.md.
 */
const REGIONS: readonly MouthRegion[] = [
  {
    places: [
      [39, 81],
      [40, 80],
    ],
    side: -25,
    deviations: [0.099, 0.045, 0.025],
  },
  {
    places: [
      [0, 13],
      [37, 82],
      [267, 312],
    ],
    side: 0,
    deviations: [0.082, 0.027, 0.02],
  },
  {
    places: [
      [269, 311],
      [270, 310],
    ],
    side: 25,
    deviations: [0.099, 0.045, 0.025],
  },
  {
    places: [
      [181, 178],
      [91, 88],
    ],
    side: -25,
    deviations: [0.084, 0.036, 0.031],
  },
  {
    places: [
      [17, 14],
      [84, 87],
      [314, 317],
    ],
    side: 0,
    deviations: [0.105, 0.031, 0.02],
  },
  {
    places: [
      [405, 402],
      [321, 318],
    ],
    side: 25,
    deviations: [0.084, 0.036, 0.031],
  },
  { places: [164, 167, 393], side: 0, deviations: [0.06, 0.025, 0.02] },
  { places: [186, 92, 57, 43], side: -40, deviations: [0.065, 0.025, 0.02] },
  { places: [410, 322, 287, 273], side: 40, deviations: [0.065, 0.025, 0.02] },
  { places: [18, 83, 313], side: 0, deviations: [0.087, 0.025, 0.023] },
  { places: [200, 199, 201, 421], side: 0, deviations: [0.072, 0.025, 0.02] },
  { places: [204, 211, 202], side: -40, deviations: [0.07, 0.025, 0.02] },
  { places: [424, 431, 422], side: 40, deviations: [0.07, 0.025, 0.02] },
];

/** The regions to the left that have a counterpart to the right, with it, and those in the middle. */
export const MOUTH_LOOK_PAIRS: readonly (readonly [left: number, right: number])[] = [
  [0, 2],
  [3, 5],
  [7, 8],
  [11, 12],
];
export const MOUTH_LOOK_CENTERS: readonly number[] = [1, 4, 6, 9, 10];

/** Cheeks, nose and the skin between the brows: the light on them is the light on the face. */
const REFERENCES: readonly number[] = [50, 280, 101, 330, 205, 425, 36, 266, 6, 197, 195, 5, 9];

/** Numbers of a region: its three colors, and how well it is seen. */
const REGION_NUMBERS = 4;

/** Bytes of a look. */
export const MOUTH_LOOK_BYTES = REGIONS.length * REGION_NUMBERS;

/** Steps of the bytes: of luma and of the two ratios of colors. */
const STEPS = [0.02, 0.01, 0.01] as const;

/** Half of the side of the square that is looked at around a landmark, in widths of the face. */
const REACH = 0.012;

/** Added to gray levels before their logarithms are taken: of the dark little is known. */
const DARK = 6;

/** A region is not seen when the cosine of the angle at which it is seen is below the first, and seen well above the sum of both. */
const LEAST_FACING = 0.45;
const FACING_RANGE = 0.2;

/** Deviations beyond so many times the usual count as so many. */
const MOST_DEVIATION = 5;

/** Edges of the face on the mesh: left and right, forehead and chin. */
const [LEFT, RIGHT, TOP, BOTTOM] = [234, 454, 10, 152];

/**
 * Returns the look of a mouth: for each region its luma and two ratios of colors beside those of the cheeks and the nose, so that light
 * does not count, and how well it is seen. About 400 pixels are read.
 *
 * @param landmarks - x, y, z of the 468 landmarks of the mesh.
 */
export function mouthLook(image: Image8, landmarks: Float32Array): Uint8Array {
  const pixelAt = pixelReader(image);
  const side = REACH * Math.hypot(...difference(landmarks, LEFT, RIGHT));
  const colorAt = (place: MeshPlace): Color => {
    const [a, b] = typeof place === 'number' ? [place, place] : place;
    const x = (landmarks[3 * a] + landmarks[3 * b]) / 2;
    return logColor(image, pixelAt, [x, (landmarks[3 * a + 1] + landmarks[3 * b + 1]) / 2], side);
  };
  const references = REFERENCES.map(colorAt);
  const face = [0, 1, 2].map((channel) => median(references.map((color) => color[channel])));
  const facing = facingOf(landmarks);
  const look = new Uint8Array(MOUTH_LOOK_BYTES);
  for (const [index, region] of REGIONS.entries()) {
    const colors = region.places.map(colorAt);
    for (let channel = 0; channel < 3; channel++) {
      const mean = colors.reduce((sum, color) => sum + color[channel], 0) / colors.length;
      const steps = Math.round((mean - face[channel]) / STEPS[channel]);
      look[REGION_NUMBERS * index + channel] = Math.max(0, Math.min(255, 128 + steps));
    }
    const seen = (facing(region.side) - LEAST_FACING) / FACING_RANGE;
    look[REGION_NUMBERS * index + 3] = Math.max(0, Math.min(255, Math.round(255 * seen)));
  }
  return look;
}

/** Returns what a look says of one region: its color beside that of the face, logarithms, and how well it is seen, 0 to 1. */
export function regionOf(look: Uint8Array, region: number): { colors: readonly number[]; seen: number } {
  const at = REGION_NUMBERS * region;
  return { colors: STEPS.map((step, channel) => (look[at + channel] - 128) * step), seen: look[at + 3] / 255 };
}

type Color = readonly [luma: number, red: number, blue: number];

function logColor(
  { width, height }: Image8,
  pixelAt: (x: number, y: number) => number,
  [x, y]: readonly [number, number],
  side: number,
): Color {
  let [red, green, blue] = [0, 0, 0];
  for (let v = -1; v <= 1; v++) {
    for (let u = -1; u <= 1; u++) {
      const column = Math.max(0, Math.min(width - 1, Math.round(x + u * side)));
      const row = Math.max(0, Math.min(height - 1, Math.round(y + v * side)));
      const pixel = pixelAt(column, row);
      red += pixel & 255;
      green += (pixel >> 8) & 255;
      blue += (pixel >> 16) & 255;
    }
  }
  const [r, g, b] = [red / 9 + DARK, green / 9 + DARK, blue / 9 + DARK];
  return [Math.log(0.3 * r + 0.6 * g + 0.1 * b), Math.log(r / g), Math.log(b / g)];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function difference(landmarks: Float32Array, from: number, to: number): [number, number, number] {
  const along = (k: number): number => landmarks[3 * to + k] - landmarks[3 * from + k];
  return [along(0), along(1), along(2)];
}

/** Returns at what cosine one sees what faces to a side by so many degrees. */
function facingOf(landmarks: Float32Array): (side: number) => number {
  const [ax, ay, az] = difference(landmarks, LEFT, RIGHT);
  const [bx, by, bz] = difference(landmarks, TOP, BOTTOM);
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  const forward = Math.abs(normal[2]) / Math.hypot(...normal);
  const sideways = az / Math.hypot(ax, ay, az);
  return (side) => {
    const angle = (side * Math.PI) / 180;
    return forward * Math.cos(angle) - sideways * Math.sin(angle);
  };
}

/** Collects looks of one person, of which most show the mouth. */
export class MouthLooks {
  /** For each byte of a look how often it had each value. */
  readonly #counts = new Uint32Array(MOUTH_LOOK_BYTES * 256);

  /** Adds a look; what is seen at a slant hardly counts. */
  add(look: Uint8Array): void {
    for (let at = 0; at < MOUTH_LOOK_BYTES; at += REGION_NUMBERS) {
      for (let k = at; k < at + 3; k++) this.#counts[256 * k + look[k]] += look[at + 3] + 1;
    }
  }

  /** The usual look: the median of each byte. */
  get median(): Uint8Array {
    return Uint8Array.from({ length: MOUTH_LOOK_BYTES }, (_, k) => {
      const counts = this.#counts.subarray(256 * k, 256 * k + 256);
      const half = counts.reduce((sum, count) => sum + count, 0) / 2;
      let sum = 0;
      return Math.max(
        0,
        counts.findIndex((count) => (sum += count) >= half),
      );
    });
  }
}

/** Returns how much a look differs from the usual one: about 0.5 to 1.5 while somebody speaks, 3 to 5 when the mouth is hidden. */
export function mouthLookChange(look: Uint8Array, usual: Uint8Array): number {
  let [sum, weights] = [0, 0];
  for (const [index, { deviations }] of REGIONS.entries()) {
    const at = REGION_NUMBERS * index;
    const weight = look[at + 3] / 255 + 0.02;
    for (let channel = 0; channel < 3; channel++) {
      const change = (Math.abs(look[at + channel] - usual[at + channel]) * STEPS[channel]) / deviations[channel];
      sum += (weight / 3) * Math.min(MOST_DEVIATION, change) ** 2;
    }
    weights += weight;
  }
  return Math.sqrt(sum / weights);
}
