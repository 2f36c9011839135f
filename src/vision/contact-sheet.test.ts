import { describe, expect, it } from 'vitest';
import { noiseImage } from '../../test/support/vision-images.ts';
import { contactSheet, cropImage } from './contact-sheet.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';

function plain(level: number, width = 4, height = 3): Image8 {
  return createImage8(width, height, 3, new Uint8Array(width * height * 3).fill(level));
}

function pixel({ data, width }: Image8, x: number, y: number): number[] {
  return Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));
}

describe('contactSheet', () => {
  it('lays images out in rows with gaps', () => {
    const sheet = contactSheet([plain(10), plain(20), plain(30)], { columns: 2, gap: 1, background: 99 });
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([11, 9, 4]);
    expect(pixel(sheet, 0, 0)).toEqual([99, 99, 99, 255]);
    expect(pixel(sheet, 1, 1)).toEqual([10, 10, 10, 255]);
    expect(pixel(sheet, 6, 3)).toEqual([20, 20, 20, 255]);
    expect(pixel(sheet, 4, 7)).toEqual([30, 30, 30, 255]);
    expect(pixel(sheet, 6, 7)).toEqual([99, 99, 99, 255]);
  });

  it('crops, and shrinks wide images', () => {
    const image = noiseImage(100, 80, 4);
    const sheet = contactSheet([image], { gap: 0, crop: { x: 10, y: 20, width: 40, height: 20 }, cellWidth: 10 });
    expect([sheet.width, sheet.height]).toEqual([10, 5]);
    let sum = 0;
    for (let y = 20; y < 24; y++) for (let x = 10; x < 14; x++) sum += image.data[(y * 100 + x) * 4];
    expect(pixel(sheet, 0, 0)[0]).toBe(Math.round(sum / 16));
  });

  it('says what is wrong with its input', () => {
    expect(() => contactSheet([])).toThrow('needs at least one image');
    expect(() => contactSheet([plain(1), plain(2, 5, 5)])).toThrow('must be 4×3 (got 5×5)');
    expect(() => contactSheet([plain(1)], { columns: 0 })).toThrow('options.columns must be an integer from 1');
    expect(() => contactSheet([plain(1)], { crop: { x: 2, y: 0, width: 3, height: 1 } })).toThrow(
      'The box 3×1 at (2, 0) must be inside the image of 4×3.',
    );
  });
});

describe('cropImage', () => {
  it('copies the pixels of the box', () => {
    const image = noiseImage(6, 5, 3);
    const part = cropImage(image, { x: 2, y: 1, width: 3, height: 2 });
    expect(Array.from(part.data.subarray(0, 9))).toEqual(Array.from(image.data.subarray(24, 33)));
    expect(Array.from(part.data.subarray(9))).toEqual(Array.from(image.data.subarray(42, 51)));
  });
});
