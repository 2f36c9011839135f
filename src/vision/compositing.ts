// Compositor: puts a generated face [3,R,R] back into the planes of its picture, in place, only where something was generated.
import type { PictureLayout, Plane } from '../tensor/picture.ts';
import { CellGrid, type PlaneArea } from './cell-grid.ts';
import { checkFace, faceMatrix } from './face-space.ts';
import { composeAffine, invertAffine, transformPoint, type AffineMatrix } from './geometry.ts';
import { clearEdge, pasteOpacity } from './paste-opacity.ts';
import { PictureAreas, type PictureArea } from './picture-area.ts';
import { PictureColors } from './picture-colors.ts';
import { linearRange, type Span } from './warp.ts';

/** Faces with this many pixels per sample of a plane, along one axis, are halved before they are sampled. */
const LARGEST_MINIFICATION = 2;

/** Planes of which a cell of the face has fewer samples than two, along one axis, take no fine structure from the picture. */
const MOST_CELLS_PER_SAMPLE = 0.5;

/** Rows beyond those that are pasted that interpolation and cells need, up to 512 rows and where planes of chroma have half the samples of luma. */
const ROW_MARGIN = 16;

/** How a face is pasted. */
export interface PasteOptions {
  /** Of all of it, above 0 and up to 1. Default 1. */
  opacity?: number;
  /** How far structure that is finer than the cells of the face stays the picture's, as `FaceDetail` says. Default: all is the face's. */
  detail?: Float32Array;
  /** The part of the picture that may change. Default: all of it. */
  area?: PictureArea;
}

/** One of the picture's planes of a face, [R, R], and the rows of it that are known. */
interface FacePlane {
  values: Float32Array;
  rows: Span;
}

/** Which fine structure stays the picture's own. */
interface PlaneDetail {
  /** Maps samples to cells. */
  toCells: AffineMatrix;
  size: number;
  /** How far it stays, and what the picture has more than the face, [size, size]. */
  shares: Float32Array;
  differences: Float32Array;
}

/** The opacity at one size, and the rectangle outside which it is 0. */
interface OpacityLevel {
  size: number;
  values: Float32Array;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * Pastes the regenerated region of faces with a feathered edge, interpolated bicubically (Catmull and Rom), directly from the face into
 * each plane of a picture as it is stored; every other sample keeps its value. Costs in proportion to the face in the frame.
 *
 * @example
 * const compositor = new Compositor(512, video.layout);
 * compositor.paste(picture.data, generated, affineMatrix);
 */
export class Compositor {
  readonly #resolution: number;
  readonly #layout: PictureLayout;
  readonly #colors: PictureColors;
  /** [R, R] each. */
  readonly #values: Float32Array[];
  readonly #areas: PictureAreas;
  /** Opacities at the resolution, a half, a quarter … of it. */
  readonly #levels: OpacityLevel[];
  readonly #cells: CellGrid;

  /**
   * @param resolution - side of the faces in pixels.
   * @param layout - of the pictures.
   */
  constructor(resolution: number, layout: PictureLayout) {
    this.#resolution = resolution;
    this.#layout = layout;
    this.#colors = new PictureColors(layout);
    this.#values = this.#colors.createPlanes(resolution ** 2);
    this.#areas = new PictureAreas(layout);
    this.#levels = [opacityLevel(pasteOpacity(resolution), resolution)];
    this.#cells = new CellGrid(resolution);
  }

