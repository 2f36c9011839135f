// The canonical skin: sculpted surface, lips, lid edges, with what each vertex needs for the face to move. Built once.
import { buildFaceTopology, LIP_EDGE_HALF_WIDTH, MOUTH_COLUMNS, type FaceTopology } from './face-topology.ts';
import { lipContact, lowerLipEdge, MOUTH_HALF_WIDTH, upperLipEdge } from './face-contours.ts';
import { EYE_CENTER, EYE_RADIUS, headDistance, headNormal } from './head-field.ts';
import { frontDepth, surfacePoint, type SurfacePoint } from './head-chart.ts';
import { clamp, mix, smoothstep } from './random.ts';
import { computeNormals } from './surface-mesh.ts';
import { collarLine } from './torso-mesh.ts';

/** Rows of vertices from a lip's outer edge to the line where the lips meet, the edge itself not counted. */
const LIP_ROWS = 6;
/** Rows behind that line, on the inside of the lip. */
const INNER_ROWS = 3;
/** Rows of the bag behind the teeth that closes the mouth: share of the mouth's width, half-height, depth. */
const BAG_ROWS = [
  [0.94, 1.5, 7.3],
  [0.85, 1.6, 5.8],
  [0.3, 0.5, 2.8],
  [0.1, 0, 2.4],
] as const;

/** The canonical skin and what is fixed about it. n vertices, m triangles. */
export interface SkinMesh {
  /** [n, 3] centimeters. */
  positions: Float32Array;
  triangles: Uint32Array;
  /** [n, 3] smooth normal of the sculpture less that of the mesh; added to the mesh's own normals when it moves. */
  normalDetail: Float32Array;
  /** [n, 2] cylinder coordinates around the head, 0 … 1 across the textured part. */
  uv: Float32Array;
  /** [n] share of ambient light that the sculpture lets through. */
  ambient: Float32Array;
  /** [n] 1 on the red of the lips, 0 off it. */
  lipMask: Float32Array;
  /** [n] 1 above the line between the lips, −1 below. */
  lipSide: Int8Array;
  /** [n] 1 at the lips' outer edge, 0 where they meet, below 0 inside; above 1 on the skin around. */
  lipDepth: Float32Array;
  /** [n] place along the mouth from −1 to 1, by column. */
  lipAlong: Float32Array;
  /** [n] 1 on wet tissue: lid edges and the inside of the lips. */
  wet: Float32Array;
  topology: FaceTopology;
}

/** Returns the texture coordinates of a point of the head: a cylinder around it, finer in front. */
export function skinUv(x: number, y: number, z: number): [u: number, v: number] {
  return [0.5 + Math.atan2(x, z + 2.5) / 3.6, (13 - y) / 34];
}

// Offset of the lip's surface from the sculpture, forward, from its outer edge (depth 1) to the line of contact (depth 0).
function lipProfile(depth: number, along: number, upper: boolean): number {
  const fullness = (1 - Math.abs(along) ** 2.2) ** 0.8;
  const tubercle = upper
    ? 0.07 * Math.exp(-((along / 0.16) ** 2))
    : 0.05 * Math.exp(-(((Math.abs(along) - 0.28) / 0.2) ** 2));
  const height = (upper ? 0.2 : 0.3) + tubercle;
  const swell = Math.max(0, Math.sin(Math.PI * Math.min(1, 0.08 + 0.92 * depth) ** (upper ? 0.95 : 0.8))) ** 1.25;
  const turnIn = 0.3 * (1 - smoothstep(0, 0.42, depth)) ** 2;
  return fullness * (height * swell - turnIn) - 0.1 * (1 - depth) * (1 - fullness);
}

function lipPoint(along: number, depth: number, upper: boolean): SurfacePoint {
  const edgeX = along * LIP_EDGE_HALF_WIDTH;
  const contactX = along * MOUTH_HALF_WIDTH;
  const edgeY = upper ? upperLipEdge(Math.abs(edgeX)) : lowerLipEdge(Math.abs(edgeX));
  const contactY = lipContact(Math.abs(contactX));
  const q = Math.max(0, depth);
  const x = mix(contactX, edgeX, q);
  const y = mix(contactY, edgeY, q);
  const base = { x, y, z: frontDepth(x, y) + lipProfile(q, along, upper) };
  if (depth >= 0) return base;
  const sign = upper ? 1 : -1;
  if (depth < -1) {
    const [width, height, z] = BAG_ROWS[-depth - 2];
    return { x: contactX * width, y: contactY + sign * height * Math.sqrt(1 - along * along), z };
  }
  const inside = -depth; // 0 … 1
  return {
    x: x * (1 - 0.06 * inside),
    y: y + sign * (0.05 * inside + 0.75 * inside * inside) * (1 - 0.7 * along * along),
    z: base.z - 0.75 * Math.sqrt(inside) * (1 - 0.3 * along * along),
  };
}

