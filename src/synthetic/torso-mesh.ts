// Clothed shoulders and chest of the canonical body, with a collar where the neck comes out.
import { ellipsoid, roundCone, smoothUnion } from './distance-primitives.ts';
import { fractalNoise2, smoothstep } from './random.ts';
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

const AROUND = 56;
const FORWARD = 22;
const ORIGIN = { x: 0, y: -34, z: -3.5 } as const;

// Signed distance to the clothed torso.
function torsoDistance(px: number, y: number, z: number): number {
  const x = Math.sqrt(px * px + 0.4);
  let d = roundCone(x, y, z, 1.0, -18.6, -2.6, 3.9, 15.2, -22.2, -3.4, 4.3);
  d = smoothUnion(d, roundCone(x, y, z, 15.6, -22.4, -3.2, 4.3, 18.5, -38, -2.5, 4.2), 2);
  d = smoothUnion(d, ellipsoid(x, y, z, 5, -28.8, -1.2, 11.3, 11, 7.6), 3.5);
  // Slope from the neck to the shoulder.
  return smoothUnion(d, roundCone(x, y, z, 4.0, -14.4, -3.9, 1.4, 11, -19.0, -3.8, 1.8), 3.4);
}

/**
 * Returns the torso. Texture coordinates are x and y in centimeters; `light` 2 is 1 on the collar's rim.
 *
 * @param neckDistance - signed distance to the neck, for the shade beside it.
 * @param seed - of the folds.
 */
export function torsoMesh(neckDistance: (x: number, y: number, z: number) => number, seed: number): SurfaceMesh {
  const count = AROUND * FORWARD;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  for (let row = 0; row < FORWARD; row++) {
    const tilt = -0.55 + (2.05 * row) / (FORWARD - 1);
    for (let column = 0; column < AROUND; column++) {
      const angle = -0.35 + ((Math.PI + 0.7) * column) / (AROUND - 1);
      const dx = Math.cos(angle) * Math.cos(tilt);
      const dy = Math.sin(angle) * Math.cos(tilt);
      const dz = Math.sin(tilt);
      let t = 34;
      for (let step = 0; step < 80; step++) {
        const d = torsoDistance(ORIGIN.x + dx * t, ORIGIN.y + dy * t, ORIGIN.z + dz * t);
        t -= 0.75 * d;
        if (d < 1e-3) break;
      }
      const i = row * AROUND + column;
      const drape = fractalNoise2((ORIGIN.x + dx * t) * 0.16, (ORIGIN.y + dy * t) * 0.1, seed & 0xffff, 3);
      t += 0.55 * drape;
      const [x, y, z] = [ORIGIN.x + dx * t, ORIGIN.y + dy * t, ORIGIN.z + dz * t];
      positions.set([x, y, z], 3 * i);
      uv.set([x, y], 2 * i);
      const near = neckDistance(x, y, z);
      light[3 * i] = 0.45 + 0.5 * smoothstep(-0.5, 4, near);
      light[3 * i + 1] = 1;
      light[3 * i + 2] = smoothstep(1.25, 1.1, near);
    }
  }
  return { material: 'cloth', positions, triangles: gridTriangles(FORWARD, AROUND, true), uv, light };
}

const COLLAR_AROUND = 48;
// The collar's section: distance from the neck and height above its line, centimeters.
const COLLAR_SECTION = [
  [-0.3, 0.1],
  [0.03, 0.55],
  [0.15, 0.66],
  [0.3, 0.55],
  [0.45, 0],
  [0.55, -0.7],
  [0.4, -1.6],
] as const;

/** Returns the height of the collar at an angle around the neck (0 in front), centimeters. */
export function collarLine(angle: number): number {
  return -15.3 - 1.9 * Math.cos(angle);
}

/** Returns the rim of the garment around the neck. Texture coordinates are x and y in centimeters; `light` 2 is 1 on the rim. */
export function collarMesh(neckDistance: (x: number, y: number, z: number) => number): SurfaceMesh {
  const rows = COLLAR_SECTION.length;
  const count = rows * COLLAR_AROUND;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  for (let column = 0; column < COLLAR_AROUND; column++) {
    const angle = -2.3 + (4.6 * column) / (COLLAR_AROUND - 1);
    const [dx, dz] = [Math.sin(angle), Math.cos(angle)];
    // Lowest in front, climbing to the nape.
    const line = collarLine(angle);
    let neck = 12;
    for (let step = 0; step < 60; step++) neck -= 0.75 * neckDistance(dx * neck, line, -3 + dz * neck);
    COLLAR_SECTION.forEach(([away, up], row) => {
      const i = row * COLLAR_AROUND + column;
      const radius = neck + away;
      positions.set([dx * radius, line + up, -3 + dz * radius], 3 * i);
      uv.set([angle * 5.5, line + up], 2 * i);
      light[3 * i] = [0.25, 0.5, 0.8, 0.8, 0.75, 0.6, 0.4][row]!;
      light[3 * i + 1] = 1;
      light[3 * i + 2] = row > 0 && row < 5 ? 1 : 0;
    });
  }
  return { material: 'cloth', positions, triangles: gridTriangles(rows, COLLAR_AROUND, true), uv, light };
}
