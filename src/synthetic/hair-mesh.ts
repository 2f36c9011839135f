// Hair: ribbons of strands that grow from the scalp, follow the comb, lie on the head and hang down.
import { headDistance, headNormal } from './head-field.ts';
import { surfacePoint, type SurfacePoint } from './head-chart.ts';
import { curveThrough } from './face-contours.ts';
import { PointGrid } from './point-grid.ts';
import { clamp, mix, noise2, SeededRandom, smoothstep } from './random.ts';
import type { SurfaceMesh } from './surface-mesh.ts';

/** How hair is worn. */
export type HairStyle = 'short' | 'swept' | 'bob' | 'long' | 'tied' | 'cropped';

/** What shapes the hair. */
export interface HairShape {
  style: HairStyle;
  /** Place of the parting, −1 (viewer's left) … 1. */
  parting: number;
  /** Shift of the hairline upwards, centimeters; above 1 it recedes. */
  hairline: number;
  /** Waviness 0 … 1. */
  curl: number;
  /** Thickness of the hair layer relative to the style's own. */
  volume: number;
  seed: number;
}

interface StyleFigures {
  ribbons: number;
  segments: number;
  /** Ribbon length on the top of the head and at its sides, centimeters. */
  topLength: number;
  sideLength: number;
  /** Height above the scalp on top and at the sides. */
  topLift: number;
  sideLift: number;
  width: number;
  /** Downward pull. */
  gravity: number;
}

const STYLES: Record<HairStyle, StyleFigures> = {
  cropped: {
    ribbons: 620,
    segments: 2,
    topLength: 1.6,
    sideLength: 1.0,
    topLift: 0.45,
    sideLift: 0.2,
    width: 0.8,
    gravity: 0.1,
  },
  short: {
    ribbons: 640,
    segments: 4,
    topLength: 5.2,
    sideLength: 2.2,
    topLift: 1.5,
    sideLift: 0.4,
    width: 0.9,
    gravity: 0.25,
  },
  swept: {
    ribbons: 640,
    segments: 6,
    topLength: 9,
    sideLength: 5,
    topLift: 1.9,
    sideLift: 0.7,
    width: 1.0,
    gravity: 0.3,
  },
  bob: {
    ribbons: 620,
    segments: 9,
    topLength: 19,
    sideLength: 13,
    topLift: 1.5,
    sideLift: 1.3,
    width: 1.2,
    gravity: 1,
  },
  long: {
    ribbons: 620,
    segments: 11,
    topLength: 30,
    sideLength: 25,
    topLift: 0.9,
    sideLift: 1.1,
    width: 1.25,
    gravity: 1,
  },
  tied: {
    ribbons: 560,
    segments: 6,
    topLength: 13,
    sideLength: 9,
    topLift: 0.55,
    sideLift: 0.4,
    width: 1.1,
    gravity: 0,
  },
};

/** Hair whose head surface faces further away from the viewer than this (z of the normal) is left out. */
const AWAY = -0.4;

const hairlineCurve = curveThrough(
  [0, 14, 26, 36, 46, 56, 66, 74, 82, 92, 102, 125, 180],
  [6.6, 6.7, 6.5, 5.8, 4.6, 3.2, 2.0, 0.3, 0.5, 0.9, -2.2, -6.0, -7.5],
);

/** Returns how far above the hairline a point of the head lies, centimeters (negative on the face). */
export function aboveHairline(x: number, y: number, z: number, shape: HairShape): number {
  const azimuth = (Math.abs(Math.atan2(x, z + 1)) * 180) / Math.PI;
  const recede = shape.hairline * (1 + 0.9 * Math.exp(-(((azimuth - 30) / 14) ** 2)) * Math.max(0, shape.hairline));
  const ragged = 0.18 * noise2(x * 1.7 + 40, (y + z) * 1.7, shape.seed & 255);
  return y - hairlineCurve(azimuth) - recede * smoothstep(75, 45, azimuth) - ragged;
}

