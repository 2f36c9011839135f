// What one camera makes of a scene: light, color, focus, grain, sharpening and compression, drawn from a seed.
import type { SeededRandom } from '../../synthetic/random.ts';

/** Grain of a sensor; amounts in linear light, where white is 1. */
export interface SensorGrain {
  /** Variance per unit of light: that of the light's own shots. */
  shot: number;
  /** Standard deviation in the dark. */
  read: number;
  /** Standard deviation in pixels of the blur that correlates neighbors; 0: every pixel has its own. */
  size: number;
  /** Share of the variance that each color has of its own. */
  chroma: number;
  /** Share of the variance that stays from frame to frame, as a sensor's pattern does, and grain that a codec repeats. */
  still: number;
}

/** A lossy codec; at equal quality JPEG forgets the past and H.264 does not. */
export type Compression = { codec: 'jpeg'; quality: number } | { codec: 'h264'; crf: number };

/** What a camera makes of a scene. The {@link PERFECT_CAMERA} changes nothing. */
export interface CameraLook {
  /** Color of the light that the camera takes for white: shift in mireds from daylight, positive for a warmer picture. */
  warmth: number;
  /** Green against magenta, in stops of the green channel. */
  tint: number;
  /** Light, in stops. */
  exposure: number;
  /** Stray light that is added everywhere, linear. */
  flare: number;
  /** Slope of the tone curve at middle gray, which stays; 1 is neutral. */
  contrast: number;
  /** Exponent of encoded values; above 1 is darker. */
  gamma: number;
  /** Factor of color differences. */
  saturation: number;
  /** Standard deviation of the blur out of focus, pixels. */
  defocus: number;
  /** Share of the frame's time in which the shutter is open. */
  shutter: number;
  grain: SensorGrain;
  /** Unsharp masking: amount, and standard deviation in pixels. */
  sharpening: { amount: number; radius: number };
  /** How many pixels of the picture become one and are enlarged again, along each axis. */
  coarseness: number;
  /** Whether color has half the resolution of brightness, along each axis. */
  subsampled: boolean;
  /** In that order, one after the other. */
  compressions: readonly Compression[];
}

/** A camera that changes nothing. */
export const PERFECT_CAMERA: CameraLook = {
  warmth: 0,
  tint: 0,
  exposure: 0,
  flare: 0,
  contrast: 1,
  gamma: 1,
  saturation: 1,
  defocus: 0,
  shutter: 0,
  grain: { shot: 0, read: 0, size: 0, chroma: 0, still: 0 },
  sharpening: { amount: 0, radius: 1 },
  coarseness: 1,
  subsampled: false,
  compressions: [],
};

/** Fraction of the cameras that change nothing. */
const PERFECT_SHARE = 0.1;
/** Fraction of the scenes with little light. */
const DIM_SHARE = 0.15;

function exponential(random: SeededRandom, low: number, high: number): number {
  return low * (high / low) ** random.next();
}

function sampleCompressions(random: SeededRandom): Compression[] {
  const kind = random.next();
  const jpeg = { codec: 'jpeg', quality: Math.round(random.uniform(35, 96)) } as const;
  const h264 = { codec: 'h264', crf: Math.round(random.uniform(15, 33)) } as const;
  if (kind < 0.15) return [];
  if (kind < 0.35) return [jpeg];
  // What is sent on is compressed twice.
  return kind < 0.9 ? [h264] : [jpeg, h264];
}

/** Draws a camera: most are ordinary, a few bad in one respect or two. */
export function sampleCamera(random: SeededRandom): CameraLook {
  if (random.next() < PERFECT_SHARE) return PERFECT_CAMERA;
  const dim = random.next() < DIM_SHARE ? random.uniform(0.3, 1) : 0;
  const soft = random.next();
  const sharpened = random.next() < 0.45;
  return {
    warmth: random.normal(-8, 24),
    tint: random.normal(-0.03, 0.07),
    exposure: random.normal(0.05, 0.35) - 1.3 * dim,
    flare: random.next() < 0.4 ? random.uniform(0, 0.025) : 0,
    contrast: random.normal(1, 0.14),
    gamma: 2 ** random.normal(0, 0.14),
    saturation: Math.max(0.35, random.normal(0.88, 0.17)),
    defocus: soft < 0.5 ? random.uniform(0, 0.5) : soft < 0.92 ? random.uniform(0.5, 1) : random.uniform(1, 1.9),
    shutter: random.uniform(0.2, 0.5) + 0.5 * dim,
    grain: {
      shot: exponential(random, 6e-6, 8e-4) * (1 + 3 * dim),
      read: exponential(random, 3e-4, 2.5e-3) * (1 + 2 * dim),
      size: random.next() < 0.5 ? random.uniform(0, 0.5) : random.uniform(0.5, 1.3),
      chroma: random.uniform(0.1, 0.7),
      still: random.next() < 0.6 ? 0 : random.uniform(0, 0.6),
    },
    sharpening: {
      amount: sharpened ? random.uniform(0.2, 1.2) : 0,
      radius: random.uniform(0.6, 1.8),
    },
    coarseness: random.next() < 0.3 ? random.uniform(1.1, 2.1) : 1,
    subsampled: random.next() < 0.85,
    compressions: sampleCompressions(random),
  };
}
