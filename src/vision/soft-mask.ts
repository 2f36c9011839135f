// SoftMask: the weight [H,W] with which a pasted face replaces the frame, computed only in the face's box.
import { CropCoverage } from './crop-coverage.ts';
import type { ErosionWindow } from './crop-coverage.ts';
import { invertAffine, transformPoint } from './geometry.ts';
import type { AffineMatrix, Box } from './geometry.ts';
import type { Size } from './lanczos.ts';
import type { Span } from './warp.ts';

/** The 2×2 erosion that frees the coverage from its fractional edge. */
export const EDGE_EROSION: ErosionWindow = { before: 1, after: 0 };

/** A soft mask inside its box; 0 everywhere else. */
export interface SoftMaskRegion {
  /** The part of the frame that the mask may touch; whole pixels. */
  readonly box: Box;
  /** [box.height, box.width], valid inside `spans` only; overwritten by the next computation. */
  readonly values: Float32Array;
  /** For each row of the box, first and end of the columns that may be above 0, relative to the box. */
  readonly spans: Int32Array;
  /** The coverage that the mask was made from. */
  readonly coverage: CropCoverage;
}

/** Rows of intermediate results that are 0 … 1, with the parts of each row that are 0 and 1. */
interface SpannedRows {
  values: Float32Array;
  /** For each row: first and end of what may be above 0, then first and end of what is 1. */
  spans: Int32Array;
}

const SPAN_STRIDE = 4;

/**
 * Computes soft masks: coverage, eroded by 2×2, eroded by 2w×2w, blurred by a Gaussian of size 2w + 1, where w is a
 * twentieth of the root of the covered area. Owns its buffers; they grow to the largest face seen.
 *
 * Along a row the eroded coverage is constant but for short ramps, so the first blur adds one shifted cumulative kernel
 * for each step; the second blur looks only at pixels whose neighborhood is neither all 0 nor all 1.
 */
export class SoftMask {
  #blurred: SpannedRows = { values: new Float32Array(0), spans: new Int32Array(0) };
  #values = new Float32Array(0);
  #spans = new Int32Array(0);
  #padded = new Float64Array(0);
  #sums = new Float64Array(0);
  #jumps = new Float64Array(0);
  /** Where the rows under the vertical kernel begin. */
  #offsets = new Int32Array(0);

  /**
   * Returns the soft mask of a crop in a frame; undefined when they do not meet.
   *
   * @param matrix - maps frame pixels to crop pixels.
   */
  compute(matrix: AffineMatrix, crop: Size, frame: Size): SoftMaskRegion | undefined {
    const box = coveredBox(matrix, crop, frame);
    if (!box) return undefined;
    const coverage = new CropCoverage(matrix, crop, frame);
    const radius = Math.floor(Math.floor(Math.sqrt(coveredArea(coverage, box))) / 20);
    const erosion = radius === 0 ? EDGE_EROSION : { before: radius + 1, after: radius - 1 };
    const kernel = gaussianKernel(radius);
    this.#allocate(box, radius);
    for (let y = 0; y < box.height; y++) this.#blurRow(coverage, erosion, kernel, box, frame, y);
    for (let y = 0; y < box.height; y++) this.#blurColumn(kernel, box, frame, y);
    return { box, values: this.#values, spans: this.#spans, coverage };
  }

  #allocate({ width, height }: Box, radius: number): void {
    const area = width * (height + 1);
    if (this.#values.length < area) {
      this.#values = new Float32Array(area);
      this.#blurred.values = new Float32Array(area);
    }
    // One row more than the box: all 0, for rows outside it.
    this.#blurred.values.fill(0, width * height, area);
    this.#blurred.spans = new Int32Array((height + 1) * SPAN_STRIDE);
    this.#spans = new Int32Array(height * 2);
    this.#padded = new Float64Array(width + 2 * radius);
    this.#sums = new Float64Array(width);
    this.#jumps = new Float64Array(width);
    this.#offsets = new Int32Array(2 * radius + 1);
  }