/** Ribbons with the direction of their strands. */
export interface HairMesh extends SurfaceMesh {
  /** [n, 3] unit direction from root to tip. */
  tangents: Float32Array;
  /** [n, 3] of the head under the hair, bent across each ribbon. */
  normals: Float32Array;
}

// Direction in which hair is combed at a point, before it is laid on the head.
function combed(p: SurfacePoint, shape: HairShape): [number, number, number] {
  const part = shape.parting * 3.2;
  const away = Math.tanh((p.x - part) / 0.8);
  const top = smoothstep(4, 9, p.y);
  switch (shape.style) {
    case 'tied':
      return [-0.15 * p.x, 0.25 - 0.1 * p.y, -1];
    case 'cropped':
    case 'short':
      return [mix(0.1 * p.x, 0.8 * away, top), mix(-0.9, 0.15, top), mix(-0.25, p.z > 4 ? 0.1 : -0.5, top)];
    case 'swept':
      return [mix(0.05 * p.x, 0.75 * away, top), mix(-0.6, 0.25, top), mix(-0.75, p.z > 3 ? -0.35 : -0.8, top)];
    case 'bob':
    case 'long':
      // Outwards over the head, then down beside the face.
      return [away * 1.3, -0.1 - 1.2 * smoothstep(4, 6.8, Math.abs(p.x)), p.z > 2 ? -0.35 : -0.1];
  }
}

interface Ribbon {
  root: SurfacePoint;
  length: number;
  lift: number;
  layer: number;
}

function ribbonAt(root: SurfacePoint, figures: StyleFigures, shape: HairShape, random: SeededRandom): Ribbon {
  const above = aboveHairline(root.x, root.y, root.z, shape);
  const top = smoothstep(2.5, 8, root.y);
  const edge = smoothstep(-0.1, 2.2, above);
  const layer = random.next();
  const length = mix(figures.sideLength, figures.topLength, top) * random.uniform(0.75, 1.1) * mix(0.55, 1, edge);
  const lift = mix(figures.sideLift, figures.topLift, top) * shape.volume * (0.15 + 0.85 * layer) * mix(0.25, 1, edge);
  return { root, length, lift, layer };
}

