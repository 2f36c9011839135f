// Pictures as files store them: planes of samples in any chroma format and depth, and how they come to be upright RGB.
import type { YuvEncoding } from './yuv-encoding.ts';

/** What the samples of a picture are. */
export interface PictureFormat {
  /**
   * `yuv`: planes Y', Cb, Cr; `rgb`: planes G, B, R; `gray`: one plane; `rgba`: red, green, blue and alpha of a pixel side by side.
   */
  readonly colors: 'yuv' | 'rgb' | 'gray' | 'rgba';
  /** Bits of a sample, 8–16. Above 8, a sample takes two bytes, the low one first. */
  readonly depth: number;
  /** How many samples of luma share one of chroma, as powers of two: [1, 1] is 4:2:0, [1, 0] is 4:2:2, [0, 0] is 4:4:4. */
  readonly chromaShift: readonly [x: number, y: number];
  /** Whether a plane of opacity follows the others. */
  readonly alpha: boolean;
}

/** RGBA, 8 bits each, of which the opacity is always full. */
export const RGBA: PictureFormat = { colors: 'rgba', depth: 8, chromaShift: [0, 0], alpha: false };

/** 8-bit 4:2:0. */
export const I420: PictureFormat = { colors: 'yuv', depth: 8, chromaShift: [1, 1], alpha: false };

/** How stored pixels must be turned to be upright: clockwise degrees, then a horizontal flip. */
export interface Orientation {
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
}

/** How light becomes values: in the way of ordinary screens, or of HDR (SMPTE ST 2084, ARIB STD-B67). */
export type Transfer = 'sdr' | 'pq' | 'hlg';

/** What is the same for all pictures of a video. */
export interface PictureLayout {
  readonly format: PictureFormat;
  /** Samples of luma, as stored. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the upright picture, which are square. */
  readonly uprightWidth: number;
  readonly uprightHeight: number;
  readonly orientation: Orientation;
  /** Of `rgb` and `rgba`, only the range matters. */
  readonly encoding: YuvEncoding;
  readonly transfer: Transfer;
  /** Where the sample of chroma lies among those of luma that share it, in samples from the first: 0 at the first, ½ in the middle of two. */
  readonly chromaSite: readonly [x: number, y: number];
}

/** Returns the layout of upright RGBA pictures. */
export function rgbaLayout(width: number, height: number): PictureLayout {
  return {
    format: RGBA,
    width,
    height,
    uprightWidth: width,
    uprightHeight: height,
    orientation: { rotation: 0, flip: false },
    encoding: { matrix: 'bt709', fullRange: true },
    transfer: 'sdr',
    chromaSite: [0, 0],
  };
}

/** Samples of one kind, which lie in rows. */
export interface Plane {
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** Elements from the start of the data to the first sample, from a sample to the next, and from a row to the next. */
  readonly offset: number;
  readonly step: number;
  readonly stride: number;
}

/** Returns how many samples of each plane a picture has. */
export function planeSizes(
  { colors, chromaShift: [shiftX, shiftY], alpha }: PictureFormat,
  width: number,
  height: number,
): { width: number; height: number }[] {
  const whole = { width, height };
  const chroma = { width: -(-width >> shiftX), height: -(-height >> shiftY) };
  const sizes = { yuv: [whole, chroma, chroma], rgb: [whole, whole, whole], gray: [whole], rgba: [] }[colors];
  return alpha ? [...sizes, whole] : sizes;
}

/** Returns the bytes of a picture whose planes lie one after another, without padding. */
export function pictureByteLength(format: PictureFormat, width: number, height: number): number {
  if (format.colors === 'rgba') return 4 * width * height;
  const samples = planeSizes(format, width, height).reduce((sum, plane) => sum + plane.width * plane.height, 0);
  return samples * bytesPerSample(format);
}

/** Returns whether two formats are the same. */
export function sameFormat(a: PictureFormat, b: PictureFormat): boolean {
  return (
    a.colors === b.colors &&
    a.depth === b.depth &&
    a.alpha === b.alpha &&
    a.chromaShift[0] === b.chromaShift[0] &&
    a.chromaShift[1] === b.chromaShift[1]
  );
}

/** Returns the bytes of a sample. */
export function bytesPerSample({ depth }: PictureFormat): 1 | 2 {
  return depth > 8 ? 2 : 1;
}

/**
 * Returns the planes of color of a picture, which share its memory: Y', Cb, Cr; or R, G, B; or one of gray. Opacity is left out.
 *
 * @throws RangeError when the number of bytes does not fit the size.
 */
export function colorPlanes(
  { format, width, height }: Pick<PictureLayout, 'format' | 'width' | 'height'>,
  bytes: Uint8Array | Uint8ClampedArray,
): Plane[] {
  const expected = pictureByteLength(format, width, height);
  if (bytes.length !== expected) {
    throw new RangeError(
      `A picture of ${width}×${height} pixels has ${expected} bytes in its format (got ${bytes.length}).`,
    );
  }
  if (format.colors === 'rgba') {
    return [0, 1, 2].map((offset) => ({ data: bytes, width, height, offset, step: 4, stride: 4 * width }));
  }
  // All machines that run JavaScript are little-endian.
  const data = format.depth > 8 ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) : bytes;
  let offset = 0;
  const planes = planeSizes(format, width, height).map((size) => {
    const plane = { data, ...size, offset, step: 1, stride: size.width };
    offset += size.width * size.height;
    return plane;
  });
  const [first, second, third] = planes;
  if (format.colors === 'rgb') return [third, first, second];
  return format.colors === 'gray' ? [first] : [first, second, third];
}
