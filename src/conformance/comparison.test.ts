import { describe, expect, it } from 'vitest';
import { checkpointFromTensors } from '../checkpoint/checkpoint-views.ts';
import { Tensor } from '../tensor/tensor.ts';
import { compareClosely, compareExactly, compareImage, compareNames, thinned } from './comparison.ts';
import { GoldenFile } from './golden-file.ts';

function goldenOf(tensor: Tensor): GoldenFile {
  return new GoldenFile(checkpointFromTensors('memory', new Map([['x', tensor]])), 'memory');
}

function floats(...values: number[]): Tensor<'float32'> {
  return Tensor.float32([values.length], Float32Array.of(...values));
}

function bytes(values: readonly number[]): Tensor {
  return new Tensor('uint8', [values.length], Uint8Array.from(values));
}

describe('compareClosely', () => {
  it('measures the distance relative to the norm', async () => {
    const comparison = await compareClosely(goldenOf(floats(3, 4)), 'x', floats(3, 4.5), 0.2);
    expect(comparison).toMatchObject({ measure: 'relative error', error: 0.1, tolerance: 0.2, passed: true });
    expect(await compareClosely(goldenOf(floats(3, 4)), 'x', floats(3, 4.5), 0.05)).toMatchObject({ passed: false });
  });

  it.each([
    ['not-a-numbers in the result', floats(3, NaN), floats(3, 4)],
    ['not-a-numbers in the file', floats(3, 4), floats(3, NaN)],
    ['infinities', floats(3, Infinity), floats(3, 4)],
    ['anything but zeros where zeros are expected', floats(1e-9, 0), floats(0, 0)],
  ])('does not pass %s', async (_, actual, expected) => {
    expect(await compareClosely(goldenOf(expected), 'x', actual, 1)).toMatchObject({ error: Infinity, passed: false });
  });

  it('does not pass the same numbers in another shape', async () => {
    const comparison = await compareClosely(goldenOf(floats(1, 2, 3, 4)), 'x', floats(1, 2, 3, 4).reshape([2, 2]), 1);
    expect(comparison).toMatchObject({ error: Infinity, passed: false });
    expect(comparison.message).toBe('The shape is [2, 2] instead of [4].');
  });
});

describe('compareExactly', () => {
  it('counts the elements that differ, across number types', async () => {
    const golden = goldenOf(Tensor.int64([3], [1, 2, -3]));
    expect(await compareExactly(golden, 'x', floats(1, 2, -3))).toMatchObject({ error: 0, passed: true });
    expect(await compareExactly(golden, 'x', floats(1, 2.5, 3))).toMatchObject({ error: 2, passed: false });
  });

  it('lets a share of the elements differ when told, and says what the result was made from', async () => {
    const golden = goldenOf(floats(1, 2, 3, 4, 5));
    const options = { from: 'y', share: 0.3 };
    const one = await compareExactly(golden, 'x', floats(1, 2, 3, 4, 9), options);
    expect(one).toMatchObject({ what: 'x from y', error: 1, tolerance: 1, passed: true });
    expect(await compareExactly(golden, 'x', floats(1, 2, 3, 8, 9), options)).toMatchObject({ passed: false });
  });
});

describe('compareImage', () => {
  const gray = new Array<number>(100).fill(100);

  it('passes one gray level here and there', async () => {
    const actual = bytes(gray.map((value, i) => (i % 20 === 0 ? value - 1 : value)));
    const comparison = await compareImage(goldenOf(bytes(gray)), 'x', actual);
    expect(comparison).toMatchObject({ measure: 'gray levels', error: 1, tolerance: 1, passed: true });
  });

  it('does not pass one gray level in many places', async () => {
    const comparison = await compareImage(goldenOf(bytes(gray)), 'x', bytes(gray.map((v, i) => v + (i % 5 ? 0 : 1))));
    expect(comparison).toMatchObject({ error: 1, passed: false });
    expect(comparison.message).toBe('The mean difference is 0.200 gray levels, and must be below 0.1.');
  });

  it('does not pass two gray levels anywhere', async () => {
    const actual = bytes(gray.map((value, i) => (i === 7 ? value + 2 : value)));
    expect(await compareImage(goldenOf(bytes(gray)), 'x', actual)).toMatchObject({ error: 2, passed: false });
  });
});

describe('compareNames', () => {
  it('says what is missing and what is too many', () => {
    expect(compareNames('keys', ['a', 'b'], ['b', 'a'])).toMatchObject({ error: 0, passed: true });
    expect(compareNames('keys', ['a', 'b', 'c'], ['a', 'd'])).toMatchObject({
      error: 3,
      passed: false,
      message: '2 are missing and 1 too many, such as: b is missing.',
    });
  });
});

describe('thinned', () => {
  it('keeps every nth element of the axes that are shorter in the file', () => {
    const tensor = Tensor.float32(
      [2, 5, 3],
      Float32Array.from({ length: 30 }, (_, i) => i),
    );
    const rows = thinned(tensor, 2, [2, 3, 3]);
    expect(rows.shape).toEqual([2, 3, 3]);
    expect([...rows.data]).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14, 15, 16, 17, 21, 22, 23, 27, 28, 29]);
    const pixels = thinned(tensor, 2, [2, 3, 2]);
    expect([...pixels.data]).toEqual([0, 2, 6, 8, 12, 14, 15, 17, 21, 23, 27, 29]);
    expect(thinned(tensor, 1, [2, 5, 3])).toEqual(tensor);
  });
});