function aboveCollar(positions: readonly number[], i: number): boolean {
  return positions[i + 1] > -1.1 + collarLine(Math.atan2(positions[i], positions[i + 2] + 3));
}

interface Growing {
  positions: number[];
  triangles: number[];
  lipDepth: number[];
  lipAlong: number[];
  lipSide: number[];
  wet: number[];
}

function addVertex(
  mesh: Growing,
  point: SurfacePoint,
  depth: number,
  along: number,
  side: number,
  wet: number,
): number {
  mesh.positions.push(point.x, point.y, point.z);
  mesh.lipDepth.push(depth);
  mesh.lipAlong.push(along);
  mesh.lipSide.push(side);
  mesh.wet.push(wet);
  return mesh.positions.length / 3 - 1;
}

// Joins two rows of vertex indices by a strip; shared corners give no degenerate triangles.
function addStrip(mesh: Growing, from: readonly number[], to: readonly number[], flip: boolean): void {
  const put = (a: number, b: number, c: number): void => {
    if (a === b || b === c || a === c) return;
    if (flip) mesh.triangles.push(a, c, b);
    else mesh.triangles.push(a, b, c);
  };
  for (let i = 0; i + 1 < from.length; i++) {
    put(from[i], to[i], from[i + 1]);
    put(from[i + 1], to[i], to[i + 1]);
  }
}

function addLips(mesh: Growing, topology: FaceTopology): void {
  // The corners are one vertex for both lips in every row, and the last row is the same for both, so that the mouth is closed.
  const last = LIP_ROWS + INNER_ROWS + BAG_ROWS.length;
  const rows = (upper: boolean, corners: Map<string, number>): number[][] => {
    const ring = upper ? topology.mouth.upper : topology.mouth.lower;
    const result = [ring];
    for (let row = 1; row <= last; row++) {
      const behind = row - LIP_ROWS;
      const depth =
        behind <= 0
          ? (1 - row / LIP_ROWS) ** 1.15
          : behind <= INNER_ROWS
            ? -behind / INNER_ROWS
            : INNER_ROWS - 1 - behind;
      result.push(
        ring.map((_, column) => {
          const along = -Math.cos((Math.PI * column) / MOUTH_COLUMNS);
          const corner = row === last || column === 0 || column === MOUTH_COLUMNS;
          const name = `${row}:${column}`;
          const known = corner ? corners.get(name) : undefined;
          if (known !== undefined) return known;
          const wet = smoothstep(0.3, -0.2, depth);
          const vertex = addVertex(mesh, lipPoint(along, depth, upper), depth, along, upper ? 1 : -1, wet);
          if (corner) corners.set(name, vertex);
          return vertex;
        }),
      );
    }
    return result;
  };
  const corners = new Map<string, number>();
  for (const upper of [true, false]) {
    const all = rows(upper, corners);
    for (let row = 0; row + 1 < all.length; row++) addStrip(mesh, all[row], all[row + 1], !upper);
  }
}

function addLidEdges(mesh: Growing, topology: FaceTopology): void {
  for (const { side, upper, lower } of topology.eyes) {
    const ring = [...upper, ...lower.slice(1, -1).reverse(), upper[0]];
    let previous = ring;
    for (const [radius, wet] of [
      [EYE_RADIUS + 0.05, 0.5],
      [EYE_RADIUS - 0.03, 1],
    ] as const) {
      const row = ring.slice(0, -1).map((vertex) => {
        const dx = mesh.positions[3 * vertex] - side * EYE_CENTER.x;
        const dy = mesh.positions[3 * vertex + 1] - EYE_CENTER.y;
        const dz = mesh.positions[3 * vertex + 2] - EYE_CENTER.z;
        const length = Math.hypot(dx, dy, dz);
        const scale = radius / length;
        const inward = wet === 1 ? 0.985 : 0.995;
        return addVertex(
          mesh,
          {
            x: side * EYE_CENTER.x + dx * scale * inward,
            y: EYE_CENTER.y + dy * scale * inward,
            z: EYE_CENTER.z + dz * scale,
          },
          9,
          0,
          1,
          wet,
        );
      });
      const closed = [...row, row[0]];
      addStrip(mesh, previous, closed, side === -1);
      previous = closed;
    }
  }
}

