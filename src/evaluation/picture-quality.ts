// How close redrawn faces [F,R,R,3] are to the true ones: PSNR, SSIM and flicker around the mouth, and changes where none are allowed.
import type { Tensor } from '../tensor/tensor.ts';
import type { Box } from '../vision/geometry.ts';

/** Faces of a clip, [F, R, R, 3] RGB. */
export type Faces = Tensor<'uint8'>;

/** Returns the offset of each pixel of a region in a face's bytes. */
function* pixelsOf({ x, y, width, height }: Box, resolution: number): Generator<number> {
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) yield 3 * (row * resolution + column);
  }
}

/** Returns the peak signal-to-noise ratio of a region in decibels, over all frames and colors; Infinity when nothing differs. */
export function psnr(truth: Faces, drawn: Faces, region: Box): number {
  const [frames, resolution] = truth.shape;
  const size = 3 * resolution ** 2;
  let squares = 0;
  for (const pixel of pixelsOf(region, resolution)) {
    for (let frame = 0; frame < frames; frame++) {
      for (let i = frame * size + pixel; i < frame * size + pixel + 3; i++) {
        squares += (truth.data[i] - drawn.data[i]) ** 2;
      }
    }
  }
  return 10 * Math.log10((255 ** 2 * 3 * frames * region.width * region.height) / squares);
}

/** Returns a frame's region in gray, [height, width] of 0 … 255 (luma of BT.601). */
function grayRegion({ data, shape: [, resolution] }: Faces, frame: number, region: Box): Float64Array {
  const out = new Float64Array(region.width * region.height);
  const first = frame * 3 * resolution ** 2;
  let to = 0;
  for (const pixel of pixelsOf(region, resolution)) {
    const i = first + pixel;
    out[to++] = 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
  }
  return out;
}

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

const gaussian = ((): Float64Array => {
  const weights = Float64Array.from({ length: WINDOW }, (_, i) =>
    Math.exp(-((i - (WINDOW - 1) / 2) ** 2 / (2 * SIGMA ** 2))),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
})();

/** [height, width] → weighted means of all windows that lie inside, [height − 10, width − 10]. */
function windowMeans(plane: Float64Array, width: number, height: number): Float64Array {
  const outWidth = width - WINDOW + 1;
  const outHeight = height - WINDOW + 1;
  const rows = new Float64Array(outWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) sum += gaussian[k] * plane[y * width + x + k];
      rows[y * outWidth + x] = sum;
    }
  }
  const out = new Float64Array(outWidth * outHeight);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) sum += gaussian[k] * rows[(y + k) * outWidth + x];
      out[y * outWidth + x] = sum;
    }
  }
  return out;
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * b[i]);
}

/**
 * Returns the mean structural similarity of a region over all frames, in gray, with Gaussian windows of 11×11 (σ 1.5) that lie
 * inside it; 1 when nothing differs. Wang et al., "Image quality assessment: from error visibility to structural
 * similarity", 2004, with its constants 0.01 and 0.03.
 *
 * @throws RangeError when the region is smaller than a window.
 */
export function ssim(truth: Faces, drawn: Faces, region: Box): number {
  const { width, height } = region;
  if (width < WINDOW || height < WINDOW) {
    throw new RangeError(`region must measure at least ${WINDOW}×${WINDOW} pixels (got ${width}×${height}).`);
  }
  const [frames] = truth.shape;
  let sum = 0;
  for (let frame = 0; frame < frames; frame++) {
    const a = grayRegion(truth, frame, region);
    const b = grayRegion(drawn, frame, region);
    const means = (plane: Float64Array): Float64Array => windowMeans(plane, width, height);
    const [meanA, meanB] = [means(a), means(b)];
    const [squareA, squareB, mixed] = [means(product(a, a)), means(product(b, b)), means(product(a, b))];
    let ofFrame = 0;
    for (let i = 0; i < meanA.length; i++) {
      const luminance = 2 * meanA[i] * meanB[i] + C1;
      const structure = 2 * (mixed[i] - meanA[i] * meanB[i]) + C2;
      const squares = meanA[i] ** 2 + meanB[i] ** 2;
      ofFrame += (luminance * structure) / ((squares + C1) * (squareA[i] + squareB[i] - squares + C2));
    }
    sum += ofFrame / meanA.length;
  }
  return sum / frames;
}

/**
 * Returns how much a region flickers, in gray levels: by how much a pixel differs on average from the mean of the frames
 * before and after. Steady movement is not flicker. 0 below three frames.
 */
export function flicker(faces: Faces, region: Box): number {
  const [frames] = faces.shape;
  if (frames < 3) return 0;
  const gray = Array.from({ length: frames }, (_, frame) => grayRegion(faces, frame, region));
  let sum = 0;
  for (let frame = 1; frame < frames - 1; frame++) {
    const [before, now, after] = gray.slice(frame - 1, frame + 2);
    for (let i = 0; i < now.length; i++) sum += Math.abs(now[i] - (before[i] + after[i]) / 2);
  }
  return sum / ((frames - 2) * region.width * region.height);
}

/**
 * Returns the greatest difference of any byte where a mask says that the pixels stay.
 *
 * @param mask - [R, R], 1 = stays.
 */
export function greatestChange(before: Faces, after: Faces, mask: Float32Array): number {
  let greatest = 0;
  for (let i = 0; i < before.size; i++) {
    if (mask[Math.floor(i / 3) % mask.length] === 1) {
      greatest = Math.max(greatest, Math.abs(before.data[i] - after.data[i]));
    }
  }
  return greatest;
}
