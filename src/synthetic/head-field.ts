// The sculpted canonical head as a signed distance field. Axes: x to the viewer's right, y up, z to the viewer; centimeters.
// y = 0 is the height of the pupils, z = 0 the plane of the ears; the field is symmetric in x.
import { ellipsoid, roundCone, smoothSubtract, smoothUnion } from './distance-primitives.ts';

/** Center of the eyeball at +x, centimeters. */
export const EYE_CENTER = { x: 3.12, y: 0.02, z: 7.14 } as const;

/** Radius of the eyeball, centimeters. */
export const EYE_RADIUS = 1.32;

function cranium(x: number, y: number, z: number): number {
  let d = ellipsoid(x, y, z, 0, 2.9, -0.7, 7.1, 8.6, 9.2);
  // Forehead: a flatter, broader front than the ellipsoid has.
  d = smoothUnion(d, ellipsoid(x, y, z, 1.5, 4.0, 4.1, 4.2, 4.2, 4.9), 2.4);
  // Brow ridge and its outer end.
  d = smoothUnion(d, roundCone(x, y, z, 0.3, 1.9, 8.25, 0.7, 3.9, 2.0, 7.25, 0.72), 1.2);
  d = smoothUnion(d, roundCone(x, y, z, 3.9, 2.0, 7.3, 0.72, 5.4, 0.3, 5.1, 0.8), 1.2);
  // Hollow of the temple.
  return smoothSubtract(d, ellipsoid(x, y, z, 8.6, 2.0, 5.0, 1.9, 2.6, 2.8), 1.8);
}

function jawAndCheeks(x: number, y: number, z: number): number {
  let d = ellipsoid(x, y, z, 0, -3.4, 2.4, 5.8, 7.2, 6.4);
  // Cheekbone and its arch toward the ear.
  d = smoothUnion(d, ellipsoid(x, y, z, 4.0, -2.0, 5.6, 1.95, 1.4, 2.2), 1.5);
  d = smoothUnion(d, roundCone(x, y, z, 4.8, -2.0, 5.0, 0.95, 6.0, -1.6, 0.5, 0.85), 1.8);
  // Fullness of the cheek beside nose and mouth, and toward the jaw.
  d = smoothUnion(d, ellipsoid(x, y, z, 3.2, -4.2, 6.0, 2.2, 2.4, 2.35), 1.6);
  d = smoothUnion(d, ellipsoid(x, y, z, 3.45, -5.0, 3.2, 2.0, 3.2, 3.6), 2.0);
  // Lower jaw: ramus, body, chin.
  d = smoothUnion(d, roundCone(x, y, z, 5.2, -1.5, 0.2, 1.1, 4.3, -7.0, 1.4, 1.0), 1.8);
  d = smoothUnion(d, roundCone(x, y, z, 4.3, -7.1, 1.4, 1.0, 1.9, -9.9, 6.3, 1.3), 2.4);
  d = smoothUnion(d, ellipsoid(x, y, z, 0, -9.85, 7.75, 1.7, 1.3, 1.6), 2.4);
  // The arch of the teeth carries the lips.
  d = smoothUnion(d, ellipsoid(x, y, z, 0, -6.2, 6.1, 3.15, 2.7, 3.5), 1.5);
  d = smoothUnion(d, ellipsoid(x, y, z, 3.1, -8.6, 4.4, 1.5, 1.3, 2.4), 2.2);
  // Groove under the nose.
  d = smoothSubtract(d, roundCone(x, y, z, 0, -4.2, 10.0, 0.14, 0, -5.6, 10.05, 0.2), 0.3);
  // Fold between lower lip and chin.
  return smoothSubtract(d, roundCone(x, y, z, 0, -8.5, 10.15, 0.42, 1.6, -8.65, 9.4, 0.3), 0.9);
}

function nose(d: number, x: number, y: number, z: number): number {
  // Flanks, then bridge, then tip, wings and the strip between the nostrils.
  d = smoothUnion(d, roundCone(x, y, z, 0.4, 0.2, 7.7, 0.5, 0.85, -2.6, 8.75, 0.9), 1.4);
  d = smoothUnion(d, roundCone(x, y, z, 0, 0.9, 8.2, 0.5, 0, -2.3, 10.1, 0.58), 0.95);
  d = smoothUnion(d, ellipsoid(x, y, z, 0, -2.75, 10.32, 0.84, 0.8, 0.9), 0.6);
  d = smoothUnion(d, ellipsoid(x, y, z, 1.08, -3.12, 9.5, 0.6, 0.64, 0.9), 0.5);
  d = smoothUnion(d, roundCone(x, y, z, 0, -3.2, 10.3, 0.42, 0, -4.0, 9.35, 0.5), 0.5);
  // Nostril.
  return smoothSubtract(d, ellipsoid(x, y, z, 0.62, -3.78, 9.86, 0.3, 0.42, 0.5), 0.16);
}

// |x| with a rounded bottom, so that mirrored solids meet without a crease.
function mirrored(x: number): number {
  return Math.sqrt(x * x + 0.05);
}

/** Returns the signed distance from a point to the canonical head and neck, without ears, lips and eyeballs. */
export function headDistance(px: number, y: number, z: number): number {
  const x = mirrored(px);
  let d = smoothUnion(cranium(x, y, z), jawAndCheeks(x, y, z), 1.8);
  // Eye socket, then the lids as a skin over the eyeball.
  d = smoothSubtract(d, ellipsoid(x, y, z, 3.05, 0.1, 8.95, 1.8, 1.1, 1.35), 1.1);
  d = smoothSubtract(d, ellipsoid(x, y, z, 1.7, 0.1, 8.75, 0.7, 0.8, 0.8), 0.8);
  d = nose(d, x, y, z);
  const lid = Math.hypot(x - EYE_CENTER.x, y - EYE_CENTER.y, z - EYE_CENTER.z) - (EYE_RADIUS + 0.1);
  d = smoothUnion(d, lid, 0.5);
  // Neck, the muscle from behind the ear to the breastbone, and larynx.
  let neck = roundCone(x, y, z, 0, -5, -2.2, 4.7, 0, -21, -3.2, 5.3);
  neck = smoothUnion(neck, roundCone(x, y, z, 4.7, -4.5, -2.2, 0.9, 0.9, -18.4, 2.0, 0.7), 1.8);
  neck = smoothUnion(neck, ellipsoid(x, y, z, 0, -14.6, 1.9, 0.9, 1.3, 1.0), 1.5);
  return smoothUnion(d, neck, 1.7);
}

/** Writes the outward unit normal of the field at a point into `out` at `offset` (central differences). */
export function headNormal(x: number, y: number, z: number, out: Float32Array, offset: number, step = 0.03): void {
  const nx = headDistance(x + step, y, z) - headDistance(x - step, y, z);
  const ny = headDistance(x, y + step, z) - headDistance(x, y - step, z);
  const nz = headDistance(x, y, z + step) - headDistance(x, y, z - step);
  const length = Math.hypot(nx, ny, nz) || 1;
  out[offset] = nx / length;
  out[offset + 1] = ny / length;
  out[offset + 2] = nz / length;
}