  /** Writes row y of the eroded coverage, with `radius` pixels more on each side, mirrored at the frame's edges. */
  #padRow(coverage: CropCoverage, erosion: ErosionWindow, radius: number, box: Box, frame: Size, y: number): void {
    const padded = this.#padded;
    const frameY = box.y + y;
    const [first, end] = coverage.nonZeroSpan(frameY, erosion);
    const [solidFirst, solidEnd] = coverage.solidSpan(frameY, erosion);
    padded.fill(0);
    const offset = radius - box.x;
    for (let x = first; x < end; x++) {
      if (x === solidFirst && solidEnd > solidFirst) {
        padded.fill(1, offset + solidFirst, offset + solidEnd);
        x = solidEnd - 1;
      } else padded[offset + x] = coverage.eroded(x, frameY, erosion);
    }
    const last = radius + box.width - 1;
    for (let k = 1; k <= Math.min(radius, box.width - 1); k++) {
      if (box.x === 0) padded[radius - k] = padded[radius + k]!;
      if (box.x + box.width === frame.width) padded[last + k] = padded[last - k]!;
    }
  }

  #blurRow(
    coverage: CropCoverage,
    erosion: ErosionWindow,
    kernel: GaussianKernel,
    box: Box,
    frame: Size,
    y: number,
  ): void {
    const { width } = box;
    const diameter = 2 * kernel.radius;
    this.#padRow(coverage, erosion, kernel.radius, box, frame, y);
    const padded = this.#padded;
    const sums = this.#sums.fill(0);
    const jumps = this.#jumps.fill(0);
    const base = padded[0];
    let level = base;
    let levelFirst = 0;
    let nonZeroFirst = 0;
    let solidFirst = 0;
    let solidEnd = 0;
    for (let i = 1; i <= padded.length; i++) {
      const value = i < padded.length ? padded[i] : NaN;
      const step = value - level;
      if (step === 0) continue;
      // Windows that begin from levelFirst to i − 1 − diameter see one level only.
      if (level === 1 && i - diameter - levelFirst > solidEnd - solidFirst) {
        [solidFirst, solidEnd] = [levelFirst, i - diameter];
      }
      if (i === padded.length) break;
      if (level === 0 && levelFirst === 0) nonZeroFirst = Math.max(0, i - diameter);
      const end = Math.min(width, i);
      for (let x = Math.max(0, i - diameter); x < end; x++) sums[x] += step * kernel.tails[i - x];
      if (i < width) jumps[i] += step;
      level = value;
      levelFirst = i;
    }
    const nonZeroEnd = level === 0 ? Math.min(width, levelFirst) : width;
    const { values, spans } = this.#blurred;
    let sum = base;
    for (let x = 0; x < width; x++) {
      sum += jumps[x];
      values[y * width + x] = x < nonZeroFirst || x >= nonZeroEnd ? 0 : sum + sums[x];
    }
    values.fill(1, y * width + solidFirst, y * width + solidEnd);
    const at = y * SPAN_STRIDE;
    spans[at] = nonZeroFirst;
    spans[at + 1] = nonZeroEnd;
    spans[at + 2] = solidFirst;
    spans[at + 3] = solidEnd;
  }

  #blurColumn({ radius, weights }: GaussianKernel, box: Box, frame: Size, y: number): void {
    const { width } = box;
    const { values: source, spans } = this.#blurred;
    const offsets = this.#offsets;
    let first = width;
    let end = 0;
    let solidFirst = 0;
    let solidEnd = width;
    for (let k = -radius; k <= radius; k++) {
      const row = mirroredRow(y + k, box, frame);
      offsets[k + radius] = row * width;
      const at = row * SPAN_STRIDE;
      if (spans[at + 1] > spans[at]) {
        first = Math.min(first, spans[at]);
        end = Math.max(end, spans[at + 1]);
      }
      solidFirst = Math.max(solidFirst, spans[at + 2]);
      solidEnd = Math.min(solidEnd, spans[at + 3]);
    }
    this.#spans[2 * y] = Math.min(first, end);
    this.#spans[2 * y + 1] = end;
    if (end <= first) return;
    const target = this.#values;
    const to = y * width;
    const hasSolid = solidEnd > solidFirst;
    blurSegment(source, offsets, weights, target, to, [first, hasSolid ? solidFirst : end]);
    if (!hasSolid) return;
    target.fill(1, to + solidFirst, to + solidEnd);
    blurSegment(source, offsets, weights, target, to, [solidEnd, end]);
  }
}

