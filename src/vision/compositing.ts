// Compositor: puts a generated face [3,R,R] back into the planes of its picture, in place, only where something was generated.
import { colorPlanes, type PictureLayout, type Plane } from '../tensor/picture.ts';
import { checkFace, faceMatrix } from './face-space.ts';
import { composeAffine, invertAffine, transformPoint, type AffineMatrix } from './geometry.ts';
import { clearEdge, pasteOpacity } from './paste-opacity.ts';
import { PictureColors } from './picture-colors.ts';
import { planeMatrices } from './picture-geometry.ts';
import { linearRange } from './warp.ts';

/** Faces with this many pixels per sample of a plane, along one axis, are halved before they are sampled. */
const LARGEST_MINIFICATION = 2;

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
 * Pastes the regenerated region of faces with a feathered edge, sampled bilinearly, directly from the face into each plane of a
 * picture as it is stored; every other sample keeps its value. Costs in proportion to the face in the frame.
 *
 * @example
 * const compositor = new Compositor(512, video.layout);
 * compositor.paste(picture.data, generated, affineMatrix);
 */
export class Compositor {
  readonly #resolution: number;
  readonly #layout: PictureLayout;
  readonly #colors: PictureColors;
  readonly #matrices: readonly AffineMatrix[];
  /** Opacities at the resolution, a half, a quarter … of it. */
  readonly #levels: OpacityLevel[];

  /**
   * @param resolution - side of the faces in pixels.
   * @param layout - of the pictures.
   */
  constructor(resolution: number, layout: PictureLayout) {
    this.#resolution = resolution;
    this.#layout = layout;
    this.#colors = new PictureColors(layout);
    this.#matrices = planeMatrices(layout);
    this.#levels = [opacityLevel(pasteOpacity(resolution), resolution)];
  }

  /**
   * Pastes a face into the picture it was cut from, changing the picture. Opacity keeps its values, and so do all samples outside
   * the mask.
   *
   * @param picture - the bytes of its planes.
   * @param face - [3, resolution, resolution] in −1 … 1.
   * @param affineMatrix - maps upright pixels to crop pixels, as `FaceAligner` returned it.
   * @param opacity - of all of it, 0 … 1; default 1.
   */
  paste(picture: Uint8Array | Uint8ClampedArray, face: Float32Array, affineMatrix: AffineMatrix, opacity = 1): void {
    checkFace(face, this.#resolution);
    const toFace = faceMatrix(affineMatrix, this.#resolution);
    const values = this.#colors.fromPixelValues(face);
    for (const [index, plane] of colorPlanes(this.#layout, picture).entries()) {
      this.#pastePlane(plane, values[index], composeAffine(toFace, this.#matrices[index]), opacity);
    }
  }

  #pastePlane(plane: Plane, face: Float32Array, toFace: AffineMatrix, opacity: number): void {
    let matrix = toFace;
    let values = face;
    let level = this.#levels[0];
    for (let i = 1; minification(matrix) >= LARGEST_MINIFICATION && level.size % 2 === 0; i++) {
      values = halved(values, level.size);
      matrix = halvedMatrix(matrix);
      this.#levels[i] ??= opacityLevel(clearEdge(halved(level.values, level.size), level.size / 2), level.size / 2);
      level = this.#levels[i]!;
    }
    pasteLevel(plane, values, matrix, level, opacity);
  }
}

function pasteLevel(
  plane: Plane,
  face: Float32Array,
  matrix: AffineMatrix,
  level: OpacityLevel,
  wholeOpacity: number,
): void {
  const { data, width, height, step, stride } = plane;
  const [a, b, tx, c, d, ty] = matrix;
  const { size, values: opacity, left, right, top, bottom } = level;
  const inverse = invertAffine(matrix);
  const lines = [left, right].flatMap((u) => [top, bottom].map((v) => transformPoint(inverse, [u, v])[1]));
  const firstLine = Math.max(0, Math.ceil(Math.min(...lines)));
  const endLine = Math.min(height, Math.floor(Math.max(...lines)) + 1);
  for (let y = firstLine; y < endLine; y++) {
    const rowU = b * y + tx;
    const rowV = d * y + ty;
    const [firstU, endU] = linearRange(a, rowU, left, right, width);
    const [firstV, endV] = linearRange(c, rowV, top, bottom, width);
    const end = Math.min(endU, endV);
    const first = Math.max(firstU, firstV);
    for (let x = first, to = plane.offset + y * stride + first * step; x < end; x++, to += step) {
      const u = a * x + rowU;
      const v = c * x + rowV;
      const column = u | 0;
      const row = v | 0;
      const fu = u - column;
      const fv = v - row;
      const belowRight = fu * fv;
      const rightOnly = fu - belowRight;
      const below = fv - belowRight;
      const here = 1 - fu - below;
      const p = row * size + column;
      const r = p + size;
      const masked = here * opacity[p] + rightOnly * opacity[p + 1] + below * opacity[r] + belowRight * opacity[r + 1];
      if (masked === 0) continue;
      const weight = wholeOpacity * masked;
      const drawn = here * face[p] + rightOnly * face[p + 1] + below * face[r] + belowRight * face[r + 1];
      data[to] = (weight * drawn + (1 - weight) * data[to] + 0.5) | 0; // rounds
    }
  }
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
