// The chart of the head: plane coordinates (u across, v up, about centimeters) ↔ points of the sculpted surface.
import { headDistance } from './head-field.ts';

/** Chart units for each radian, so that chart distances are about centimeters on the face. */
const SCALE = 10;
// Below these chart heights (radians) the rays' origin slides down: first behind nose and mouth, then along the neck.
const FACE_SLIDE = -0.5;
const JAW_FAN = -0.95;
const NECK_SLIDE = -1.5;

/** A point in space. */
export interface SurfacePoint {
  x: number;
  y: number;
  z: number;
}

/**
 * Returns the surface point of a chart position: the outermost hit of a ray from inside the head. Rays fan out from the
 * middle of the skull; behind nose and mouth, and again along the neck, their origin slides down, so that no part of the
 * surface lies along them.
 */
export function surfacePoint(u: number, v: number): SurfacePoint {
  const azimuth = u / SCALE;
  const meridian = v / SCALE;
  const slide = Math.min(1, Math.max(0, (FACE_SLIDE - meridian) / (FACE_SLIDE - JAW_FAN)));
  const below = Math.max(0, NECK_SLIDE - meridian);
  let elevation = Math.max(meridian, FACE_SLIDE) - 0.15 * slide + Math.min(0, meridian - JAW_FAN);
  if (below > 0) elevation = Math.min(-0.12, elevation + 1.9 * below);
  const originY = 3 - 5 * slide - 15 * below;
  const originZ = -1.2 * below;
  const dx = Math.sin(azimuth) * Math.cos(elevation);
  const dy = Math.sin(elevation);
  const dz = Math.cos(azimuth) * Math.cos(elevation);
  let t = 24;
  for (let step = 0; step < 90; step++) {
    const d = headDistance(dx * t, originY + dy * t, originZ + dz * t);
    t -= 0.75 * d;
    if (d < 5e-4) break;
  }
  return { x: dx * t, y: originY + dy * t, z: originZ + dz * t };
}

/** Returns the chart position whose surface point has the given x and y on the front of the face. */
export function chartAt(x: number, y: number): { u: number; v: number } {
  let u = SCALE * Math.atan2(x, 9);
  let v = SCALE * Math.atan2(y - 3, 9.5);
  for (let step = 0; step < 40; step++) {
    const point = surfacePoint(u, v);
    const [errorX, errorY] = [x - point.x, y - point.y];
    if (Math.abs(errorX) + Math.abs(errorY) < 1e-4) break;
    const reach = Math.hypot(point.x, point.y - 3, point.z);
    u += (0.8 * SCALE * errorX) / reach;
    v += (0.8 * SCALE * errorY) / reach;
  }
  return { u, v };
}

/** Returns the z of the frontmost point of the sculpture at (x, y). */
export function frontDepth(x: number, y: number): number {
  let z = 14;
  for (let step = 0; step < 120; step++) {
    const d = headDistance(x, y, z);
    z -= 0.75 * d;
    if (d < 5e-4) break;
  }
  return z;
}

/** Returns the longest stretch of the chart at a position: centimeters of surface for each chart unit. */
export function chartStretch(u: number, v: number): number {
  const step = 0.12;
  const center = surfacePoint(u, v);
  const across = surfacePoint(u + step, v);
  const up = surfacePoint(u, v + step);
  const length = (p: SurfacePoint): number => Math.hypot(p.x - center.x, p.y - center.y, p.z - center.z) / step;
  return Math.max(length(across), length(up));
}
