// Eyeballs and eyelashes of the canonical head.
import { EYE_CENTER, EYE_RADIUS } from './head-field.ts';
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

const ROWS = 12;
const COLUMNS = 20;

/**
 * Returns the visible front of the eyeball on one side, gaze straight ahead. Texture coordinates are the unit direction's
 * x and y from the eye's center, so that the iris is a disc around (0, 0).
 */
export function eyeballMesh(side: -1 | 1): SurfaceMesh {
  const positions = new Float32Array(3 * ROWS * COLUMNS);
  const uv = new Float32Array(2 * ROWS * COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    // Rings around the gaze axis, dense over the iris.
    const polar = 1.55 * (row / (ROWS - 1)) ** 1.15 + 1e-3;
    for (let column = 0; column < COLUMNS; column++) {
      const angle = (2 * Math.PI * column) / (COLUMNS - 1);
      const dx = Math.sin(polar) * Math.cos(angle);
      const dy = Math.sin(polar) * Math.sin(angle);
      const i = row * COLUMNS + column;
      // The cornea bulges a little.
      const radius = EYE_RADIUS + 0.05 * Math.exp(-((polar / 0.42) ** 2));
      positions[3 * i] = side * EYE_CENTER.x + radius * dx;
      positions[3 * i + 1] = EYE_CENTER.y + radius * dy;
      positions[3 * i + 2] = EYE_CENTER.z + radius * Math.cos(polar);
      uv[2 * i] = dx;
      uv[2 * i + 1] = dy;
    }
  }
  return {
    material: 'eye',
    positions,
    triangles: gridTriangles(ROWS, COLUMNS, true),
    uv,
    light: new Float32Array(3 * ROWS * COLUMNS).fill(1),
  };
}