/** Grows the hair of one shape; every figure depends on the shape alone. */
export function hairMesh(shape: HairShape): HairMesh {
  const figures = STYLES[shape.style];
  const random = new SeededRandom(shape.seed).fork('hair');
  const rows = figures.segments + 1;
  const positions: number[] = [];
  const normals: number[] = [];
  const triangles: number[] = [];
  const uv: number[] = [];
  const light: number[] = [];
  const tangents: number[] = [];
  const normal = new Float32Array(3);

  const grow = (ribbon: Ribbon): void => {
    const first = positions.length / 3;
    const p = { ...ribbon.root };
    headNormal(p.x, p.y, p.z, normal, 0, 0.2);
    const rise = shape.style === 'tied' ? 0.1 : 0.8;
    let d: [number, number, number] = [normal[0] * rise, normal[1] * rise, normal[2] * rise];
    const step = ribbon.length / figures.segments;
    const phase = noise2(ribbon.root.x * 0.7, ribbon.root.z * 0.7, shape.seed & 1023) * 4;
    const id = random.integer(4096);
    const tilt = random.normal(0, 0.18);
    for (let row = 0; row < rows; row++) {
      const t = row / figures.segments;
      headNormal(p.x, p.y, p.z, normal, 0, 0.25);
      const n = [normal[0], normal[1], normal[2]] as const;
      // Across the ribbon: along the scalp, at a right angle to the strands.
      let side = [d[1] * n[2] - d[2] * n[1], d[2] * n[0] - d[0] * n[2], d[0] * n[1] - d[1] * n[0]];
      const sideLength = Math.hypot(side[0], side[1], side[2]) || 1;
      side = side.map((value, k) => value / sideLength + tilt * n[k]);
      const half = (figures.width / 2) * (1 - 0.45 * t * t);
      for (const s of [-1, 1]) {
        positions.push(p.x + s * half * side[0], p.y + s * half * side[1], p.z + s * half * side[2]);
        normals.push(n[0] + 0.35 * s * side[0], n[1] + 0.35 * s * side[1], n[2] + 0.35 * s * side[2]);
        uv.push(id + (s + 1) / 2, t);
        const depth = 0.35 + 0.65 * Math.pow(ribbon.layer, 0.7) * smoothstep(-0.15, 0.5, t);
        light.push(depth, mix(0.3, 1, depth), id / 4096);
        tangents.push(d[0], d[1], d[2]);
      }
      if (row === figures.segments) break;
      // The comb, flattened onto the head, bends the strand; gravity takes over away from the head.
      const comb = combed(p, shape);
      const distance = headDistance(p.x, p.y, p.z);
      const lift = ribbon.lift * smoothstep(0, 0.35, t + 0.5 / figures.segments);
      const along = comb[0] * n[0] + comb[1] * n[1] + comb[2] * n[2];
      const free = smoothstep(0.5, 3, distance) * figures.gravity;
      const wave = shape.curl * Math.sin(phase + t * ribbon.length * 1.3) * 0.7;
      const bend = row === 0 ? 0.8 : 0.55;
      const target = comb.map((value, k) => value - along * n[k] + wave * side[k] + (k === 1 ? -free : 0));
      const targetLength = Math.hypot(target[0], target[1], target[2]) || 1;
      d = d.map((value, k) => mix(value, target[k] / targetLength, bend)) as [number, number, number];
      const length = Math.hypot(d[0], d[1], d[2]) || 1;
      d = d.map((value) => value / length) as [number, number, number];
      p.x += d[0] * step;
      p.y += d[1] * step;
      p.z += d[2] * step;
      const gap = lift - headDistance(p.x, p.y, p.z);
      const push = gap > 0 ? gap : Math.max(gap, -0.6) * (1 - free) * 0.7;
      p.x += push * n[0];
      p.y += push * n[1];
      p.z += push * n[2];
      if (figures.gravity === 1 && p.y < 5.5 && p.z > 1) {
        // Long hair frames the face and does not cross it.
        const beside = 5.7 - 0.1 * Math.max(0, p.z - 4);
        if (Math.abs(p.x) < beside) p.x += Math.sign(p.x) * (beside - Math.abs(p.x)) * 0.8;
      }
    }
    for (let row = 0; row < figures.segments; row++) {
      const a = first + 2 * row;
      // Hair on the far side of the head is never seen.
      const facing = normals[3 * a + 2] + normals[3 * a + 5] + normals[3 * a + 8] + normals[3 * a + 11];
      if (facing > 4 * AWAY) triangles.push(a, a + 1, a + 2, a + 1, a + 3, a + 2);
    }
  };

  const taken = new PointGrid(0.5);
  let spacing = 0.95;
  const ribbons: Ribbon[] = [];
  for (let tries = 0; ribbons.length < figures.ribbons && tries < 60_000; tries++) {
    if (tries % 2500 === 2499) spacing *= 0.85;
    const u = random.uniform(-19, 19);
    const v = random.uniform(-9, 15.7);
    if (!taken.isFree(u * Math.cos(v / 10), v, spacing)) continue;
    const root = surfacePoint(u, v);
    if (aboveHairline(root.x, root.y, root.z, shape) < 0.05 || root.z < -7.5) continue;
    taken.add(u * Math.cos(v / 10), v);
    ribbons.push(ribbonAt(root, figures, shape, random));
  }
  // Outer hair first: it hides what lies under it from the rasterizer.
  for (const ribbon of ribbons.sort((a, b) => b.lift - a.lift)) grow(ribbon);
  return {
    material: 'hair',
    positions: Float32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    uv: Float32Array.from(uv),
    light: Float32Array.from(light, (value) => clamp(value, 0, 1)),
    tangents: Float32Array.from(tangents),
    normals: Float32Array.from(normals),
  };
}
