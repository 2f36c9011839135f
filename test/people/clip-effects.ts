// What happens to whole pictures on their way to a viewer: blur, dissolves, changing light, grain. RGBA bytes [H,W,4], in place.
import { clamp, hash3, mix, smoothstep } from '../../src/synthetic/random.ts';

/** A picture. */
export interface Picture {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Blurs along a line with a box of a length in pixels, samples between pixels included. */
export function motionBlur({ data, width, height }: Picture, length: number, angle: number): void {
  const steps = Math.max(1, Math.round(length));
  const source = data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sums = [0, 0, 0];
      for (let k = 0; k <= steps; k++) {
        const along = length * (k / steps - 0.5);
        const fromX = clamp(Math.round(x + along * Math.cos(angle)), 0, width - 1);
        const fromY = clamp(Math.round(y + along * Math.sin(angle)), 0, height - 1);
        const from = 4 * (fromY * width + fromX);
        for (let channel = 0; channel < 3; channel++) sums[channel] += source[from + channel];
      }
      for (let channel = 0; channel < 3; channel++) data[4 * (y * width + x) + channel] = sums[channel] / (steps + 1);
    }
  }
}

/** Blurs with about a Gaussian: three boxes, of which the standard deviations add up to `sigma` pixels. */
export function defocus({ data, width, height }: Picture, sigma: number): void {
  if (sigma < 0.3) return;
  // Boxes of a whole width and the next odd one, so that any deviation is met.
  const radius = (Math.sqrt(4 * sigma * sigma + 1) - 1) / 2;
  const planes = new Float32Array(width * height);
  const other = new Float32Array(width * height);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < planes.length; i++) planes[i] = data[4 * i + channel];
    for (let pass = 0; pass < 3; pass++) {
      boxes(planes, other, { length: width, stride: 1, lines: height, lineStride: width, radius });
      boxes(other, planes, { length: height, stride: width, lines: width, lineStride: 1, radius });
    }
    for (let i = 0; i < planes.length; i++) data[4 * i + channel] = planes[i];
  }
}

interface Lines {
  length: number;
  stride: number;
  lines: number;
  lineStride: number;
  radius: number;
}

/** The mean over `radius` pixels on each side, of which the outermost ones count in part. */
function boxes(from: Float32Array, to: Float32Array, { length, stride, lines, lineStride, radius }: Lines): void {
  const whole = Math.floor(radius);
  const rest = radius - whole;
  for (let line = 0; line < lines; line++) {
    const at = (k: number): number => from[line * lineStride + clamp(k, 0, length - 1) * stride];
    let sum = 0;
    for (let k = -whole; k <= whole; k++) sum += at(k);
    for (let k = 0; k < length; k++) {
      to[line * lineStride + k * stride] =
        (sum + rest * (at(k - whole - 1) + at(k + whole + 1))) / (2 * whole + 1 + 2 * rest);
      sum += at(k + whole + 1) - at(k - whole);
    }
  }
}

/** Makes a picture as coarse as one that is smaller by a factor. */
export function coarsen({ data, width, height }: Picture, factor: number): void {
  const source = data.slice();
  const [columns, rows] = [Math.round(width / factor), Math.round(height / factor)];
  const small = new Float32Array(columns * rows * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [left, right] = [Math.floor((x * width) / columns), Math.ceil(((x + 1) * width) / columns)];
      const [top, bottom] = [Math.floor((y * height) / rows), Math.ceil(((y + 1) * height) / rows)];
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let v = top; v < bottom; v++)
          for (let u = left; u < right; u++) sum += source[4 * (v * width + u) + channel];
        small[3 * (y * columns + x) + channel] = sum / ((right - left) * (bottom - top));
      }
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = clamp(((x + 0.5) * columns) / width - 0.5, 0, columns - 1.001);
      const v = clamp(((y + 0.5) * rows) / height - 0.5, 0, rows - 1.001);
      const first = 3 * (Math.floor(v) * columns + Math.floor(u));
      for (let channel = 0; channel < 3; channel++) {
        const top = mix(small[first + channel], small[first + 3 + channel], u % 1);
        const bottom = mix(small[first + 3 * columns + channel], small[first + 3 * columns + 3 + channel], u % 1);
        data[4 * (y * width + x) + channel] = mix(top, bottom, v % 1);
      }
    }
  }
}

/** Mixes another picture into one; at a weight of 1 only the other is left. */
export function dissolve({ data }: Picture, other: Uint8ClampedArray, weight: number): void {
  if (weight <= 0) return;
  for (let i = 0; i < data.length; i++) data[i] = mix(data[i], other[i], weight);
}

/** Multiplies the channels, with soft clipping at white. */
export function relight({ data }: Picture, gains: readonly [number, number, number]): void {
  for (let i = 0; i < data.length; i++) {
    if (i % 4 === 3) continue;
    const value = data[i] * gains[i % 4];
    data[i] = value < 200 ? value : 200 + 55 * (1 - Math.exp((200 - value) / 55));
  }
}

/** Darkens what lies on one side of a line: a shadow that falls across. `place` is in widths of the picture. */
export function castShadow({ data, width, height }: Picture, place: number, angle: number, strength: number): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = (x / width - 0.5) * cos + (y / height - 0.5) * sin - place;
      const dark = strength * smoothstep(0.03, -0.03, along) * smoothstep(-0.55, -0.45, along);
      const at = 4 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) data[at + channel] *= 1 - dark;
    }
  }
}

/** Adds what sensors add, the same for the same seed and frame. */
export function addGrain({ data }: Picture, amount: number, seed: number): void {
  for (let i = 0; i < data.length; i += 4) {
    const luma = hash3(i, seed, 1) + hash3(i, seed, 2) - 1;
    for (let channel = 0; channel < 3; channel++)
      data[i + channel] += amount * 2.4 * (0.7 * luma + 0.3 * (hash3(i, seed, 3 + channel) - 0.5));
  }
}
