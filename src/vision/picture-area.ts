// The part of a picture that shows something: without black bars, which letterboxed and pillarboxed videos have.
import { colorPlanes, type PictureLayout, type Plane } from '../tensor/picture.ts';
import { lumaScale } from '../tensor/yuv-encoding.ts';
import { composeAffine, transformPoint, type AffineMatrix, type Box } from './geometry.ts';
import { planeMatrices } from './picture-geometry.ts';
import type { Span } from './warp.ts';

/** Samples of luma as they are stored: columns [left, right), rows [top, bottom). */
export interface PictureArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Up to this share of white, samples are black; encoders leave a little noise in bars. */
const BLACK = 0.04;

/** Samples beside a bar that its edge darkens. */
const EDGE = 2;

/** Less than that many rows or columns show nothing. */
const LEAST = 8;

/** Of a line, one in so many samples is looked at. */
const STEP = 3;

/** A plane of which only an area is seen, and the matrix from its samples to upright pixels. */
export interface SeenPlane {
  plane: Plane;
  toUpright: AffineMatrix;
}

/** Tells what pictures of one layout show. */
export class PictureAreas {
  readonly #layout: PictureLayout;
  readonly #matrices: readonly AffineMatrix[];
  /** The largest value that is black. */
  readonly #black: number;

  constructor(layout: PictureLayout) {
    const { zero, span } = lumaScale(layout.format.depth, layout.encoding.fullRange);
    this.#layout = layout;
    this.#matrices = planeMatrices(layout);
    this.#black = zero + BLACK * span;
  }

  /** Returns what is not bars: whole rows or columns along an edge that are black. A picture that is black everywhere has none. */
  areaOf(picture: Uint8Array | Uint8ClampedArray): PictureArea {
    const { width, height, format } = this.#layout;
    const whole = { left: 0, right: width, top: 0, bottom: height };
    const all = colorPlanes(this.#layout, picture);
    const planes = format.colors === 'yuv' ? all.slice(0, 1) : all;
    const isBlack = (from: number, step: number, count: number): boolean =>
      planes.every(({ data, offset }) => isAtMost(data, offset + from, step, count, this.#black));
    const [{ step, stride }] = planes;
    const isBlackRow = (y: number): boolean => isBlack(y * stride, step, width);
    let top = 0;
    while (top < height && isBlackRow(top)) top++;
    if (top === height) return whole;
    let bottom = height;
    while (isBlackRow(bottom - 1)) bottom--;
    const isBlackColumn = (x: number): boolean => isBlack(top * stride + x * step, stride, bottom - top);
    let left = 0;
    while (left < width && isBlackColumn(left)) left++;
    if (left === width) return whole; // but for samples between those that are looked at
    let right = width;
    while (isBlackColumn(right - 1)) right--;
    const area = {
      left: left > 0 ? left + EDGE : 0,
      right: right < width ? right - EDGE : width,
      top: top > 0 ? top + EDGE : 0,
      bottom: bottom < height ? bottom - EDGE : height,
    };
    return area.right - area.left >= LEAST && area.bottom - area.top >= LEAST ? area : whole;
  }

  /** Returns an area in pixels of the upright picture. */
  uprightBox({ left, right, top, bottom }: PictureArea): Box {
    const [a, b] = [
      [left, top],
      [right - 1, bottom - 1],
    ].map(([x, y]) => transformPoint(this.#matrices[0], [x, y]));
    const [x, y] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
    return { x, y, width: Math.abs(a[0] - b[0]) + 1, height: Math.abs(a[1] - b[1]) + 1 };
  }

  /** Returns the planes of color of a picture, in the order of `colorPlanes`, as far as they lie in an area; by default, all of them. */
  planes(picture: Uint8Array | Uint8ClampedArray, area?: PictureArea): SeenPlane[] {
    const { width, height, format } = this.#layout;
    const { chromaShift, colors } = format;
    return colorPlanes(this.#layout, picture).map((plane, index) => {
      const toUpright = this.#matrices[index];
      if (!area) return { plane, toUpright };
      const [shiftX, shiftY] = colors === 'yuv' && index > 0 ? chromaShift : [0, 0];
      const [left, right] = spanOf([area.left, area.right], shiftX, plane.width, area.right === width);
      const [top, bottom] = spanOf([area.top, area.bottom], shiftY, plane.height, area.bottom === height);
      return {
        plane: {
          ...plane,
          width: right - left,
          height: bottom - top,
          offset: plane.offset + top * plane.stride + left * plane.step,
        },
        toUpright: composeAffine(toUpright, [1, 0, left, 0, 1, top]),
      };
    });
  }
}

/** Returns the samples of a plane that belong to a span of luma alone, one at least; `isLast`: where the span ends, the picture does. */
function spanOf([first, end]: Span, shift: number, size: number, isLast: boolean): Span {
  const start = Math.min(size - 1, Math.ceil(first / 2 ** shift));
  return [start, isLast ? size : Math.max(start + 1, Math.floor(end / 2 ** shift))];
}

function isAtMost(data: Plane['data'], from: number, step: number, count: number, most: number): boolean {
  const stride = STEP * step;
  for (let i = 0, at = from; i < count; i += STEP, at += stride) if (data[at] > most) return false;
  return true;
}
