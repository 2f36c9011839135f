// Lights of a portrait and the arithmetic that all materials share: wrapped diffuse light, highlights, tone curve.
import { clamp } from './random.ts';

/** A light far away. */
export interface DirectionalLight {
  /** Unit vector toward the light. */
  direction: readonly [number, number, number];
  /** Linear color and strength. */
  color: readonly [number, number, number];
}

/** The lights of a scene. */
export interface Lighting {
  key: DirectionalLight;
  fill: DirectionalLight;
  /** From behind; catches the outline. */
  rim: DirectionalLight;
  /** Linear color of ambient light from above and from below. */
  sky: readonly [number, number, number];
  ground: readonly [number, number, number];
  /** Multiplies everything before the tone curve. */
  exposure: number;
}

/** Returns the unit vector at an azimuth (0 toward the viewer, positive to the viewer's right) and an elevation, degrees. */
export function directionAt(azimuth: number, elevation: number): [number, number, number] {
  const a = (azimuth * Math.PI) / 180;
  const e = (elevation * Math.PI) / 180;
  return [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)];
}

/** The surface at one sample: what a material's shader reads. Reused from sample to sample. */
export class SurfaceSample {
  /** Unit normal. */
  nx = 0;
  ny = 0;
  nz = 1;
  /** Unit vector toward the camera. */
  vx = 0;
  vy = 0;
  vz = 1;
  u = 0;
  v = 0;
  ambient = 1;
  keyLight = 1;
  mask = 0;
  /** Direction of the strand, for hair. */
  tx = 0;
  ty = 1;
  tz = 0;
}

/** Writes the linear color of a surface sample into `out` (3 values). */
export type Shader = (sample: SurfaceSample, out: Float64Array) => void;

/** Returns light on a surface whose scattering carries it a share `wrap` beyond the terminator. */
export function wrappedDiffuse(cosine: number, wrap: number): number {
  const t = (cosine + wrap) / (1 + wrap);
  return t > 0 ? t * t * (1 - 0.35 * (1 - t)) : 0;
}

/**
 * Returns the Blinn–Phong highlight (normalized) of a light on a surface sample.
 *
 * @param squarings - sharpness: the cosine is raised to the power 2^squarings.
 */
export function highlight(sample: SurfaceSample, light: DirectionalLight, squarings: number): number {
  const [lx, ly, lz] = light.direction;
  if (sample.nx * lx + sample.ny * ly + sample.nz * lz <= -0.1) return 0;
  const hx = lx + sample.vx;
  const hy = ly + sample.vy;
  const hz = lz + sample.vz;
  let power = (sample.nx * hx + sample.ny * hy + sample.nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
  if (power <= 0) return 0;
  for (let i = 0; i < squarings; i++) power *= power;
  return power * (0.06 * (1 << squarings) + 0.25);
}

/** Returns Schlick's Fresnel term for a cosine between normal and view and a reflectance at normal incidence. */
export function fresnel(cosine: number, base: number): number {
  const c = 1 - clamp(cosine, 0, 1);
  const c2 = c * c;
  return base + (1 - base) * c2 * c2 * c;
}

const CURVE_SIZE = 4096;
const CURVE_MAX = 4;
const toneTable = Uint8Array.from({ length: CURVE_SIZE + 1 }, (_, i) => {
  const x = (i / CURVE_SIZE) * CURVE_MAX;
  // A soft shoulder above mid gray, then the sRGB transfer curve.
  const shouldered = x < 0.6 ? x : 0.6 + 0.4 * (1 - Math.exp(-(x - 0.6) / 0.4));
  const encoded = shouldered <= 0.0031308 ? 12.92 * shouldered : 1.055 * Math.pow(shouldered, 1 / 2.4) - 0.055;
  return Math.round(255 * clamp(encoded, 0, 1));
});

/** Returns the 8-bit picture value of a linear light value. */
export function toneMapped(value: number): number {
  return toneTable[value <= 0 ? 0 : value >= CURVE_MAX ? CURVE_SIZE : Math.floor((value * CURVE_SIZE) / CURVE_MAX)];
}

const linearTable = Float32Array.from({ length: 256 }, (_, i) => {
  const x = i / 255;
  return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4);
});

function linearOf(value: number): number {
  return linearTable[clamp(Math.round(value), 0, 255)];
}

/** Returns the linear color of an sRGB hex string such as `#c89f86`. */
export function linearColor(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [linearOf(value >> 16), linearOf((value >> 8) & 255), linearOf(value & 255)];
}
