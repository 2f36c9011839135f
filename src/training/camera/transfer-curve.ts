// sRGB's transfer curve over planes: 8-bit pictures [H,W,4] → linear light [3,H,W] and back.

/** Encodes linear light, 0 to 1 and beyond, as a display value, 0 to 1 and beyond. */
function encodedOf(linear: number): number {
  if (linear < 0) return 12.92 * linear;
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

const linearTable = Float32Array.from({ length: 256 }, (_, value) => {
  const x = value / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
});

// Steps over the square root of light, on which the curve is nearly straight.
const STEPS = 2048;
const LIMIT = 1.25;
const encodedTable = Float32Array.from({ length: STEPS + 2 }, (_, step) => encodedOf(LIMIT * (step / STEPS) ** 2));

/** Returns the linear light of an RGBA picture as planes of red, green and blue, [3, pixels]. */
export function linearPlanes(rgba: Uint8ClampedArray): Float32Array {
  const size = rgba.length / 4;
  const planes = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) {
    planes[i] = linearTable[rgba[4 * i]];
    planes[size + i] = linearTable[rgba[4 * i + 1]];
    planes[2 * size + i] = linearTable[rgba[4 * i + 2]];
  }
  return planes;
}

/** Encodes linear light in place; below black it stays black, and above 1.25 it is cut. */
export function encodePlanes(planes: Float32Array): void {
  for (let i = 0; i < planes.length; i++) {
    const light = planes[i];
    const place = light <= 0 ? 0 : light >= LIMIT ? STEPS : Math.sqrt(light / LIMIT) * STEPS;
    const step = place | 0;
    planes[i] = encodedTable[step] + (encodedTable[step + 1] - encodedTable[step]) * (place - step);
  }
}

/** Writes encoded planes into an RGBA picture, rounded and clipped. */
export function writePicture(planes: Float32Array, rgba: Uint8ClampedArray): void {
  const size = rgba.length / 4;
  for (let i = 0; i < size; i++) {
    rgba[4 * i] = 255 * planes[i];
    rgba[4 * i + 1] = 255 * planes[size + i];
    rgba[4 * i + 2] = 255 * planes[2 * size + i];
  }
}
