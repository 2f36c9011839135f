// Contact sheets: several frames side by side in one RGBA image.
import { checkInteger } from '../util/assert.ts';
import type { Box } from './geometry.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { resizeArea } from './resize.ts';

/** How to lay out a contact sheet. */
export interface ContactSheetOptions {
  /** Images in a row; default: as many as make the sheet about square. */
  columns?: number;
  /** Pixels between images and around them; default 8. */
  gap?: number;
  /** Gray level of the gaps, 0 … 255; default 24. */
  background?: number;
  /** The part of every image to show, in pixels; default: all. */
  crop?: Box;
  /** Width in pixels that each image is shrunk to, if it is wider; default 480. */
  cellWidth?: number;
}

/**
 * Returns one RGBA image with the given images in rows, in reading order.
 *
 * @throws RangeError when there are no images, sizes differ, or an option is out of range.
 *
 * @example
 * const sheet = contactSheet(frames, { columns: 4, crop: { x: 300, y: 400, width: 480, height: 480 } });
 */
export function contactSheet(images: readonly Image8[], options: ContactSheetOptions = {}): Image8 {
  const { gap = 8, background = 24, cellWidth = 480 } = options;
  const columns = options.columns ?? Math.ceil(Math.sqrt(images.length));
  if (images.length === 0) throw new RangeError('A contact sheet needs at least one image.');
  checkInteger('options.columns', columns, 1, 1000);
  checkInteger('options.gap', gap, 0, 1000);
  checkInteger('options.background', background, 0, 255);
  checkInteger('options.cellWidth', cellWidth, 1, 10000);
  const [first] = images;
  const cells = images.map((image) => {
    if (image.width !== first.width || image.height !== first.height) {
      throw new RangeError(
        `All images of a contact sheet must be ${first.width}×${first.height} (got ${image.width}×${image.height}).`,
      );
    }
    return shrink(options.crop ? cropImage(image, options.crop) : image, cellWidth);
  });
  const { width, height } = cells[0];
  const rows = Math.ceil(cells.length / columns);
  const sheet = createImage8(columns * (width + gap) + gap, rows * (height + gap) + gap, 4);
  new Uint32Array(sheet.data.buffer).fill(0xff000000 | (background * 0x010101));
  cells.forEach((cell, i) => {
    const x = gap + (i % columns) * (width + gap);
    const y = gap + Math.floor(i / columns) * (height + gap);
    copyInto(sheet, cell, x, y);
  });
  return sheet;
}

/**
 * Returns a copy of a part of an image.
 *
 * @throws RangeError when the box, rounded to whole pixels, is not inside the image.
 */
export function cropImage(image: Image8, box: Box): Image8 {
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(Math.round) as [
    number,
    number,
    number,
    number,
  ];
  if (x < 0 || y < 0 || width < 1 || height < 1 || x + width > image.width || y + height > image.height) {
    throw new RangeError(
      `The box ${width}×${height} at (${x}, ${y}) must be inside the image of ${image.width}×${image.height}.`,
    );
  }
  const part = createImage8(width, height, image.channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * image.channels;
    part.data.set(image.data.subarray(from, from + width * image.channels), row * width * image.channels);
  }
  return part;
}

function shrink(image: Image8, cellWidth: number): Image8 {
  if (image.width <= cellWidth) return image;
  return resizeArea(image, cellWidth, Math.max(1, Math.round((image.height * cellWidth) / image.width)));
}

function copyInto(sheet: Image8, image: Image8, left: number, top: number): void {
  for (let y = 0; y < image.height; y++) {
    let to = ((top + y) * sheet.width + left) * 4;
    let from = y * image.width * image.channels;
    for (let x = 0; x < image.width; x++, to += 4, from += image.channels) {
      sheet.data[to] = image.data[from]!;
      sheet.data[to + 1] = image.data[from + 1]!;
      sheet.data[to + 2] = image.data[from + 2]!;
    }
  }
}
