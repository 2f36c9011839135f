// Pictures of faces for tests, as RGB images.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { createImage8, type Image8 } from '../../src/tensor/image.ts';

/** Returns a picture of `test/fixtures/faces`, RGBA [256,256,4]. */
export function facePicture(name: 'closed' | 'open-turned'): Image8 {
  const { width, height, data } = PNG.sync.read(
    readFileSync(new URL(`../fixtures/faces/${name}.png`, import.meta.url)),
  );
  return createImage8(width, height, 4, new Uint8Array(data));
}

/** Returns a gray frame with pictures in it, each shrunk or enlarged by repeating pixels. */
export function frameWith(
  width: number,
  height: number,
  pictures: readonly { picture: Image8; x: number; y: number; scale?: number }[],
): Image8 {
  const frame = createImage8(width, height, 4, new Uint8Array(width * height * 4).fill(100));
  for (const { picture, x: left, y: top, scale = 1 } of pictures) {
    for (let y = 0; y < Math.floor(picture.height * scale); y++) {
      for (let x = 0; x < Math.floor(picture.width * scale); x++) {
        const from = (Math.floor(y / scale) * picture.width + Math.floor(x / scale)) * 4;
        const to = ((top + y) * width + left + x) * 4;
        for (let channel = 0; channel < 4; channel++) frame.data[to + channel] = picture.data[from + channel];
      }
    }
  }
  return frame;
}

/** Returns the picture as a mirror shows it. */
export function mirrored({ width, height, data }: Image8): Image8 {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < width * height; i++) {
    const from = i - (i % width) + (width - 1 - (i % width));
    for (let channel = 0; channel < 4; channel++) out[i * 4 + channel] = data[from * 4 + channel];
  }
  return createImage8(width, height, 4, out);
}

/** Returns the picture turned clockwise. */
export function turned(picture: Image8, degrees: 0 | 90 | 180 | 270): Image8 {
  let { width, height, data } = picture;
  for (let quarter = 0; quarter < degrees / 90; quarter++) {
    const out = new Uint8Array(data.length);
    for (let y = 0; y < width; y++) {
      for (let x = 0; x < height; x++) {
        const from = ((height - 1 - x) * width + y) * 4;
        for (let channel = 0; channel < 4; channel++) out[(y * height + x) * 4 + channel] = data[from + channel];
      }
    }
    [width, height, data] = [height, width, out];
  }
  return createImage8(width, height, 4, data);
}
