// Inside of a person's mouth: upper and lower teeth in their gums, and the tongue.
import type { Dentition } from './identity.ts';
import { SeededRandom } from './random.ts';
import { gridTriangles, type SurfaceMesh } from './surface-mesh.ts';

/** A tooth from the middle line outwards. */
interface Tooth {
  /** Along the arch, centimeters. */
  width: number;
  /** How much shorter than the first it is, and how far its edge comes to a point; centimeters. */
  shorter: number;
  point: number;
}

const UPPER_TEETH: readonly Tooth[] = [
  { width: 0.86, shorter: 0, point: 0 },
  { width: 0.67, shorter: 0.08, point: 0.01 },
  { width: 0.77, shorter: 0, point: 0.1 },
  { width: 0.7, shorter: 0.1, point: 0.07 },
  { width: 0.68, shorter: 0.14, point: 0.05 },
  { width: 0.98, shorter: 0.2, point: 0 },
];
const LOWER_TEETH: readonly Tooth[] = [
  { width: 0.54, shorter: 0, point: 0 },
  { width: 0.59, shorter: 0, point: 0 },
  { width: 0.69, shorter: -0.03, point: 0.08 },
  { width: 0.7, shorter: 0.04, point: 0.05 },
  { width: 0.71, shorter: 0.08, point: 0.03 },
  { width: 1.1, shorter: 0.12, point: 0 },
];
const COLUMNS_PER_TOOTH = 6;
/** Height where the upper front teeth end, with the mouth at rest. */
export const UPPER_TEETH_EDGE = -6.72;

interface Arch {
  name: string;
  teeth: readonly Tooth[];
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
  const total = arch.teeth.reduce((sum, { width }) => sum + width, 0);
  const angle = (along / total) * 1.32;
  const x = arch.halfWidth * Math.sin(angle);
  const z = arch.front - arch.length * (1 - Math.cos(angle));
  const nx = Math.sin(angle) / arch.halfWidth;
  const nz = Math.cos(angle) / arch.length;
  const length = Math.hypot(nx, nz);
  return { x, z, nx: nx / length, nz: nz / length };
}

// Rows from the inner side of the biting edge, over the edge, up the crown and the gum.
const ROWS = [
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

/** How one tooth departs from its place; centimeters. */
interface Departure {
  longer: number;
  out: number;
  /** By how much its outer side stands out further than its inner one. */
  turned: number;
}

/** Texture coordinate u counts teeth from the middle line, v is the height above the edge; `light` 2 is 1 on the gum. */
function archMesh(arch: Arch, dentition: Dentition): SurfaceMesh {
  const half = arch.teeth.length * COLUMNS_PER_TOOTH;
  const columns = 2 * half + 1;
  const count = ROWS.length * columns;
  const positions = new Float32Array(3 * count);
  const uv = new Float32Array(2 * count);
  const light = new Float32Array(3 * count);
  const random = new SeededRandom(dentition.seed).fork(arch.name);
  const { crowding, gaps } = dentition;
  const departures = [-1, 1].map(() =>
    arch.teeth.map((_, index): Departure => ({
      longer: random.normal(0, 0.012 + 0.035 * crowding),
      // The last ones carry the cheek.
      out: index > 4 ? 0 : random.normal(0, 0.08 * crowding),
      turned: random.normal(0, 0.2 * crowding),
    })),
  );
  for (let column = 0; column < columns; column++) {
    const step = column - half;
    const sign = Math.sign(step);
    const index = Math.max(0, Math.min(arch.teeth.length - 1, Math.floor((Math.abs(step) - 0.5) / COLUMNS_PER_TOOTH)));
    const tooth = arch.teeth[index];
    const { longer, out: outset, turned } = departures[step < 0 ? 0 : 1][index];
    const inTooth = step === 0 ? 0 : Math.abs(step) / COLUMNS_PER_TOOTH - index;
    const before = arch.teeth.slice(0, index).reduce((sum, { width }) => sum + width, 0);
    const apart = step === 0 ? 0 : dentition.diastema / 2;
    const point = archPoint(arch, sign * (before + inTooth * tooth.width + apart));
    // 0 between two teeth, 1 in the middle of one.
    const belly = Math.sin(Math.PI * inTooth);
    const between = 1 - Math.pow(belly, 0.3);
    const edge = tooth.shorter - longer + tooth.point * Math.abs(2 * inTooth - 1) - 0.5 * tooth.point;
    ROWS.forEach((row, r) => {
      const i = r * columns + column;
      const out = row.out - (row.gum ? 0.05 * (1 - belly) : (0.1 + 0.25 * gaps) * between);
      const shifted = belly * (outset + turned * (inTooth - 0.5)) * (row.gum ? 0.5 : 1);
      const corner = r <= 2 ? (0.05 + 0.05 * gaps) * (1 - belly) ** 3 : 0;
      const scallop = row.gum && r === 6 ? -0.16 * (1 - belly) : r === 5 ? -0.1 * (1 - belly) : 0;
      const below = edge * Math.max(0, 1 - row.height) * Math.min(1, 4 * belly);
      positions[3 * i] = point.x + point.nx * (out + shifted);
      positions[3 * i + 1] =
        arch.edge + arch.towardGum * ((row.height + corner + scallop) * arch.crown * dentition.size + below);
      positions[3 * i + 2] = point.z + point.nz * (out + shifted);
      uv[2 * i] = step / COLUMNS_PER_TOOTH;
      uv[2 * i + 1] = row.height;
      light[3 * i] = row.gum ? 0.8 : 1 - (0.35 + 0.4 * gaps) * between;
      light[3 * i + 1] = row.gum ? 1 : 1 - (0.25 + 0.5 * gaps) * between;
      light[3 * i + 2] = row.gum;
    });
  }
  return {
    material: 'teeth',
    positions,
    triangles: gridTriangles(ROWS.length, columns, arch.towardGum === -1),
    uv,
    light,
  };
}

/** Returns the upper teeth and gum; they move with the skull. */
export function upperTeethMesh(dentition: Dentition): SurfaceMesh {
  const arch = {
    front: 8.78,
    halfWidth: 2.75,
    length: 4.6,
    edge: UPPER_TEETH_EDGE,
    crown: 0.98,
    towardGum: 1,
  } as const;
  return archMesh({ ...arch, name: 'upper', teeth: UPPER_TEETH }, dentition);
}

/** Returns the lower teeth and gum; they move with the jaw. */
export function lowerTeethMesh(dentition: Dentition): SurfaceMesh {
  const arch = { front: 8.52, halfWidth: 2.5, length: 4.3, edge: -6.62, crown: 0.85, towardGum: -1 } as const;
  return archMesh({ ...arch, name: 'lower', teeth: LOWER_TEETH }, { ...dentition, diastema: 0 });
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
