// Separable resizing of float planes [C,H,W] and of 8-bit images, with weights computed once.
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { areaTaps, enlargingAreaTaps, nearestIndices } from './resize-taps.ts';
import type { ResizeTaps } from './resize-taps.ts';

/**
 * Resizes along the vertical axis: out [outputSize, length] = weights · source [inputSize, length].
 */
export function resizeRows(source: Float32Array, length: number, taps: ResizeTaps, out: Float32Array): void {
  const { starts, weights, count, outputSize } = taps;
  for (let y = 0; y < outputSize; y++) {
    const to = y * length;
    let p = starts[y] * length;
    let w = y * count;
    let left = count;
    out.fill(0, to, to + length);
    for (; left >= 4; left -= 4, w += 4) {
      const [a, b, c, d] = [weights[w], weights[w + 1], weights[w + 2], weights[w + 3]];
      const q = p + length;
      const r = q + length;
      const s = r + length;
      for (let x = 0; x < length; x++) {
        out[to + x] += a * source[p + x] + b * source[q + x] + c * source[r + x] + d * source[s + x];
      }
      p = s + length;
    }
    for (; left > 0; left--, w++, p += length) {
      const a = weights[w];
      for (let x = 0; x < length; x++) out[to + x] += a * source[p + x];
    }
  }
}

/** Resizes along the horizontal axis: out [rows, outputSize] = source [rows, inputSize] · weightsᵀ. */
function resizeColumns(source: Float32Array, rows: number, taps: ResizeTaps, out: Float32Array): void {
  const { starts, weights, count, inputSize, outputSize } = taps;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < outputSize; x++) {
      const from = y * inputSize + starts[x];
      const w = x * count;
      let sum = 0;
      for (let t = 0; t < count; t++) sum += weights[w + t] * source[from + t];
      out[y * outputSize + x] = sum;
    }
  }
}

/**
 * Returns planes [channels, height, width] resized to [channels, vertical.outputSize, horizontal.outputSize].
 *
 * @example
 * const small = resizePlanes(image, 3, bilinearTaps(512, 256), bilinearTaps(512, 256));
 */
export function resizePlanes(
  planes: Float32Array,
  channels: number,
  vertical: ResizeTaps,
  horizontal: ResizeTaps,
): Float32Array {
  const { inputSize: height, outputSize: outHeight } = vertical;
  const { inputSize: width, outputSize: outWidth } = horizontal;
  if (planes.length !== channels * height * width) {
    throw new RangeError(
      `planes of shape [${channels}, ${height}, ${width}] need ${channels * height * width} elements (got ${planes.length}).`,
    );
  }
  const narrowed = new Float32Array(height * outWidth);
  const out = new Float32Array(channels * outHeight * outWidth);
  for (let channel = 0; channel < channels; channel++) {
    resizeColumns(
      planes.subarray(channel * height * width, (channel + 1) * height * width),
      height,
      horizontal,
      narrowed,
    );
    resizeRows(
      narrowed,
      outWidth,
      vertical,
      out.subarray(channel * outHeight * outWidth, (channel + 1) * outHeight * outWidth),
    );
  }
  return out;
}

/** Returns a plane [height, width] resized to [outHeight, outWidth] by PyTorch's nearest rule, floor(i · in / out). */
export function resizeNearest(
  plane: Float32Array,
  [height, width]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
): Float32Array {
  const rows = nearestIndices(height, outHeight);
  const columns = nearestIndices(width, outWidth);
  const out = new Float32Array(outHeight * outWidth);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => (out[y * outWidth + x] = plane[row * width + column]!));
  });
  return out;
}

/** Returns an image whose pixels are the means of the areas they cover, rounded; enlarged, as OpenCV's `INTER_AREA` does it. Channels are kept. */
export function resizeArea(image: Image8, width: number, height: number): Image8 {
  const { data, channels } = image;
  const out = createImage8(width, height, channels);
  const taps = width > image.width || height > image.height ? enlargingAreaTaps : areaTaps;
  const horizontal = taps(image.width, width);
  const vertical = taps(image.height, height);
  const narrowed = new Float32Array(image.height * width * channels);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * image.width + horizontal.starts[x]) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let t = 0; t < horizontal.count; t++) {
          sum += horizontal.weights[x * horizontal.count + t] * data[from + t * channels + channel];
        }
        narrowed[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  const averaged = new Float32Array(out.data.length);
  resizeRows(narrowed, width * channels, vertical, averaged);
  for (let i = 0; i < averaged.length; i++) out.data[i] = Math.round(averaged[i]);
  return out;
}
