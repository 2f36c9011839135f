// LazyPicture: an I420 picture as an upright RGBA image [H,W,4] whose pixels are converted where somebody looks at them.
import type { LazyImage8, PixelBox, PixelSteps } from '../tensor/image.ts';
import type { Orientation } from '../tensor/picture.ts';
import type { YuvEncoding } from '../tensor/yuv-encoding.ts';
import { inverseOrientation, turnedSteps } from './orientation.ts';
import { I420Converter } from './yuv.ts';

/** What is stored of a picture. */
export interface StoredPicture {
  /** Planes, one after another without padding. */
  readonly i420: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly encoding: YuvEncoding;
  readonly orientation: Orientation;
}

/** An upright picture of which only those parts are converted that are looked at. */
export class LazyPicture implements LazyImage8 {
  readonly channels = 4;
  readonly width: number;
  readonly height: number;
  readonly stored: StoredPicture;
  /** Holds the pixels that are converted already. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  readonly #pixels: Uint32Array;
  readonly #converter: I420Converter;
  /** How the stored picture lies: on its side, its columns from right to left, its rows from bottom to top. */
  readonly #isQuarterTurn: boolean;
  readonly #isMirrored: boolean;
  readonly #isUpsideDown: boolean;
  /** Where stored pixels are in the upright picture. */
  readonly #toUpright: PixelSteps;
  /** Which columns are converted, for each two stored rows: from the first, up to and without the last. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  #isWhole = false;

  /** @param rgba - memory for the pixels, with arbitrary content: 4 · width · height bytes. */
  constructor(stored: StoredPicture, rgba: Uint8ClampedArray<ArrayBuffer>) {
    const { width, height, encoding, orientation } = stored;
    const { first } = turnedSteps(width, height, orientation); // which corner is the upper left one
    this.#isQuarterTurn = orientation.rotation % 180 !== 0;
    this.#isMirrored = first % width > 0;
    this.#isUpsideDown = first >= width;
    this.width = this.#isQuarterTurn ? height : width;
    this.height = this.#isQuarterTurn ? width : height;
    this.stored = stored;
    this.rgba = rgba;
    this.#pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
    this.#converter = new I420Converter(width, height, encoding);
    this.#toUpright = turnedSteps(this.width, this.height, inverseOrientation(orientation));
    this.#from = new Int32Array((height + 1) >> 1);
    this.#to = new Int32Array((height + 1) >> 1);
  }

  get data(): Uint8ClampedArray<ArrayBuffer> {
    if (!this.#isWhole) this.#convert({ left: 0, top: 0, right: this.stored.width, bottom: this.stored.height });
    this.#isWhole = true;
    return this.rgba;
  }

  pixelsIn({ left, top, right, bottom }: PixelBox): Uint8ClampedArray<ArrayBuffer> {
    if (this.#isWhole || left >= right || top >= bottom) return this.rgba;
    const { width, height } = this.stored;
    const [fromX, toX, fromY, toY] = this.#isQuarterTurn ? [top, bottom, left, right] : [left, right, top, bottom];
    this.#convert({
      left: this.#isMirrored ? width - toX : fromX,
      right: this.#isMirrored ? width - fromX : toX,
      top: this.#isUpsideDown ? height - toY : fromY,
      bottom: this.#isUpsideDown ? height - fromY : toY,
    });
    return this.rgba;
  }

  pixelAt(x: number, y: number): number {
    const [u, v] = this.#isQuarterTurn ? [y, x] : [x, y];
    const column = this.#isMirrored ? this.stored.width - 1 - u : u;
    const row = this.#isUpsideDown ? this.stored.height - 1 - v : v;
    return this.#converter.pixelAt(this.stored.i420, column, row);
  }

  /** Converts what is missing of a part of the stored picture. */
  #convert(part: PixelBox): void {
    const { width, height } = this.stored;
    const [left, right] = [part.left & ~1, Math.min(width, (part.right + 1) & ~1)];
    for (let top = part.top & ~1; top < part.bottom; top += 2) {
      const bottom = Math.min(height, top + 2);
      const pair = top >> 1;
      if (this.#to[pair] === 0) {
        this.#convertPart({ left, top, right, bottom });
        this.#from[pair] = left;
        this.#to[pair] = right;
        continue;
      }
      if (left < this.#from[pair]) {
        this.#convertPart({ left, top, right: this.#from[pair], bottom });
        this.#from[pair] = left;
      }
      if (right > this.#to[pair]) {
        this.#convertPart({ left: this.#to[pair], top, right, bottom });
        this.#to[pair] = right;
      }
    }
  }

  #convertPart(part: PixelBox): void {
    this.#converter.convert(this.stored.i420, part, this.#pixels, this.#toUpright);
  }
}
