// The canonical outer ear: a shell with helix, antihelix, concha, tragus and lobe, set on the side of the head.
import { clamp, smoothstep } from './random.ts';
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

const RINGS = 16;
const SPOKES = 30;
const BACK_RINGS = 4;

// Distance of the ear's outline from its center, centimeters, over the angle from "backward" through "up".
function outline(angle: number): number {
  const up = Math.sin(angle);
  const back = Math.cos(angle);
  const height = up > 0 ? 2.75 : 3.0;
  const width = back > 0 ? (up > 0 ? 1.95 : 1.65 - 0.45 * -up) : 1.15;
  return 1 / Math.sqrt((up / height) ** 2 + (back / width) ** 2);
}

// Height of the ear's relief above its plane, centimeters, at a share rho of the way to the outline.
function relief(rho: number, angle: number): number {
  const up = Math.sin(angle);
  const back = Math.cos(angle);
  const lobe = smoothstep(-0.55, -0.9, up);
  const front = smoothstep(0.1, -0.5, back) * (1 - smoothstep(0.5, 0.9, up));
  const helix = 0.34 * Math.exp(-(((rho - 0.92) / 0.1) ** 2)) * (1 - lobe) * (1 - 0.8 * front);
  const antihelix = 0.3 * Math.exp(-(((rho - 0.6) / 0.12) ** 2)) * (1 - lobe) * (1 - front);
  const concha = -0.6 * Math.exp(-((rho / 0.38) ** 2));
  const tragus = 0.42 * front * Math.exp(-(((rho - 0.55) / 0.25) ** 2)) * Math.exp(-(((up + 0.15) / 0.35) ** 2));
  const softLobe = 0.22 * lobe * Math.exp(-(((rho - 0.7) / 0.3) ** 2));
  return helix + antihelix + concha + tragus + softLobe - 0.1 * smoothstep(0.9, 1, rho);
}

/** Returns the ear on one side; `light` 2 is 0 (no lip color), texture coordinates are those of skin beside the ear. */
export function earMesh(side: -1 | 1, uvOf: (x: number, y: number, z: number) => [number, number]): SurfaceMesh {
  const rings = RINGS + BACK_RINGS;
  const count = rings * SPOKES;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  const flare = (40 * Math.PI) / 180;
  // Axes of the ear's plane: backward-and-outward, up, and out of the plane.
  const back = [Math.sin(flare), -0.05, -Math.cos(flare)] as const;
  const up = [0.1, 0.985, -0.14] as const;
  const out = [
    up[1] * back[2] - up[2] * back[1],
    up[2] * back[0] - up[0] * back[2],
    up[0] * back[1] - up[1] * back[0],
  ].map((value) => -value);
  for (let ring = 0; ring < rings; ring++) {
    const behind = Math.max(0, ring - RINGS + 1) / BACK_RINGS;
    const rho = ring < RINGS ? ring / (RINGS - 1) : 1 - 0.35 * behind;
    for (let spoke = 0; spoke < SPOKES; spoke++) {
      const angle = (2 * Math.PI * spoke) / (SPOKES - 1);
      const reach = outline(angle) * rho;
      const height = ring < RINGS ? relief(rho, angle) : relief(1, angle) - 1.1 * behind;
      const across = reach * Math.cos(angle) + 0.75;
      const along = reach * Math.sin(angle);
      const i = ring * SPOKES + spoke;
      for (let k = 0; k < 3; k++) {
        positions[3 * i + k] = back[k] * across + up[k] * along + out[k] * height;
      }
      positions[3 * i] = side * (positions[3 * i] + 6.45);
      positions[3 * i + 1] += -1.75;
      positions[3 * i + 2] += 0.2;
      // The texture of the cheek in front of the ear, clear of hair.
      uv.set(uvOf(side * (4.6 + 0.3 * across), -2.6 + 0.3 * along, 5), 2 * i);
      const sunk = clamp(0.85 + 0.9 * (ring < RINGS ? relief(rho, angle) : 0), 0.28, 1);
      light[3 * i] = ring < RINGS ? sunk : 0.5;
      light[3 * i + 1] = ring < RINGS ? clamp(0.55 + 0.5 * sunk, 0, 1) : 0.4;
    }
  }
  return { material: 'skin', positions, triangles: gridTriangles(rings, SPOKES, side === -1), uv, light };
}
