import { describe, expect, test } from 'vitest';
import { yuvEncodingOf, type YuvEncoding } from '../tensor/yuv-encoding.ts';
import { i420ByteLength, i420ToRgba, rgbaToEvenI420 } from './yuv.ts';

function solid(width: number, height: number, [r, g, b]: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) rgba.set([r, g, b, 255], at);
  return rgba;
}

function toI420(rgba: Uint8ClampedArray, width: number, height: number, encoding: YuvEncoding): Uint8Array {
  const i420 = new Uint8Array(i420ByteLength(width + (width & 1), height + (height & 1)));
  rgbaToEvenI420(rgba, width, height, encoding, i420);
  return i420;
}

const limited709: YuvEncoding = { matrix: 'bt709', fullRange: false };

describe('RGBA and I420', () => {
  test.each([
    ['bt709', false, [255, 0, 0], [63, 102, 240]],
    ['bt709', false, [0, 255, 0], [173, 42, 26]],
    ['bt709', false, [0, 0, 255], [32, 240, 118]],
    ['bt601', false, [255, 0, 0], [81, 90, 240]],
    ['bt601', true, [255, 0, 0], [76, 85, 255]],
    ['bt2020', false, [0, 255, 0], [164, 47, 25]],
    ['bt709', false, [255, 255, 255], [235, 128, 128]],
    ['bt709', true, [0, 0, 0], [0, 128, 128]],
  ] as const)('%s, full range %s: %j is Y, Cb, Cr %j', (matrix, fullRange, rgb, ycbcr) => {
    const encoding = { matrix, fullRange };
    const i420 = toI420(solid(2, 2, rgb), 2, 2, encoding);
    expect([i420[0], i420[4], i420[5]]).toEqual(ycbcr);
    const back = i420ToRgba(i420, 2, 2, encoding);
    for (let channel = 0; channel < 3; channel++) expect(Math.abs(back[channel] - rgb[channel])).toBeLessThanOrEqual(2);
  });

  test('some rows at a time are as all at once', () => {
    const [width, height] = [7, 9];
    const i420 = Uint8Array.from({ length: i420ByteLength(width, height) }, (_, i) => (i * 37) & 255);
    const rgba = new Uint8ClampedArray(width * height * 4);
    i420ToRgba(i420, width, height, limited709, rgba, { from: 0, to: 4 });
    expect(rgba.subarray(4 * width * 4).every((value) => value === 0)).toBe(true);
    i420ToRgba(i420, width, height, limited709, rgba, { from: 4, to: height });
    expect(rgba).toEqual(i420ToRgba(i420, width, height, limited709));
  });

  test.each(['bt601', 'bt709', 'bt2020'] as const)('%s: untouched pictures come back exactly', (matrix) => {
    for (const fullRange of [false, true]) {
      const width = 64;
      const height = 32;
      const i420 = new Uint8Array(i420ByteLength(width, height));
      // Values that are far enough from the edges of RGB to be representable.
      for (let i = 0; i < i420.length; i++) i420[i] = i < width * height ? 90 + ((i * 7) % 76) : 114 + ((i * 5) % 28);
      const encoding = { matrix, fullRange };
      const back = toI420(i420ToRgba(i420, width, height, encoding), width, height, encoding);
      expect(Buffer.compare(back, i420)).toBe(0);
    }
  });

  test('odd sizes grow by a repeated edge', () => {
    const rgba = solid(3, 3, [0, 0, 0]);
    for (const at of [2, 5, 6, 7, 8]) rgba.set([255, 255, 255, 255], at * 4); // right column and bottom row
    const i420 = toI420(rgba, 3, 3, limited709);
    expect([...i420.subarray(0, 16)]).toEqual([
      16, 16, 235, 235, 16, 16, 235, 235, 235, 235, 235, 235, 235, 235, 235, 235,
    ]);
  });

  test('odd sizes are read with rounded-up chroma planes', () => {
    const i420 = Uint8Array.from([...new Array<number>(9).fill(63), 102, 102, 102, 102, 240, 240, 240, 240]);
    const rgba = i420ToRgba(i420, 3, 3, limited709);
    for (let at = 0; at < rgba.length; at += 4) expect([...rgba.subarray(at, at + 4)]).toEqual([255, 1, 0, 255]);
  });

  test('byte counts must fit', () => {
    expect(() => i420ToRgba(new Uint8Array(5), 2, 2, limited709)).toThrow('A 2×2 picture in I420 has 6 bytes (got 5).');
    expect(() => {
      rgbaToEvenI420(new Uint8Array(15), 2, 2, limited709, new Uint8Array(6));
    }).toThrow('A 2×2 picture in RGBA has 16 bytes (got 15).');
  });
});

test('missing color tags are filled in by size', () => {
  expect(yuvEncodingOf({}, 1920, 1080)).toEqual({ matrix: 'bt709', fullRange: false });
  expect(yuvEncodingOf({}, 640, 480)).toEqual({ matrix: 'bt601', fullRange: false });
  expect(yuvEncodingOf({ matrix: 'smpte170m', fullRange: true }, 1920, 1080)).toEqual({
    matrix: 'bt601',
    fullRange: true,
  });
});
