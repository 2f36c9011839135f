// Paints occluders over a picture, lit like the person in it, with a soft shadow; says which pixels they hide.
import { highlight, SurfaceSample, toneMapped, wrappedDiffuse, type Lighting } from '../../src/synthetic/lighting.ts';
import { clamp, fractalNoise2, hash3, noise2, smoothstep } from '../../src/synthetic/random.ts';
import type { Occluder, OccluderMaterial, OccluderPart } from './occluder-shapes.ts';

/** Where an occluder is in a picture. */
export interface OccluderPlace {
  /** Where its origin is, in pixels. */
  x: number;
  y: number;
  pixelsPerCentimeter: number;
  /** Radians, clockwise. */
  angle: number;
}

/** A picture to paint on: RGBA bytes, its size, and the lights in it. */
export interface Canvas {
  data: Uint8ClampedArray;
  width: number;
  height: number;
  lighting: Lighting;
}

/** How far around parts shadows are soft, centimeters. */
const AROUND = 0.5;

/** How wide surfaces of one material flow into each other, centimeters. */
const BLEND = 0.35;

/** The distance of a point to a part's outline, negative inside, and how far its surface stands out there. Reused. */
interface Surface {
  distance: number;
  height: number;
}

function measure(part: OccluderPart, x: number, y: number, out: Surface): void {
  if (part.kind === 'rod') {
    const { from, to, radius } = part;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const t = clamp(((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy), 0, 1);
    const r = radius[0] + (radius[1] - radius[0]) * t;
    const squared = (x - from[0] - t * dx) ** 2 + (y - from[1] - t * dy) ** 2;
    out.distance = Math.sqrt(squared) - r;
    out.height = from[2] + (to[2] - from[2]) * t + Math.sqrt(Math.max(0, r * r - squared));
    return;
  }
  const { center, half, corner, bulge } = part;
  const [u, v] = [(x - center[0]) / half[0], (y - center[1]) / half[1]];
  const [qx, qy] = [Math.abs(x - center[0]) - half[0] + corner, Math.abs(y - center[1]) - half[1] + corner];
  out.distance = Math.hypot(Math.max(0, qx), Math.max(0, qy)) + Math.min(0, Math.max(qx, qy)) - corner;
  const share = bulge.along === 'x' ? 1 - u * u : (1 - u * u) * (1 - v * v);
  out.height = center[2] + bulge.height * Math.sqrt(Math.max(0, share));
}

/** Returns the box that holds a part: middle and half of width and height, centimeters. */
function extent(part: OccluderPart): { middle: [number, number]; half: [number, number] } {
  if (part.kind === 'plate') return { middle: [part.center[0], part.center[1]], half: [part.half[0], part.half[1]] };
  const { from, to, radius } = part;
  const r = Math.max(...radius);
  return {
    middle: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2],
    half: [Math.abs(to[0] - from[0]) / 2 + r, Math.abs(to[1] - from[1]) / 2 + r],
  };
}

/** What covers each pixel of a picture. */
class HeightMap {
  readonly height: Float32Array;
  readonly distance: Float32Array;
  readonly material: (OccluderMaterial | undefined)[];
  readonly #part: Surface = { distance: 0, height: 0 };

  constructor(size: number) {
    this.height = new Float32Array(size).fill(-1e3);
    this.distance = new Float32Array(size).fill(1e3);
    this.material = new Array<OccluderMaterial | undefined>(size);
  }

