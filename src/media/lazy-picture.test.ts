import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createImage8, pixelReader, pixelsIn } from '../tensor/image.ts';
import { LazyPicture } from './lazy-picture.ts';
import { turnUpright } from './orientation.ts';
import { i420ByteLength, i420ToRgba } from './yuv.ts';

const size = fc.integer({ min: 1, max: 19 });
const place = fc.integer({ min: -4, max: 24 });

test('whatever parts are looked at, their pixels are those of the whole picture, whichever way up', () => {
  const orientation = fc.record({ rotation: fc.constantFrom(0, 90, 180, 270), flip: fc.boolean() });
  const parts = fc.array(fc.record({ left: place, top: place, right: place, bottom: place }), { maxLength: 6 });
  fc.assert(
    fc.property(size, size, orientation, parts, (width, height, turn, looks) => {
      const i420 = Uint8Array.from({ length: i420ByteLength(width, height) }, (_, i) => (i * 89 + (i >> 3)) & 255);
      const encoding = { matrix: 'bt709', fullRange: false } as const;
      const whole = turnUpright(i420ToRgba(i420, width, height, encoding), width, height, turn);
      const picture = new LazyPicture(
        { i420, width, height, encoding, orientation: turn },
        new Uint8ClampedArray(4 * width * height).fill(77),
      );
      const pixelAt = pixelReader(picture);
      for (const part of looks) {
        const bytes = pixelsIn(picture, part);
        for (let y = Math.max(0, part.top); y < Math.min(picture.height, part.bottom); y++) {
          for (let x = Math.max(0, part.left); x < Math.min(picture.width, part.right); x++) {
            const at = 4 * (y * picture.width + x);
            expect(bytes.subarray(at, at + 4)).toEqual(whole.subarray(at, at + 4));
            expect(pixelAt(x, y) >>> 0).toBe(new DataView(whole.buffer).getUint32(at, true));
          }
        }
      }
      expect(picture.data).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test('only what is looked at is converted', () => {
  const i420 = new Uint8Array(i420ByteLength(16, 16)).fill(128);
  const encoding = { matrix: 'bt601', fullRange: true } as const;
  const stored = { i420, width: 16, height: 16, encoding, orientation: { rotation: 0, flip: false } } as const;
  const picture = new LazyPicture(stored, new Uint8ClampedArray(16 * 16 * 4));
  pixelsIn(picture, { left: 4, top: 6, right: 8, bottom: 10 });
  const converted = picture.rgba.filter((_, i) => i % 4 === 3 && picture.rgba[i] === 255);
  expect(converted).toHaveLength(16);
});

test('a plain image has all of its pixels', () => {
  const image = createImage8(2, 1, 3, Uint8Array.from([1, 2, 3, 4, 5, 6]));
  expect(pixelsIn(image, { left: 0, top: 0, right: 1, bottom: 1 })).toBe(image.data);
  expect(pixelReader(image)(1, 0)).toBe(0x060504);
});