  /**
   * Pastes a face into the picture it was cut from, changing the picture. Opacity keeps its values, and so do all samples outside
   * the mask.
   *
   * @param picture - the bytes of its planes.
   * @param face - [3, resolution, resolution] in −1 … 1.
   * @param affineMatrix - maps upright pixels to crop pixels, as `FaceAligner` returned it.
   * @param options - how opaque it is, and what stays.
   */
  paste(
    picture: Uint8Array | Uint8ClampedArray,
    face: Float32Array,
    affineMatrix: AffineMatrix,
    { opacity = 1, detail, area }: PasteOptions = {},
  ): void {
    checkFace(face, this.#resolution);
    const toFace = faceMatrix(affineMatrix, this.#resolution);
    // Only rows that are sampled or belong to the cells of those that are; of faces that are halved for luma, all.
    const margin = minification(toFace) < LARGEST_MINIFICATION ? ROW_MARGIN : this.#resolution;
    const limited = (row: number): number => Math.min(this.#resolution, Math.max(0, row));
    const rows: Span = [limited(this.#levels[0].top - margin), limited(this.#levels[0].bottom + margin)];
    const range: Span = [rows[0] * this.#resolution, rows[1] * this.#resolution];
    const values = this.#colors.fromPixelValues(face, range, this.#values);
    for (const [index, { plane, toUpright }] of this.#areas.planes(picture, area).entries()) {
      this.#pastePlane(plane, { values: values[index], rows }, composeAffine(toFace, toUpright), opacity, detail);
    }
  }

  #pastePlane(plane: Plane, face: FacePlane, toFace: AffineMatrix, opacity: number, shares?: Float32Array): void {
    let matrix = toFace;
    let { values } = face;
    let level = this.#levels[0];
    for (let i = 1; minification(matrix) >= LARGEST_MINIFICATION && level.size % 2 === 0; i++) {
      values = halved(values, level.size);
      matrix = halvedMatrix(matrix);
      this.#levels[i] ??= opacityLevel(clearEdge(halved(level.values, level.size), level.size / 2), level.size / 2);
      level = this.#levels[i]!;
    }
    const area = areaOf(level, matrix, plane);
    const largest = 2 ** this.#layout.format.depth - 1;
    const detail = shares && this.#detailOf(plane, face, toFace, area, shares);
    pasteLevel(plane, { values, matrix, level, area }, { opacity, largest, detail });
  }

  /** Compares picture and face, if the picture has finer structure than the cells of the face. */
  #detailOf(
    plane: Plane,
    { values, rows }: FacePlane,
    toFace: AffineMatrix,
    area: PlaneArea,
    shares: Float32Array,
  ): PlaneDetail | undefined {
    const toCells = this.#cells.toCells(toFace);
    if (minification(toCells) > MOST_CELLS_PER_SAMPLE) return undefined;
    const differences = this.#cells.meansOfPlane(plane, toCells, area);
    const drawn = this.#cells.meansOfFace(values, rows);
    for (let i = 0; i < differences.length; i++) differences[i] -= drawn[i];
    return { toCells, size: this.#cells.size, shares, differences };
  }
}

/** Returns the samples of a plane that a face may cover. */
function areaOf({ left, right, top, bottom }: OpacityLevel, matrix: AffineMatrix, { width, height }: Plane): PlaneArea {
  const [a, b, tx, c, d, ty] = matrix;
  const inverse = invertAffine(matrix);
  const lines = [left, right].flatMap((u) => [top, bottom].map((v) => transformPoint(inverse, [u, v])[1]));
  return {
    lines: [Math.max(0, Math.ceil(Math.min(...lines))), Math.min(height, Math.floor(Math.max(...lines)) + 1)],
    samples: (line) => {
      const [firstU, endU] = linearRange(a, b * line + tx, left, right, width);
      const [firstV, endV] = linearRange(c, d * line + ty, top, bottom, width);
      return [Math.max(firstU, firstV), Math.min(endU, endV)];
    },
  };
}

/** A plane of the face at the size at which it is sampled. */
interface FaceLevel {
  values: Float32Array;
  matrix: AffineMatrix;
  level: OpacityLevel;
  area: PlaneArea;
}

interface Pasting {
  opacity: number;
  /** The largest value of a sample. */
  largest: number;
  detail?: PlaneDetail;
}

/** No sample keeps its fine structure. */
const NO_DETAIL: PlaneDetail = {
  toCells: [0, 0, 0, 0, 0, 0],
  size: 1,
  shares: new Float32Array(3),
  differences: new Float32Array(3),
};

function pasteLevel(
  { data, offset, step, stride }: Plane,
  { values: face, matrix, level: { size, values: opacity }, area: { lines, samples } }: FaceLevel,
  { opacity: wholeOpacity, largest, detail = NO_DETAIL }: Pasting,
): void {
  const [a, b, tx, c, d, ty] = matrix;
  const [cellA, cellB, cellX, cellC, cellD, cellY] = detail.toCells;
  const { size: grid, shares, differences } = detail;
  for (let y = lines[0]; y < lines[1]; y++) {
    const rowU = b * y + tx;
    const rowV = d * y + ty;
    const cellRowU = cellB * y + cellX;
    const cellRowV = cellD * y + cellY;
    const [first, end] = samples(y);
    for (let x = first, to = offset + y * stride + first * step; x < end; x++, to += step) {
      const u = a * x + rowU;
      const v = c * x + rowV;
      const p = (v | 0) * size + (u | 0);
      const fu = u - (u | 0);
      const fv = v - (v | 0);
      const weight = wholeOpacity * bilinear(opacity, size, p, fu, fv);
      if (weight === 0) continue;
      const sample = data[to];
      const cellU = cellA * x + cellRowU;
      const cellV = cellC * x + cellRowV;
      const cell = (cellV | 0) * grid + (cellU | 0);
      const cellFu = cellU - (cellU | 0);
      const cellFv = cellV - (cellV | 0);
      const share = bilinear(shares, grid, cell, cellFu, cellFv);
      const own = share * (sample - bilinear(differences, grid, cell, cellFu, cellFv));
      const drawn = own + (1 - share) * bicubic(face, size, p, fu, fv);
      const value = sample + weight * (drawn - sample) + 0.5; // rounds
      data[to] = value < 0 ? 0 : Math.min(value, largest) | 0;
    }
  }
}

/** Interpolates bilinearly between values `at` and the next ones in both directions. */
function bilinear(values: Float32Array, size: number, at: number, fu: number, fv: number): number {
  const above = values[at] + fu * (values[at + 1] - values[at]);
  const below = values[at + size] + fu * (values[at + size + 1] - values[at + size]);
  return above + fv * (below - above);
}

/** Interpolates between pixels `at` and the next ones in both directions by Catmull and Rom's cubics. */
function bicubic(values: Float32Array, size: number, at: number, fu: number, fv: number): number {
  const u0 = fu * (fu * (1 - 0.5 * fu) - 0.5);
  const u3 = 0.5 * fu * fu * (fu - 1);
  const u1 = 1 + fu * fu * (1.5 * fu - 2.5);
  const u2 = 1 - u0 - u1 - u3;
  const v0 = fv * (fv * (1 - 0.5 * fv) - 0.5);
  const v3 = 0.5 * fv * fv * (fv - 1);
  const v1 = 1 + fv * fv * (1.5 * fv - 2.5);
  const v2 = 1 - v0 - v1 - v3;
  const p = at - size;
  const q = at + size;
  const r = q + size;
  return (
    v0 * (u0 * values[p - 1] + u1 * values[p] + u2 * values[p + 1] + u3 * values[p + 2]) +
    v1 * (u0 * values[at - 1] + u1 * values[at] + u2 * values[at + 1] + u3 * values[at + 2]) +
    v2 * (u0 * values[q - 1] + u1 * values[q] + u2 * values[q + 1] + u3 * values[q + 2]) +
    v3 * (u0 * values[r - 1] + u1 * values[r] + u2 * values[r + 1] + u3 * values[r + 2])
  );
}

/** Returns face pixels per sample, along one axis. */
function minification([a, b, , c, d]: AffineMatrix): number {
  return Math.sqrt(Math.abs(a * d - b * c));
}

/** Returns the matrix to a face of half the size; its pixel i covers pixels 2i and 2i + 1. */
function halvedMatrix([a, b, tx, c, d, ty]: AffineMatrix): AffineMatrix {
  return [a / 2, b / 2, (tx - 0.5) / 2, c / 2, d / 2, (ty - 0.5) / 2];
}

/** Returns a square plane at half the size, each pixel the mean of four. */
function halved(plane: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const out = new Float32Array(half * half);
  for (let i = 0, line = 0; i < out.length; line += 2 * size) {
    for (let x = 0; x < half; x++, i++) {
      const p = line + 2 * x;
      out[i] = (plane[p] + plane[p + 1] + plane[p + size] + plane[p + size + 1]) / 4;
    }
  }
  return out;
}

/** Finds the rectangle in which a pixel or one of its neighbors is above 0. */
function opacityLevel(values: Float32Array, size: number): OpacityLevel {
  const level = { size, values, left: size, right: 0, top: size, bottom: 0 };
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (values[y * size + x] === 0) continue;
      level.left = Math.min(level.left, x - 1);
      level.right = Math.max(level.right, x + 1);
      level.top = Math.min(level.top, y - 1);
      level.bottom = Math.max(level.bottom, y + 1);
    }
  }
  return level;
}
