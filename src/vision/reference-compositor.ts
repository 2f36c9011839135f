// ReferenceCompositor: puts a face [3,R,R] back as the official code does, the whole crop with a soft edge, truncated.
import { checkFace } from './face-space.ts';
import { transformPoint } from './geometry.ts';
import type { AffineMatrix } from './geometry.ts';
import type { Image8 } from '../tensor/image.ts';
import { antialiasedBicubicTaps } from './resize-taps.ts';
import type { ResizeTaps } from './resize-taps.ts';
import { resizeRows } from './resize.ts';
import { faceTemplate } from './similarity.ts';
import type { FaceTemplate } from './similarity.ts';
import { EDGE_EROSION, SoftMask } from './soft-mask.ts';
import type { SoftMaskRegion } from './soft-mask.ts';
import type { Span } from './warp.ts';

/** How to put faces back. */
export interface ReferenceCompositorOptions {
  /** Value beyond the crop on the faces' scale of −1 … 1; the reference's is a gray level, so white. Default 127. */
  fill?: number;
}

/** Keeps 199.99999 from being truncated to 199. */
const TRUNCATION_GUARD = 1 / 16384;

/**
 * Pastes faces of one resolution by the reference's rule: bicubic resize to the crop's size, bilinear inverse warp, soft
 * mask, blend, truncation to 8 bits. Works in the face's box only. Owns its tables and buffers.
 */
export class ReferenceCompositor {
  readonly #resolution: number;
  readonly #template: FaceTemplate;
  readonly #outside: number;
  readonly #horizontal: ResizeTaps;
  readonly #vertical: ResizeTaps;
  readonly #narrowed: Float32Array;
  /** The face at the crop's size, [height + 1, width, 3] in −127.5 … 127.5; one row more, so that every pixel has a neighbor below. */
  readonly #crop: Float32Array;
  readonly #softMask = new SoftMask();

  /** @param resolution - side of the faces in pixels, as given to the FaceAligner. */
  constructor(resolution: number, { fill = 127 }: ReferenceCompositorOptions = {}) {
    const template = faceTemplate(resolution);
    this.#resolution = resolution;
    this.#template = template;
    this.#outside = fill * 127.5;
    this.#horizontal = antialiasedBicubicTaps(resolution, template.width);
    this.#vertical = antialiasedBicubicTaps(resolution, template.height);
    this.#narrowed = new Float32Array(resolution * template.width * 3);
    this.#crop = new Float32Array((template.height + 1) * template.width * 3);
  }

