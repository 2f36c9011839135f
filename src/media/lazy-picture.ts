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
  /** Where upright pixels are in the stored picture, and stored ones in the upright picture. */
  readonly #toStored: PixelSteps;
  readonly #toUpright: PixelSteps;
  /** Which columns are converted, for each two stored rows: from the first, up to and without the last. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  #isWhole = false;

  /** @param rgba - memory for the pixels, with arbitrary content: 4 · width · height bytes. */
  constructor(stored: StoredPicture, rgba: Uint8ClampedArray<ArrayBuffer>) {
    const { width, height, encoding, orientation } = stored;
    const isQuarterTurn = orientation.rotation % 180 !== 0;
    this.width = isQuarterTurn ? height : width;
    this.height = isQuarterTurn ? width : height;
    this.stored = stored;
    this.rgba = rgba;
    this.#pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
    this.#converter = new I420Converter(width, height, encoding);
    this.#toStored = turnedSteps(width, height, orientation);
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
    const corners = [this.#storedPlace(left, top), this.#storedPlace(right - 1, bottom - 1)];
    const [columns, rows] = [corners.map(({ column }) => column), corners.map(({ row }) => row)];
    this.#convert({
      left: Math.min(...columns),
      top: Math.min(...rows),
      right: Math.max(...columns) + 1,
      bottom: Math.max(...rows) + 1,
    });
    return this.rgba;
  }

  pixelAt(x: number, y: number): number {
    const { column, row } = this.#storedPlace(x, y);
    return this.#converter.pixelAt(this.stored.i420, column, row);
  }

  #storedPlace(x: number, y: number): { column: number; row: number } {
    const { first, stepX, stepY } = this.#toStored;
    const index = first + x * stepX + y * stepY;
    const row = Math.floor(index / this.stored.width);
    return { column: index - row * this.stored.width, row };
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
