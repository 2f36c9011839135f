// Upper eyelashes: a strip that grows from the edge of the upper lid and moves with it.
import { EYE_COLUMNS } from './face-topology.ts';
import { EYE_CENTER } from './head-field.ts';
import type { SkinMesh } from './skin-mesh.ts';
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

const ROWS = 3;

/** Returns the lashes of eye `index` (0 at −x, 1 at +x); u counts lashes along the lid, v runs from root to tip. */
export function lashMesh(skin: SkinMesh, index: number): SurfaceMesh {
  const columns = EYE_COLUMNS + 1;
  const count = ROWS * columns;
  const uv = new Float32Array(2 * count);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < columns; column++) {
      uv.set([column * 1.9, row / (ROWS - 1)], 2 * (row * columns + column));
    }
  }
  const positions = new Float32Array(3 * count);
  placeLashes(skin, index, skin.positions, positions);
  return {
    material: 'lash',
    positions,
    triangles: gridTriangles(ROWS, columns),
    uv,
    light: new Float32Array(3 * count).fill(0.6),
  };
}

/** Writes the lashes' positions for a posed skin [n, 3] into `out`. */
export function placeLashes(skin: SkinMesh, index: number, skinPositions: Float32Array, out: Float32Array): void {
  const { upper, side } = skin.topology.eyes[index];
  const columns = upper.length;
  upper.forEach((vertex, column) => {
    const x = skinPositions[3 * vertex];
    const y = skinPositions[3 * vertex + 1];
    const z = skinPositions[3 * vertex + 2];
    const t = column / (columns - 1);
    // Longest toward the outer corner, fanning outward.
    const length = 0.36 * Math.sin(Math.PI * Math.min(1, 0.12 + 0.88 * t) ** 1.2) + 0.05;
    const fan = side * (t - 0.35) * 0.5;
    const lid = Math.min(1, Math.max(-0.4, (y - EYE_CENTER.y) / 0.5));
    for (let row = 0; row < ROWS; row++) {
      const s = row / (ROWS - 1);
      const o = 3 * (row * columns + column);
      out[o] = x + fan * length * s;
      out[o + 1] = y - 0.05 * (1 - s) + length * (0.55 * s * s * lid + 0.12 * s - 0.1 * s * (1 - s));
      out[o + 2] = z + 0.04 + length * (0.75 - 0.15 * Math.min(0, lid)) * s;
    }
  });
}
