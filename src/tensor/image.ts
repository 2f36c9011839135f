// 8-bit interleaved images [H,W,C] and the networks' float planes [3,H,W] in −1 … 1.
import { Tensor } from './tensor.ts';

/** An 8-bit image, rows from top to bottom without padding, RGB or RGBA interleaved. */
export interface Image8 {
  readonly width: number;
  readonly height: number;
  /** 3 = RGB, 4 = RGBA. */
  readonly channels: 3 | 4;
  /** height · width · channels bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * Returns an image, black and transparent unless `data` is given.
 *
 * @throws RangeError when a side is not a positive integer or the data has another length.
 */
export function createImage8(
  width: number,
  height: number,
  channels: 3 | 4,
  data: Uint8Array | Uint8ClampedArray = new Uint8Array(width * height * channels),
): Image8 {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`An image's sides must be positive integers (got ${width}×${height}).`);
  }
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `A ${width}×${height} image with ${channels} channels needs ${width * height * channels} bytes (got ${data.length}).`,
    );
  }
  return { width, height, channels, data };
}

/**
 * Returns images as one tensor, [N, H, W, C].
 *
 * @throws RangeError when there are none, or when they differ in size or channels.
 */
export function stackImages(images: readonly Image8[]): Tensor<'uint8'> {
  return Tensor.concat(
    images.map(({ width, height, channels, data: { buffer, byteOffset, length } }) => {
      return new Tensor('uint8', [1, height, width, channels], new Uint8Array(buffer, byteOffset, length));
    }),
    0,
  );
}

/**
 * Returns the colors as planes [3,H,W] with x / 127.5 − 1, the input of the networks.
 *
 * @param out - receives the values when given; 3 · height · width elements.
 */
export function toPixelValues(
  image: Image8,
  out: Float32Array = new Float32Array(3 * image.width * image.height),
): Float32Array {
  const { data, channels } = image;
  const area = image.width * image.height;
  if (out.length !== 3 * area) throw new RangeError(`out must have ${3 * area} elements (got ${out.length}).`);
  for (let i = 0, from = 0; i < area; i++, from += channels) {
    out[i] = data[from] / 127.5 - 1;
    out[i + area] = data[from + 1] / 127.5 - 1;
    out[i + 2 * area] = data[from + 2] / 127.5 - 1;
  }
  return out;
}

/**
 * Returns planes [3,H,W] in −1 … 1 as an RGB image: (x / 2 + 0.5) · 255, clamped and rounded to nearest.
 */
export function fromPixelValues(pixelValues: Float32Array, width: number, height: number): Image8 {
  const area = width * height;
  if (pixelValues.length !== 3 * area) {
    throw new RangeError(
      `pixelValues of a ${width}×${height} image must have ${3 * area} elements (got ${pixelValues.length}).`,
    );
  }
  const data = new Uint8ClampedArray(3 * area);
  for (let i = 0, to = 0; i < area; i++, to += 3) {
    data[to] = pixelValues[i] * 127.5 + 127.5;
    data[to + 1] = pixelValues[i + area] * 127.5 + 127.5;
    data[to + 2] = pixelValues[i + 2 * area] * 127.5 + 127.5;
  }
  return { width, height, channels: 3, data };
}

/** Returns the gray level, 0 … 255 without rounding, of a value of −1 … 1. */
export function toGray(value: number): number {
  return (value + 1) * 127.5;
}

/** Returns the luma of BT.601. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
