// Compositor: puts a generated face [3,R,R] back into its frame [H,W,3|4], in place, only where something was generated.
import { checkFace, faceMatrix } from './face-space.ts';
import type { AffineMatrix } from './geometry.ts';
import { invertAffine, transformPoint } from './geometry.ts';
import type { Image8 } from '../tensor/image.ts';
import { clearEdge, pasteOpacity } from './paste-opacity.ts';
import { linearRange } from './warp.ts';

/** Something that pastes generated faces into frames. */
export interface FaceCompositor {
  /**
   * Pastes a face into the frame it was cut from, changing the frame. The alpha channel keeps its bytes, and so do all
   * pixels outside the soft mask.
   *
   * @param face - [3, resolution, resolution] in −1 … 1.
   * @param affineMatrix - maps frame pixels to crop pixels, as `FaceAligner.align` returned it.
   */
  paste(frame: Image8, face: Float32Array, affineMatrix: AffineMatrix): void;
}

/** Faces with more pixels than this per pixel of the frame, along one axis, are halved before they are sampled. */
const LARGEST_MINIFICATION = 4;

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
 * Pastes the regenerated region of faces with a feathered edge, sampled bilinearly, directly from the face; everything else keeps
 * its bytes. Costs in proportion to the face in the frame. Owns its tables; frames allocate next to nothing.
 *
 * @example
 * const compositor = new Compositor(512);
 * compositor.paste(frame, generated, affineMatrix);
 */
export class Compositor implements FaceCompositor {
  readonly #resolution: number;
  /** Opacities at the resolution, a half, a quarter … of it. */
  readonly #levels: OpacityLevel[];

  /** @param resolution - side of the faces in pixels, as given to the FaceAligner. */
  constructor(resolution: number) {
    this.#resolution = resolution;
    this.#levels = [opacityLevel(pasteOpacity(resolution), resolution)];
  }

  paste(frame: Image8, face: Float32Array, affineMatrix: AffineMatrix): void {
    checkFace(face, this.#resolution);
    let matrix = faceMatrix(affineMatrix, this.#resolution);
    let planes = face;
    let level = this.#levels[0];
    for (let i = 1; minification(matrix) >= LARGEST_MINIFICATION && level.size % 2 === 0; i++) {
      planes = halvePlanes(planes, level.size);
      matrix = halveMatrix(matrix);
      this.#levels[i] ??= opacityLevel(
        clearEdge(halvePlanes(level.values, level.size), level.size / 2),
        level.size / 2,
      );
      level = this.#levels[i]!;
    }
    pasteLevel(frame, planes, matrix, level);
  }
}

function pasteLevel(frame: Image8, planes: Float32Array, matrix: AffineMatrix, level: OpacityLevel): void {
  const [a, b, tx, c, d, ty] = matrix;
  const { data, width, height, channels } = frame;
  const { size, values: opacity, left, right, top, bottom } = level;
  const green = size * size;
  const blue = 2 * green;
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
    for (let x = Math.max(firstU, firstV); x < end; x++) {
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
      const q = p + 1;
      const r = p + size;
      const s = r + 1;
      const weight = here * opacity[p] + rightOnly * opacity[q] + below * opacity[r] + belowRight * opacity[s];
      if (weight === 0) continue;
      const scaled = 127.5 * weight; // −1 … 1 to gray levels
      const keep = 1 - weight;
      const offset = scaled + 0.5; // rounds when truncated
      const to = (y * width + x) * channels;
      const redValue = here * planes[p] + rightOnly * planes[q] + below * planes[r] + belowRight * planes[s];
      const greenValue =
        here * planes[p + green] +
        rightOnly * planes[q + green] +
        below * planes[r + green] +
        belowRight * planes[s + green];
      const blueValue =
        here * planes[p + blue] +
        rightOnly * planes[q + blue] +
        below * planes[r + blue] +
        belowRight * planes[s + blue];
      data[to] = (scaled * clamp(redValue) + keep * data[to] + offset) | 0;
      data[to + 1] = (scaled * clamp(greenValue) + keep * data[to + 1] + offset) | 0;
      data[to + 2] = (scaled * clamp(blueValue) + keep * data[to + 2] + offset) | 0;
    }
  }
}

function clamp(value: number): number {
  return value < -1 ? -1 : value > 1 ? 1 : value;
}

/** Returns face pixels per frame pixel, along one axis. */
function minification([a, b, , c, d]: AffineMatrix): number {
  return Math.sqrt(Math.abs(a * d - b * c));
}

/** Returns the matrix to a face of half the size; its pixel i covers pixels 2i and 2i + 1. */
function halveMatrix([a, b, tx, c, d, ty]: AffineMatrix): AffineMatrix {
  return [a / 2, b / 2, (tx - 0.5) / 2, c / 2, d / 2, (ty - 0.5) / 2];
}

/** Returns square planes at half the size, each pixel the mean of four. */
function halvePlanes(planes: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const out = new Float32Array(planes.length / 4);
  for (let i = 0, line = 0; i < out.length; line += 2 * size) {
    for (let x = 0; x < half; x++, i++) {
      const p = line + 2 * x;
      out[i] = (planes[p] + planes[p + 1] + planes[p + size] + planes[p + size + 1]) / 4;
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
