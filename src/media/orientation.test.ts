import { expect, test } from 'vitest';
import { turnUpright } from './orientation.ts';

// A picture of 3×2 pixels, numbered row by row in the red channel.
function numbered(): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(3 * 2 * 4);
  for (let pixel = 0; pixel < 6; pixel++) rgba.set([pixel, 0, 0, 255], pixel * 4);
  return rgba;
}

const numbers = (rgba: Uint8ClampedArray): number[] => [...rgba].filter((_, at) => at % 4 === 0);

test.each([
  [0, false, [0, 1, 2, 3, 4, 5]],
  [90, false, [3, 0, 4, 1, 5, 2]],
  [180, false, [5, 4, 3, 2, 1, 0]],
  [270, false, [2, 5, 1, 4, 0, 3]],
  [0, true, [2, 1, 0, 5, 4, 3]],
  [90, true, [0, 3, 1, 4, 2, 5]],
] as const)('a clockwise turn by %i°, flipped %s', (rotation, flip, expected) => {
  expect(numbers(turnUpright(numbered(), 3, 2, { rotation, flip }))).toEqual(expected);
});

test.each([90, 180, 270] as const)('a turn by %i°, some rows at a time, is that of all at once', (rotation) => {
  const [width, height] = [70, 45];
  const rgba = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i * 31) & 255);
  const into = new Uint8ClampedArray(rgba.length);
  const outHeight = rotation === 180 ? height : width;
  for (const rows of [
    { from: 0, to: 7 },
    { from: 7, to: 40 },
    { from: 40, to: outHeight },
  ]) {
    expect(turnUpright(rgba, width, height, { rotation, flip: false, into, rows })).toBe(into);
  }
  const whole = turnUpright(rgba, width, height, { rotation, flip: false });
  expect(Buffer.from(into.buffer).equals(Buffer.from(whole.buffer))).toBe(true);
});

test('four quarter turns of a picture larger than a tile give the picture back', () => {
  const [width, height] = [70, 45];
  const rgba = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i * 31) & 255);
  let turned = rgba;
  for (let turn = 0; turn < 4; turn++) {
    const [w, h] = turn % 2 === 0 ? [width, height] : [height, width];
    turned = turnUpright(turned, w, h, { rotation: 90, flip: false });
  }
  expect(Buffer.from(turned.buffer).equals(Buffer.from(rgba.buffer))).toBe(true);
});