/** Adds up rows around the middle one in pairs of equal weight, for four columns at a time. */
function blurSegment(
  source: Float32Array,
  offsets: Int32Array,
  weights: Float64Array,
  target: Float32Array,
  to: number,
  [first, end]: Span,
): void {
  const radius = (offsets.length - 1) / 2;
  let x = first;
  for (; x + 3 < end; x += 4) {
    const middle = offsets[radius] + x;
    let weight = weights[radius];
    let sum0 = weight * source[middle];
    let sum1 = weight * source[middle + 1];
    let sum2 = weight * source[middle + 2];
    let sum3 = weight * source[middle + 3];
    for (let k = 1; k <= radius; k++) {
      const above = offsets[radius - k] + x;
      const below = offsets[radius + k] + x;
      weight = weights[radius + k]!;
      sum0 += weight * (source[above] + source[below]);
      sum1 += weight * (source[above + 1] + source[below + 1]);
      sum2 += weight * (source[above + 2] + source[below + 2]);
      sum3 += weight * (source[above + 3] + source[below + 3]);
    }
    target[to + x] = sum0;
    target[to + x + 1] = sum1;
    target[to + x + 2] = sum2;
    target[to + x + 3] = sum3;
  }
  for (; x < end; x++) {
    let sum = 0;
    for (let k = 0; k < offsets.length; k++) sum += weights[k] * source[offsets[k] + x];
    target[to + x] = sum;
  }
}

/** Returns the box row that stands for row y, mirrored at the frame's edges; box.height, the row of zeros, outside the box. */
function mirroredRow(y: number, box: Box, frame: Size): number {
  let frameY = box.y + y;
  if (frameY < 0) frameY = -frameY;
  if (frameY >= frame.height) frameY = 2 * (frame.height - 1) - frameY;
  const row = frameY - box.y;
  return row >= 0 && row < box.height ? row : box.height;
}

interface GaussianKernel {
  radius: number;
  /** [2 · radius + 1], sum 1. */
  weights: Float64Array;
  /** tails[k] = sum of the weights from k on. */
  tails: Float64Array;
}

/** A Gaussian of 2 · radius + 1 taps with the deviation that OpenCV derives from that size. */
function gaussianKernel(radius: number): GaussianKernel {
  const size = 2 * radius + 1;
  const deviation = 0.3 * ((size - 1) / 2 - 1) + 0.8;
  const weights = Float64Array.from({ length: size }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < size; i++) weights[i] /= sum;
  const tails = new Float64Array(size + 1);
  for (let i = size - 1; i >= 0; i--) tails[i] = tails[i + 1] + weights[i];
  return { radius, weights, tails };
}

function coveredArea(coverage: CropCoverage, box: Box): number {
  let area = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    const [first, end] = coverage.nonZeroSpan(y, EDGE_EROSION);
    const [solidFirst, solidEnd] = coverage.solidSpan(y, EDGE_EROSION);
    const hasSolid = solidEnd > solidFirst;
    if (hasSolid) area += solidEnd - solidFirst;
    for (let x = first; x < end; x++) {
      if (hasSolid && x === solidFirst) x = solidEnd - 1;
      else area += coverage.eroded(x, y, EDGE_EROSION);
    }
  }
  return area;
}

/** Returns the whole-pixel box around the crop's rectangle in the frame, with room for the blur's reach beyond it. */
function coveredBox(matrix: AffineMatrix, { width, height }: Size, frame: Size): Box | undefined {
  const inverse = invertAffine(matrix);
  const corners = [
    transformPoint(inverse, [-1, -1]),
    transformPoint(inverse, [width, -1]),
    transformPoint(inverse, [-1, height]),
    transformPoint(inverse, [width, height]),
  ];
  const range = (axis: 0 | 1, size: number): Span => {
    const positions = corners.map((corner) => corner[axis]);
    return [Math.max(0, Math.floor(Math.min(...positions)) - 2), Math.min(size, Math.ceil(Math.max(...positions)) + 3)];
  };
  const [left, right] = range(0, frame.width);
  const [top, bottom] = range(1, frame.height);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}
