// Blurs of planes [C,H,W]: Gaussian, and along a line.

/** Size of planes. */
export interface PlaneSize {
  width: number;
  height: number;
}

/** Returns the weights of a Gaussian, cut at three standard deviations, from the middle outwards; all of them sum to 1. */
export function gaussianWeights(sigma: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const weights = Float32Array.from({ length: reach + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sigma * sigma)));
  const sum = weights.reduce((total, weight, k) => total + (k === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

/** Blurs planes in place with a Gaussian of a standard deviation in pixels; edges are repeated. Below 0.2 nothing changes. */
export function gaussianBlur(planes: Float32Array, { width, height }: PlaneSize, sigma: number): void {
  if (sigma < 0.2) return;
  const weights = gaussianWeights(sigma);
  const reach = weights.length - 1;
  const line = new Float32Array(width + 2 * reach);
  for (let row = 0; row < planes.length; row += width) {
    line.fill(planes[row], 0, reach);
    line.set(planes.subarray(row, row + width), reach);
    line.fill(planes[row + width - 1], reach + width);
    const out = planes.subarray(row, row + width);
    for (let x = 0; x < width; x++) out[x] = weights[0] * line[reach + x];
    for (let tap = 1; tap <= reach; tap++) addPair(out, line, reach - tap, line, reach + tap, weights[tap]);
  }
  const area = width * height;
  const rows = new Float32Array(area);
  for (let plane = 0; plane < planes.length; plane += area) {
    rows.set(planes.subarray(plane, plane + area));
    for (let y = 0; y < height; y++) {
      const out = planes.subarray(plane + y * width, plane + (y + 1) * width);
      for (let x = 0; x < width; x++) out[x] = weights[0] * rows[y * width + x];
      for (let tap = 1; tap <= reach; tap++) {
        const [above, below] = [Math.max(0, y - tap) * width, Math.min(height - 1, y + tap) * width];
        addPair(out, rows, above, rows, below, weights[tap]);
      }
    }
  }
}

/** Adds two stretches of numbers, times a weight. */
function addPair(
  out: Float32Array,
  a: Float32Array,
  aFirst: number,
  b: Float32Array,
  bFirst: number,
  weight: number,
): void {
  for (let i = 0; i < out.length; i++) out[i] += weight * (a[aFirst + i] + b[bFirst + i]);
}

/** Returns planes blurred along a line with a box; `x` and `y` are its length in pixels. Shorter than half a pixel: as they are. */
export function motionBlur(
  planes: Float32Array,
  { width, height }: PlaneSize,
  { x, y }: { x: number; y: number },
): Float32Array {
  const length = Math.hypot(x, y);
  if (length < 0.5) return planes;
  const steps = Math.ceil(length) + 1;
  const out = new Float32Array(planes.length);
  for (let step = 0; step < steps; step++) {
    const along = (step + 0.5) / steps - 0.5;
    const [shiftX, shiftY] = [along * x, along * y];
    const [wholeX, wholeY] = [Math.floor(shiftX), Math.floor(shiftY)];
    const [fx, fy] = [shiftX - wholeX, shiftY - wholeY];
    const corners = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy].map((weight) => weight / steps);
    for (let plane = 0; plane < planes.length; plane += width * height) {
      for (let row = 0; row < height; row++) {
        const above = plane + width * Math.min(height - 1, Math.max(0, row + wholeY));
        const below = plane + width * Math.min(height - 1, Math.max(0, row + wholeY + 1));
        const to = plane + row * width;
        for (let column = 0; column < width; column++) {
          const left = Math.min(width - 1, Math.max(0, column + wholeX));
          const right = Math.min(width - 1, Math.max(0, column + wholeX + 1));
          out[to + column] +=
            corners[0] * planes[above + left] +
            corners[1] * planes[above + right] +
            corners[2] * planes[below + left] +
            corners[3] * planes[below + right];
        }
      }
    }
  }
  return out;
}