// Share of the hemisphere above a point that the head leaves open: five probes along the normal.
function ambientAt(p: Float32Array, i: number, n: Float32Array): number {
  let closed = 0;
  let weight = 1;
  for (let probe = 1; probe <= 5; probe++) {
    const h = 0.28 * probe;
    const d = headDistance(p[i] + n[0] * h, p[i + 1] + n[1] * h, p[i + 2] + n[2] * h);
    closed += (weight * Math.max(0, h - d)) / h;
    weight *= 0.72;
  }
  return clamp(1 - 0.42 * closed, 0.12, 1);
}

let canonical: SkinMesh | undefined;

/** Returns the canonical skin; built at the first call. */
export function canonicalSkin(): SkinMesh {
  canonical ??= buildSkin();
  return canonical;
}

function buildSkin(): SkinMesh {
  const topology = buildFaceTopology();
  const mesh: Growing = { positions: [], triangles: [], lipDepth: [], lipAlong: [], lipSide: [], wet: [] };
  for (let i = 0; i < topology.chart.length; i += 2) {
    const point = surfacePoint(topology.chart[i], topology.chart[i + 1]);
    const side = point.y >= lipContact(Math.min(Math.abs(point.x), MOUTH_HALF_WIDTH)) ? 1 : -1;
    addVertex(mesh, point, 9, clamp(point.x / LIP_EDGE_HALF_WIDTH, -1, 1), side, 0);
  }
  for (const vertex of [...topology.mouth.upper, ...topology.mouth.lower]) mesh.lipDepth[vertex] = 1;
  // Below the collar there is only the garment.
  for (let t = 0; t < topology.triangles.length; t += 3) {
    const corners = [...topology.triangles.subarray(t, t + 3)];
    if (corners.every((vertex) => aboveCollar(mesh.positions, 3 * vertex))) mesh.triangles.push(...corners);
  }
  const sculpted = topology.chart.length / 2;
  addLips(mesh, topology);
  const lips = mesh.positions.length / 3;
  addLidEdges(mesh, topology);

  const positions = Float32Array.from(mesh.positions);
  const triangles = Uint32Array.from(mesh.triangles);
  const count = positions.length / 3;
  const normals = new Float32Array(3 * count);
  computeNormals(positions, triangles, normals);
  const normalDetail = new Float32Array(3 * count);
  const ambient = new Float32Array(count);
  const uv = new Float32Array(2 * count);
  const lipMask = new Float32Array(count);
  const normal = new Float32Array(3);
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
    uv.set(skinUv(x, y, z), 2 * i);
    headNormal(x, y, z, normal, 0);
    if (i < sculpted) {
      const onRing = mesh.lipDepth[i] === 1;
      for (let k = 0; k < 3; k++) normalDetail[3 * i + k] = onRing ? 0 : normal[k] - normals[3 * i + k];
      ambient[i] = ambientAt(positions, 3 * i, normal);
    } else if (i < lips) {
      const depth = mesh.lipDepth[i];
      ambient[i] =
        depth >= 0 ? mix(0.4, 0.95, smoothstep(0, 0.4, depth)) : mix(0.4, 0.04, Math.sqrt(Math.min(1, -depth / 2.5)));
    } else {
      ambient[i] = mix(0.75, 0.5, mesh.wet[i]);
    }
    const depth = mesh.lipDepth[i];
    const corner = smoothstep(1, 0.86, Math.abs(mesh.lipAlong[i]));
    lipMask[i] = depth > 1 ? 0 : depth === 1 ? 0.35 * corner : 0.35 + 0.65 * corner;
  }
  return {
    positions,
    triangles,
    normalDetail,
    uv,
    ambient,
    lipMask,
    lipSide: Int8Array.from(mesh.lipSide),
    lipDepth: Float32Array.from(mesh.lipDepth),
    lipAlong: Float32Array.from(mesh.lipAlong),
    wet: Float32Array.from(mesh.wet),
    topology,
  };
}
