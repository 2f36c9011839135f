// Inside of the canonical mouth: upper and lower teeth in their gums, and the tongue.
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

// Width of each tooth from the middle line outwards, centimeters along the arch.
const UPPER_TEETH = [0.86, 0.67, 0.77, 0.7, 0.68, 0.98];
const LOWER_TEETH = [0.54, 0.59, 0.69, 0.7, 0.71, 1.1];
const COLUMNS_PER_TOOTH = 6;
/** Height where the upper front teeth end, with the mouth at rest. */
export const UPPER_TEETH_EDGE = -6.72;

interface Arch {
  teeth: readonly number[];
  /** Depth of the arch's front and half-width at its last tooth. */
  front: number;
  halfWidth: number;
  length: number;
  /** Heights of the biting edge and of the gum line, and the sign of "toward the gum". */
  edge: number;
  crown: number;
  towardGum: 1 | -1;
}

// The arch is a half-ellipse in plan; returns the point and outward normal at a distance along it.
function archPoint(arch: Arch, along: number): { x: number; z: number; nx: number; nz: number } {
  const total = arch.teeth.reduce((sum, width) => sum + width, 0);
  const angle = (along / total) * 1.32;
  const x = arch.halfWidth * Math.sin(angle);
  const z = arch.front - arch.length * (1 - Math.cos(angle));
  const nx = Math.sin(angle) / arch.halfWidth;
  const nz = Math.cos(angle) / arch.length;
  const length = Math.hypot(nx, nz);
  return { x, z, nx: nx / length, nz: nz / length };
}

function archMesh(arch: Arch): SurfaceMesh {
  // Rows from the inner side of the biting edge, over the edge, up the crown and the gum.
  const rows = [
    { height: 0.12, out: -0.3, gum: 0 },
    { height: 0.0, out: -0.12, gum: 0 },
    { height: 0.05, out: 0.02, gum: 0 },
    { height: 0.3, out: 0.1, gum: 0 },
    { height: 0.65, out: 0.15, gum: 0 },
    { height: 0.92, out: 0.1, gum: 0 },
    { height: 1.0, out: 0.1, gum: 1 },
    { height: 1.2, out: 0.2, gum: 1 },
    { height: 1.9, out: 0.15, gum: 1 },
  ];
  const half = arch.teeth.length * COLUMNS_PER_TOOTH;
  const columns = 2 * half + 1;
  const count = rows.length * columns;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  for (let column = 0; column < columns; column++) {
    const step = column - half;
    const sign = Math.sign(step);
    const tooth = Math.min(arch.teeth.length - 1, Math.floor((Math.abs(step) - 0.5) / COLUMNS_PER_TOOTH));
    const inTooth = step === 0 ? 0 : (Math.abs(step) - Math.max(0, tooth) * COLUMNS_PER_TOOTH) / COLUMNS_PER_TOOTH;
    const before = arch.teeth.slice(0, Math.max(0, tooth)).reduce((sum, width) => sum + width, 0);
    const along = sign * (before + inTooth * arch.teeth[Math.max(0, tooth)]);
    const point = archPoint(arch, along);
    // 0 between two teeth, 1 in the middle of one.
    const belly = Math.sin(Math.PI * inTooth);
    rows.forEach((row, r) => {
      const i = r * columns + column;
      const gap = row.gum ? 0.25 * belly : 0.1 * (1 - Math.pow(belly, 0.3));
      const out = row.out - (row.gum ? 0.05 * (1 - belly) : gap);
      const corner = r <= 2 ? 0.07 * (1 - belly) ** 3 : 0;
      const scallop = row.gum && r === 6 ? -0.16 * (1 - belly) : r === 5 ? -0.1 * (1 - belly) : 0;
      const smaller = 1 - 0.05 * Math.max(0, tooth);
      positions[3 * i] = point.x + point.nx * out;
      positions[3 * i + 1] =
        arch.edge +
        arch.towardGum * ((row.height + corner + scallop) * arch.crown * smaller + 0.03 * Math.max(0, tooth));
      positions[3 * i + 2] = point.z + point.nz * out;
      uv[2 * i] = along;
      uv[2 * i + 1] = row.height;
      light[3 * i] = (0.72 + 0.28 * Math.pow(belly, 0.3)) * (row.gum ? 0.8 : 1);
      light[3 * i + 1] = 1;
      light[3 * i + 2] = row.gum;
    });
  }
  return {
    material: 'teeth',
    positions,
    triangles: gridTriangles(rows.length, columns, arch.towardGum === -1),
    uv,
    light,
  };
}

/** Returns the upper teeth and gum; they move with the skull. */
export function upperTeethMesh(): SurfaceMesh {
  return archMesh({
    teeth: UPPER_TEETH,
    front: 8.78,
    halfWidth: 2.75,
    length: 4.6,
    edge: UPPER_TEETH_EDGE,
    crown: 0.98,
    towardGum: 1,
  });
}

/** Returns the lower teeth and gum; they move with the jaw. */
export function lowerTeethMesh(): SurfaceMesh {
  return archMesh({
    teeth: LOWER_TEETH,
    front: 8.52,
    halfWidth: 2.5,
    length: 4.3,
    edge: -6.62,
    crown: 0.85,
    towardGum: -1,
  });
}

// Rows from the root of the tongue to its tip and under it.
const TONGUE_ROWS = 14;
const TONGUE_COLUMNS = 13;

/** Returns the tongue at rest behind the lower teeth. `light` 2 holds the place from root (0) to tip (1). */
export function tongueMesh(): SurfaceMesh {
  const count = TONGUE_ROWS * TONGUE_COLUMNS;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  for (let row = 0; row < TONGUE_ROWS; row++) {
    const t = row / (TONGUE_ROWS - 1);
    // Over the back, forward to the tip at t = 0.8, then under it.
    const over = Math.min(1, t / 0.8);
    const under = Math.max(0, (t - 0.8) / 0.2);
    const z = 3.2 + 5.1 * Math.sin((over * Math.PI) / 2) - 2.6 * under;
    const width = 1.95 * Math.sqrt(Math.max(0.02, 1 - (over * 0.97) ** 4)) * (1 - 0.2 * under);
    const top = -6.35 - 0.35 * over * over - 1.0 * under - 0.12 * Math.exp(-(((over - 1) / 0.1) ** 2));
    for (let column = 0; column < TONGUE_COLUMNS; column++) {
      const s = (2 * column) / (TONGUE_COLUMNS - 1) - 1;
      const i = row * TONGUE_COLUMNS + column;
      const groove = 0.12 * Math.exp(-((s / 0.25) ** 2)) * (1 - over * 0.6);
      positions[3 * i] = width * Math.sin((s * Math.PI) / 2);
      positions[3 * i + 1] = top - groove - 0.75 * (1 - Math.cos((s * Math.PI) / 2)) * (under > 0 ? 0.3 : 1);
      positions[3 * i + 2] = z;
      uv[2 * i] = s;
      uv[2 * i + 1] = t;
      light[3 * i] = 1;
      light[3 * i + 1] = 1;
      light[3 * i + 2] = over * (1 - 0.75 * under);
    }
  }
  return { material: 'mouth', positions, triangles: gridTriangles(TONGUE_ROWS, TONGUE_COLUMNS, true), uv, light };
}
