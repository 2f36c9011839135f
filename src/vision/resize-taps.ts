// Weights of separable resampling along one axis, half-pixel centers: output pixel i = Σ weights[i,t] · input[starts[i] + t].

/** Weights for every output position of one axis. */
export interface ResizeTaps {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Weights of one output position. */
  readonly count: number;
  /** First input position of each output position: [outputSize]; starts[i] + count never exceeds the input's size. */
  readonly starts: Int32Array;
  /** [outputSize, count], each row's sum is 1. */
  readonly weights: Float32Array;
}

const CUBIC_A = -0.5;

/** The cubic convolution kernel with a = −0.5 (Keys, 1981), the one of PyTorch's antialiased resize. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((CUBIC_A + 2) * t - (CUBIC_A + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * CUBIC_A;
  return 0;
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

function tapsFromKernel(
  inputSize: number,
  outputSize: number,
  kernel: (x: number) => number,
  { radius, antialias }: { radius: number; antialias: boolean },
): ResizeTaps {
  const scale = inputSize / outputSize;
  const stretch = antialias ? Math.max(1, scale) : 1;
  const support = radius * stretch;
  const firstAt = (i: number): number => Math.max(0, Math.floor((i + 0.5) * scale - support + 0.5));
  const endAt = (i: number): number => Math.min(inputSize, Math.floor((i + 0.5) * scale + support + 0.5));
  let count = 1;
  for (let i = 0; i < outputSize; i++) count = Math.max(count, endAt(i) - firstAt(i));
  const starts = new Int32Array(outputSize);
  const weights = new Float32Array(outputSize * count);
  for (let i = 0; i < outputSize; i++) {
    const center = (i + 0.5) * scale;
    const first = firstAt(i);
    const end = endAt(i);
    const start = Math.min(first, inputSize - count);
    starts[i] = start;
    const row: number[] = [];
    for (let at = first; at < end; at++) row.push(kernel((at + 0.5 - center) / stretch));
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((weight, t) => (weights[i * count + first - start + t] = weight / sum));
  }
  return { inputSize, outputSize, count, starts, weights };
}

/** Bicubic weights, widened when shrinking: PyTorch's `interpolate(mode='bicubic', antialias=True)`. */
export function antialiasedBicubicTaps(inputSize: number, outputSize: number): ResizeTaps {
  return tapsFromKernel(inputSize, outputSize, cubic, { radius: 2, antialias: true });
}

/** Bilinear weights without antialiasing, edges repeated: PyTorch's `interpolate(mode='bilinear', align_corners=False)`. */
export function bilinearTaps(inputSize: number, outputSize: number): ResizeTaps {
  return tapsFromKernel(inputSize, outputSize, triangle, { radius: 1, antialias: false });
}

/** Weights by the overlap of each input pixel with the output pixel; for shrinking. */
export function areaTaps(inputSize: number, outputSize: number): ResizeTaps {
  const scale = inputSize / outputSize;
  const count = Math.min(inputSize, Math.ceil(scale) + 1);
  const starts = new Int32Array(outputSize);
  const weights = new Float32Array(outputSize * count);
  for (let i = 0; i < outputSize; i++) {
    const low = i * scale;
    const high = Math.min(inputSize, (i + 1) * scale);
    const start = Math.min(Math.floor(low), inputSize - count);
    starts[i] = start;
    for (let t = 0; t < count; t++) {
      const overlap = Math.min(high, start + t + 1) - Math.max(low, start + t);
      weights[i * count + t] = Math.max(0, overlap) / (high - low);
    }
  }
  return { inputSize, outputSize, count, starts, weights };
}

/**
 * Weights of OpenCV's `INTER_AREA` where an axis grows, and of the other axis then: of each two neighbors, the output pixels between them
 * are blends, and all others repeat one.
 */
export function enlargingAreaTaps(inputSize: number, outputSize: number): ResizeTaps {
  const scale = inputSize / outputSize;
  const count = Math.min(inputSize, 2);
  const starts = new Int32Array(outputSize);
  const weights = new Float32Array(outputSize * count);
  for (let i = 0; i < outputSize; i++) {
    const at = Math.floor(i * scale);
    const beyond = i + 1 - (at + 1) / scale;
    const share = beyond <= 0 || at >= inputSize - 1 ? 0 : beyond - Math.floor(beyond);
    starts[i] = Math.min(at, inputSize - count);
    weights[i * count + at - starts[i]] = 1 - share;
    if (share > 0) weights[i * count + at - starts[i] + 1] = share;
  }
  return { inputSize, outputSize, count, starts, weights };
}

/** Returns, for each output position, the input position of PyTorch's `interpolate(mode='nearest')`: floor(i · in / out). */
export function nearestIndices(inputSize: number, outputSize: number): Int32Array {
  return Int32Array.from({ length: outputSize }, (_, i) =>
    Math.min(inputSize - 1, Math.floor(i * (inputSize / outputSize))),
  );
}
