// Where the skin's vertices lie in the chart and how they are joined: rings around eyes and mouth, scattered points elsewhere.
import { delaunay } from './delaunay.ts';
import {
  EYE_CORNERS,
  lowerLidEdge,
  lowerLipEdge,
  MOUTH_HALF_WIDTH,
  upperLidEdge,
  upperLipEdge,
} from './face-contours.ts';
import { chartAt, chartStretch } from './head-chart.ts';
import { PointGrid } from './point-grid.ts';
import { clamp, SeededRandom } from './random.ts';

/** Columns from one corner of the mouth to the other. */
export const MOUTH_COLUMNS = 36;
/** Columns from one corner of an eye to the other. */
export const EYE_COLUMNS = 22;

/** The skin in the chart: vertices, triangles, and the vertex indices of the rings that bound its holes. */
export interface FaceTopology {
  /** u and v of each vertex, alternating. */
  chart: Float64Array;
  triangles: Uint32Array;
  /** The outer edge of the lips: upper edge from −x to +x (`MOUTH_COLUMNS + 1` vertices), then the lower edge likewise; corners shared. */
  mouth: { upper: number[]; lower: number[] };
  /** The edges of the lids, at −x and at +x, each from the inner to the outer corner; corners shared. */
  eyes: { side: -1 | 1; upper: number[]; lower: number[] }[];
}

/** Half-width of the lips' outer edge. */
export const LIP_EDGE_HALF_WIDTH = MOUTH_HALF_WIDTH + 0.14;

// Distance wanted between neighboring vertices, centimeters on the surface.
function spacingOnSurface(u: number, v: number): number {
  const x = Math.abs(u);
  const nose = Math.hypot((x - 0.4) / 1.6, (v + 5.4) / 1.6);
  const mouth = Math.hypot(x / 3.4, (v + 7.8) / 2.1);
  const eye = Math.hypot((x - 3.4) / 2.3, (v + 3) / 1.3);
  const features = Math.min(nose, mouth, eye);
  const wide = Math.hypot(x / 8, (v + 5) / 7);
  return 0.22 + 0.14 * clamp(features - 0.9, 0, 1) + 0.75 * clamp(wide - 0.8, 0, 1);
}

// The same in chart units, from a table of the chart's stretch.
function makeSpacing(): (u: number, v: number) => number {
  const step = 0.5;
  const columns = 42;
  const rows = 88;
  const table = Float64Array.from({ length: columns * rows }, (_, i) => {
    const u = (i % columns) * step;
    const v = BOTTOM + Math.floor(i / columns) * step;
    return spacingOnSurface(u, v) / clamp(chartStretch(u, v), 0.8, 2.6);
  });
  return (u, v) => {
    const column = clamp(Math.round(Math.abs(u) / step), 0, columns - 1);
    return table[clamp(Math.round((v - BOTTOM) / step), 0, rows - 1) * columns + column];
  };
}

const TOP = 15.6;
const BOTTOM = -26;
const SIDE = 19;

// Scattered points keep this far from the rings (chart units), so that every edge of a ring is a Delaunay edge.
const RING_CLEARANCE = 0.2;

function scatter(chart: number[], random: SeededRandom, inHole: (u: number, v: number) => boolean): void {
  const grid = new PointGrid(0.5);
  const add = (u: number, v: number): void => {
    chart.push(u, v);
    grid.add(u, v);
  };
  for (let i = 0; i < chart.length; i += 2) grid.add(chart[i], chart[i + 1], RING_CLEARANCE);
  const spacing = makeSpacing();
  // The edge of the sheet and the middle line first, then darts thrown on one side and mirrored.
  for (let v = BOTTOM; v <= TOP; v += 0.9) for (const u of [-SIDE, SIDE]) add(u, v);
  for (let u = -SIDE + 0.9; u < SIDE - 0.5; u += 0.9) for (const v of [BOTTOM, TOP]) add(u, v);
  for (let v = BOTTOM; v < TOP; v += spacing(0, v))
    if (grid.isFree(0, v, 0.75 * spacing(0, v)) && !inHole(0, v)) add(0, v);
  for (let dart = 0; dart < 60_000; dart++) {
    const u = random.uniform(0.05, SIDE);
    const v = random.uniform(BOTTOM, TOP);
    const radius = spacing(u, v);
    if (u < 0.5 * radius || !grid.isFree(u, v, radius * 0.86) || inHole(u, v)) continue;
    add(u, v);
    add(-u, v);
  }
}

function insidePolygon(polygon: readonly number[], chart: readonly number[], u: number, v: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ui, vi] = [chart[2 * polygon[i]], chart[2 * polygon[i] + 1]];
    const [uj, vj] = [chart[2 * polygon[j]], chart[2 * polygon[j] + 1]];
    if (vi > v !== vj > v && u < ((uj - ui) * (v - vi)) / (vj - vi) + ui) inside = !inside;
  }
  return inside;
}

/** Lays out the canonical skin; always the same. */
export function buildFaceTopology(): FaceTopology {
  const chart: number[] = [];
  const add = (x: number, y: number): number => {
    const { u, v } = chartAt(Math.abs(x), y);
    chart.push(x < 0 ? -u : u, v);
    return chart.length / 2 - 1;
  };
  const upper: number[] = [];
  const lower: number[] = [];
  for (let column = 0; column <= MOUTH_COLUMNS; column++) {
    const x = -LIP_EDGE_HALF_WIDTH * Math.cos((Math.PI * column) / MOUTH_COLUMNS);
    const corner = column === 0 || column === MOUTH_COLUMNS;
    upper.push(add(Math.abs(x) < 1e-9 ? 0 : x, upperLipEdge(Math.abs(x))));
    lower.push(corner ? upper[column] : add(Math.abs(x) < 1e-9 ? 0 : x, lowerLipEdge(Math.abs(x))));
  }
  const eyes = ([-1, 1] as const).map((side) => {
    const eye: FaceTopology['eyes'][number] = { side, upper: [], lower: [] };
    for (let column = 0; column <= EYE_COLUMNS; column++) {
      const t = (1 - Math.cos((Math.PI * column) / EYE_COLUMNS)) / 2;
      const x = EYE_CORNERS.inner.x + (EYE_CORNERS.outer.x - EYE_CORNERS.inner.x) * t;
      const corner = column === 0 || column === EYE_COLUMNS;
      eye.upper.push(add(side * x, upperLidEdge(x)));
      eye.lower.push(corner ? eye.upper[column] : add(side * x, lowerLidEdge(x)));
    }
    return eye;
  });
  const holes = [{ upper, lower }, ...eyes].map((ring) => [...ring.upper, ...ring.lower.slice(1, -1).reverse()]);
  scatter(chart, new SeededRandom(1), (u, v) => holes.some((hole) => insidePolygon(hole, chart, u, v)));

  const all = delaunay(Float64Array.from(chart));
  const kept: number[] = [];
  for (let t = 0; t < all.length; t += 3) {
    const [a, b, c] = [all[t], all[t + 1], all[t + 2]];
    const u = (chart[2 * a] + chart[2 * b] + chart[2 * c]) / 3;
    const v = (chart[2 * a + 1] + chart[2 * b + 1] + chart[2 * c + 1]) / 3;
    const across = holes.some(
      (hole) => [a, b, c].every((vertex) => hole.includes(vertex)) && insidePolygon(hole, chart, u, v),
    );
    if (!across) kept.push(a, b, c);
  }
  return { chart: Float64Array.from(chart), triangles: Uint32Array.from(kept), mouth: { upper, lower }, eyes };
}
