// 8-bit interleaved images [H,W,C] and the networks' float planes [3,H,W] in −1 … 1.
import { Tensor } from './tensor.ts';

/** A part of an image in pixels, up to and without its right and bottom. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where pixel (x, y) is in a picture: at first + x · stepX + y · stepY, counted in pixels. */
export interface PixelSteps {
  readonly first: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** An 8-bit image, rows from top to bottom without padding, RGB or RGBA interleaved. */
export interface Image8 {
  readonly width: number;
  readonly height: number;
  /** 3 = RGB, 4 = RGBA. */
  readonly channels: 3 | 4;
  /** height · width · channels bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** An RGBA image whose pixels are made where somebody looks at them. Reading `data` makes all of them. */
export interface LazyImage8 extends Image8 {
  /** Returns `data`, of which a part is made; the part lies in the image. */
  pixelsIn(part: PixelBox): Image8['data'];
  /** Returns the pixel in a column and a row as a number, its red in the lowest byte. */
  pixelAt(x: number, y: number): number;
}

function isLazy(image: Image8): image is LazyImage8 {
  return 'pixelsIn' in image;
}

/** Returns the bytes of an image for reading a part of it, which may reach beyond the image; the others may not be made yet. */
export function pixelsIn(image: Image8, { left, top, right, bottom }: PixelBox): Image8['data'] {
  if (!isLazy(image)) return image.data;
  const { width, height } = image;
  const within = (position: number, size: number): number => Math.max(0, Math.min(size - 1, position));
  return image.pixelsIn({
    left: within(left, width),
    top: within(top, height),
    right: within(right - 1, width) + 1,
    bottom: within(bottom - 1, height) + 1,
  });
}

/** Returns a function that returns pixels here and there in an image as numbers, red in the lowest byte. */
export function pixelReader(image: Image8): (x: number, y: number) => number {
  if (isLazy(image)) return (x, y) => image.pixelAt(x, y);
  const { data, width, channels } = image;
  return (x, y) => {
    const at = (y * width + x) * channels;
    return data[at] | (data[at + 1] << 8) | (data[at + 2] << 16);
  };
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
