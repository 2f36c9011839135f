import { describe, expect, it } from 'vitest';
import { noiseImage } from '../../test/support/vision-images.ts';
import { createImage8, fromPixelValues, stackImages, toPixelValues } from './image.ts';

describe('pixel values', () => {
  it('are planes of red, green and blue in −1 … 1', () => {
    const image = createImage8(2, 1, 4, Uint8Array.of(0, 255, 51, 9, 127, 128, 204, 9));
    expect(toPixelValues(image)).toEqual(
      Float32Array.of(-1, 127 / 127.5 - 1, 1, 128 / 127.5 - 1, 51 / 127.5 - 1, 204 / 127.5 - 1),
    );
  });

  it('give the same bytes when turned back', () => {
    const image = noiseImage(17, 9, 3);
    expect(Array.from(fromPixelValues(toPixelValues(image), 17, 9).data)).toEqual(Array.from(image.data));
  });

  it('are clamped when turned into bytes', () => {
    expect(Array.from(fromPixelValues(Float32Array.of(-3, 0, 1.5), 1, 1).data)).toEqual([0, 128, 255]);
  });
});

describe('createImage8', () => {
  it('refuses data of another length', () => {
    expect(() => createImage8(2, 2, 3, new Uint8Array(13))).toThrow('needs 12 bytes (got 13)');
    expect(() => createImage8(0, 2, 3)).toThrow('positive integers (got 0×2)');
  });
});

describe('stackImages', () => {
  it('puts images of one size one after the other', () => {
    const images = [noiseImage(3, 2, 3), noiseImage(3, 2, 3)];
    const { shape, data } = stackImages(images);
    expect(shape).toEqual([2, 2, 3, 3]);
    expect([...data]).toEqual(images.flatMap((image) => [...image.data]));
    expect(() => stackImages([...images, noiseImage(2, 3, 3)])).toThrow('along axis 0');
  });
});