  paste(frame: Image8, face: Float32Array, affineMatrix: AffineMatrix): void {
    checkFace(face, this.#resolution);
    const mask = this.#softMask.compute(affineMatrix, this.#template, frame);
    if (!mask) return;
    narrowRows(face, this.#horizontal, this.#narrowed);
    resizeRows(this.#narrowed, this.#template.width * 3, this.#vertical, this.#crop);
    for (let y = 0; y < mask.box.height; y++) {
      const first = mask.box.x + mask.spans[2 * y];
      const end = mask.box.x + mask.spans[2 * y + 1];
      const solid = mask.coverage.solidSpan(mask.box.y + y, EDGE_EROSION);
      const solidFirst = Math.min(end, Math.max(first, solid[0]));
      const solidEnd = Math.max(solidFirst, Math.min(end, solid[1]));
      this.#pasteEdge(frame, mask, affineMatrix, y, [first, solidFirst]);
      this.#pasteInside(frame, mask, affineMatrix, y, [solidFirst, solidEnd]);
      this.#pasteEdge(frame, mask, affineMatrix, y, [solidEnd, end]);
    }
  }

  #pasteInside(frame: Image8, mask: SoftMaskRegion, matrix: AffineMatrix, y: number, [first, end]: Span): void {
    const [a, b, tx, c, d, ty] = matrix;
    const { data, channels } = frame;
    const { box, values } = mask;
    const frameY = box.y + y;
    const rowU = b * frameY + tx;
    const rowV = d * frameY + ty;
    const width = this.#template.width;
    const crop = this.#crop;
    const valueRow = y * box.width - box.x;
    const dataRow = frameY * frame.width * channels;
    for (let x = first; x < end; x++) {
      const weight = values[valueRow + x];
      if (weight === 0) continue;
      const u = a * x + rowU;
      const v = c * x + rowV;
      const column = u | 0;
      const line = v | 0;
      const fu = u - column;
      const fv = v - line;
      const belowRight = fu * fv;
      const right = fu - belowRight;
      const below = fv - belowRight;
      const here = 1 - fu - below;
      const keep = 1 - weight;
      const p = 3 * (line * width + column);
      const r = p + 3 * width;
      const to = dataRow + x * channels;
      const red = here * crop[p] + right * crop[p + 3] + below * crop[r] + belowRight * crop[r + 3];
      const green = here * crop[p + 1] + right * crop[p + 4] + below * crop[r + 1] + belowRight * crop[r + 4];
      const blue = here * crop[p + 2] + right * crop[p + 5] + below * crop[r + 2] + belowRight * crop[r + 5];
      data[to] = (weight * grayLevel(red) + keep * data[to] + TRUNCATION_GUARD) | 0;
      data[to + 1] = (weight * grayLevel(green) + keep * data[to + 1] + TRUNCATION_GUARD) | 0;
      data[to + 2] = (weight * grayLevel(blue) + keep * data[to + 2] + TRUNCATION_GUARD) | 0;
    }
  }

  /** As `#pasteInside`, where neighbors may be outside the crop and the coverage may be partial. */
  #pasteEdge(frame: Image8, mask: SoftMaskRegion, matrix: AffineMatrix, y: number, [first, end]: Span): void {
    const { data, channels } = frame;
    const { box, values, coverage } = mask;
    const frameY = box.y + y;
    for (let x = first; x < end; x++) {
      const weight = values[y * box.width + x - box.x];
      if (weight === 0) continue;
      const covered = coverage.eroded(x, frameY, EDGE_EROSION);
      const [u, v] = transformPoint(matrix, [x, frameY]);
      for (let channel = 0; channel < 3; channel++) {
        const pasted = covered * grayLevel(this.#sample(channel, u, v));
        const to = (frameY * frame.width + x) * channels + channel;
        data[to] = (weight * pasted + (1 - weight) * data[to] + TRUNCATION_GUARD) | 0;
      }
    }
  }

  /** Returns the bilinear value of the crop, constant outside. */
  #sample(channel: number, u: number, v: number): number {
    const column = Math.floor(u);
    const line = Math.floor(v);
    const above =
      (1 - (u - column)) * this.#at(channel, column, line) + (u - column) * this.#at(channel, column + 1, line);
    const below =
      (1 - (u - column)) * this.#at(channel, column, line + 1) + (u - column) * this.#at(channel, column + 1, line + 1);
    return (1 - (v - line)) * above + (v - line) * below;
  }

  #at(channel: number, x: number, y: number): number {
    const { width, height } = this.#template;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    return inside ? this.#crop[(y * width + x) * 3 + channel] : this.#outside;
  }
}

/** Returns −127.5 … 127.5 as a gray level, clamped. */
function grayLevel(value: number): number {
  return value < -127.5 ? 0 : value > 127.5 ? 255 : value + 127.5;
}

/** Resizes planes [3, R, R] along the horizontal axis to [R, width, 3], scaled to −127.5 … 127.5. */
function narrowRows(face: Float32Array, { starts, weights, count, inputSize }: ResizeTaps, out: Float32Array): void {
  const area = inputSize * inputSize;
  let to = 0;
  for (let y = 0; y < inputSize; y++) {
    for (let x = 0, w = 0; x < starts.length; x++, to += 3) {
      let from = y * inputSize + starts[x];
      let red = 0;
      let green = 0;
      let blue = 0;
      for (const last = w + count; w < last; w++, from++) {
        const weight = weights[w];
        red += weight * face[from];
        green += weight * face[from + area];
        blue += weight * face[from + 2 * area];
      }
      out[to] = red * 127.5;
      out[to + 1] = green * 127.5;
      out[to + 2] = blue * 127.5;
    }
  }
}