  /** Adds a part at a point. */
  add(index: number, part: OccluderPart, x: number, y: number): void {
    measure(part, x, y, this.#part);
    const { distance, height } = this.#part;
    if (distance > AROUND) return;
    this.distance[index] = Math.min(this.distance[index], distance);
    if (distance > 0.06) return;
    const before = this.height[index];
    if (this.material[index] === part.material) {
      const near = Math.max(0, BLEND - Math.abs(before - height)) / BLEND;
      this.height[index] = Math.max(before, height) + (near * near * BLEND) / 4;
    } else if (height > before) {
      this.height[index] = height;
      this.material[index] = part.material;
    }
  }
}

function patternAt({ pattern }: OccluderMaterial, x: number, y: number): number {
  switch (pattern) {
    case 'skin':
      return 1 + 0.1 * fractalNoise2(0.9 * x, 0.9 * y, 31, 3);
    case 'cloth':
      return 1 + 0.16 * noise2(0.35 * x, 0.35 * y, 7) + 0.1 * Math.sin(9 * x) * Math.sin(9 * y);
    case 'foam':
      return 1 + 0.35 * noise2(5 * x, 5 * y, 3);
    case 'mesh':
      return 0.65 + 0.5 * (Math.sin(14 * (x + y)) * Math.sin(14 * (x - y)) > -0.2 ? 1 : 0);
    case 'print': {
      const line = Math.floor(y / 0.9);
      const isInk = y / 0.9 - line < 0.42 && hash3(Math.floor(3.3 * x), line, 5) < 0.72;
      return isInk ? 0.25 : 1;
    }
    default:
      return 1;
  }
}

/** Returns the share of each pixel that occluders hide, [height, width], after painting them. */
export function paintOccluder(
  canvas: Canvas,
  { parts }: Occluder,
  place: OccluderPlace,
  coverage = new Float32Array(canvas.width * canvas.height),
): Float32Array {
  const { width, height, data, lighting } = canvas;
  const { x: middleX, y: middleY, pixelsPerCentimeter: scale, angle } = place;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const map = new HeightMap(width * height);
  const [localX, localY] = [new Float32Array(width * height), new Float32Array(width * height)];
  const toLocal = (px: number, py: number): [number, number] => {
    const [dx, dy] = [(px + 0.5 - middleX) / scale, (middleY - py - 0.5) / scale];
    return [dx * cos - dy * sin, dx * sin + dy * cos];
  };
  for (const part of parts) {
    const { middle, half } = extent(part);
    const [x, y] = [middle[0] * cos + middle[1] * sin, middle[1] * cos - middle[0] * sin];
    const reachX = Math.abs(half[0] * cos) + Math.abs(half[1] * sin) + AROUND;
    const reachY = Math.abs(half[0] * sin) + Math.abs(half[1] * cos) + AROUND;
    const [left, right] = [middleX + (x - reachX) * scale, middleX + (x + reachX) * scale];
    const [top, bottom] = [middleY - (y + reachY) * scale, middleY - (y - reachY) * scale];
    for (let py = Math.max(0, Math.floor(top)); py < Math.min(height, bottom); py++) {
      for (let px = Math.max(0, Math.floor(left)); px < Math.min(width, right); px++) {
        const index = py * width + px;
        [localX[index], localY[index]] = toLocal(px, py);
        map.add(index, part, localX[index], localY[index]);
      }
    }
  }
  shadow(canvas, map.distance, scale);
  const sample = new SurfaceSample();
  for (let py = 0, index = 0; py < height; py++) {
    for (let px = 0; px < width; px++, index++) {
      const own = map.material[index];
      const alpha = own ? clamp(0.5 - map.distance[index] * scale, 0, 1) : 0;
      if (!own || alpha === 0) continue;
      const left = px > 0 ? index - 1 : index;
      const right = px + 1 < width ? index + 1 : index;
      const above = py > 0 ? index - width : index;
      const below = py + 1 < height ? index + width : index;
      const slope = (a: number, b: number): number =>
        map.height[a] < -100 || map.height[b] < -100 ? 0 : clamp(((map.height[b] - map.height[a]) * scale) / 2, -3, 3);
      const [nx, ny] = [-slope(left, right), slope(above, below)];
      const length = Math.hypot(nx, ny, 1);
      sample.nx = nx / length;
      sample.ny = ny / length;
      sample.nz = 1 / length;
      // Where parts of the same material meet, less of the sky is seen.
      const crease = smoothstep(1.6, 0.2, Math.hypot(nx, ny));
      const texture = patternAt(own, localX[index], localY[index]) * (0.75 + 0.25 * crease);
      const light = lightOn(sample, lighting);
      const shine = own.gloss * 0.12 * highlight(sample, lighting.key, 4);
      for (let channel = 0; channel < 3; channel++) {
        const value = own.color[channel] * texture * light[channel] + shine * lighting.key.color[channel];
        const at = 4 * index + channel;
        data[at] += alpha * (toneMapped(value * lighting.exposure) - data[at]);
      }
      coverage[index] = Math.max(coverage[index], alpha);
    }
  }
  return coverage;
}

function lightOn(sample: SurfaceSample, { key, fill, sky, ground }: Lighting): [number, number, number] {
  const { nx, ny, nz } = sample;
  const along = ({ direction: [x, y, z] }: Lighting['key']): number => nx * x + ny * y + nz * z;
  const [fromKey, fromFill] = [wrappedDiffuse(along(key), 0.25), wrappedDiffuse(along(fill), 0.4)];
  const up = (1 + ny) / 2;
  const of = (c: 0 | 1 | 2): number =>
    key.color[c] * fromKey + fill.color[c] * fromFill + 0.8 * (sky[c] * up + ground[c] * (1 - up));
  return [of(0), of(1), of(2)];
}

/** Darkens what is beside an occluder, on the side away from the key light. */
function shadow({ data, width, height, lighting }: Canvas, distance: Float32Array, scale: number): void {
  const [lx, ly] = lighting.key.direction;
  const [dx, dy] = [Math.round(1.2 * lx * scale), Math.round(-1.2 * ly * scale)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [clamp(x + dx, 0, width - 1), clamp(y + dy, 0, height - 1)];
      const dark = 0.35 * smoothstep(0.5, -0.5, distance[fromY * width + fromX]);
      if (dark === 0) continue;
      const at = 4 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) data[at + channel] *= 1 - dark;
    }
  }
}
