import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isContiguous, readStridedView, spanOf } from './strided-view.ts';

/** A storage whose element i is i, read like a file; keeps the size of the largest read. */
function countingStorage(): { read: (first: number, count: number) => Promise<Uint8Array>; largest: () => number } {
  let largest = 0;
  return {
    largest: () => largest,
    read(first, count) {
      largest = Math.max(largest, count * 8);
      return Promise.resolve(new Uint8Array(Float64Array.from({ length: count }, (_, i) => first + i).buffer));
    },
  };
}

function naive(shape: readonly number[], strides: readonly number[], offset: number): number[] {
  if (shape.length === 0) return [offset];
  return Array.from({ length: shape[0] }, (_, i) =>
    naive(shape.slice(1), strides.slice(1), offset + i * strides[0]),
  ).flat();
}

describe('readStridedView', () => {
  it('gathers any view into row-major order', async () => {
    const axes = fc.array(fc.tuple(fc.nat(4), fc.nat(30)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(axes, fc.nat(50), async (pairs, offset) => {
        const shape = pairs.map(([size]) => size);
        const strides = pairs.map(([, stride]) => stride);
        const { data } = await readStridedView({ dtype: 'float64', shape, strides, offset }, countingStorage().read);
        expect([...(data as Float64Array)]).toEqual(naive(shape, strides, offset));
      }),
    );
  });

  it('reads only near what it needs when the elements lie far apart', async () => {
    const storage = countingStorage();
    const view = { dtype: 'float64', shape: [3, 2, 2], strides: [5, 10_000_000, 200_000_000], offset: 7 } as const;
    const { data } = await readStridedView(view, storage.read);
    expect([...(data as Float64Array)]).toEqual(naive(view.shape, view.strides, view.offset));
    expect(storage.largest()).toBeLessThanOrEqual(88);
  });
});

describe('isContiguous', () => {
  it.each([
    [[2, 3], [3, 1], true],
    [[2, 3], [1, 2], false],
    [[2, 1, 3], [3, 77, 1], true],
    [[1, 3], [0, 1], true],
    [[4, 3], [0, 1], false],
    [[0, 3], [9, 9], true],
    [[], [], true],
    [[5], [2], false],
  ])('of shape %j with strides %j is %j', (shape, strides, expected) => {
    expect(isContiguous(shape, strides)).toBe(expected);
  });
});

describe('spanOf', () => {
  it('counts from the first to the last element', () => {
    expect(spanOf([3, 4], [10, 2])).toBe(27);
    expect(spanOf([], [])).toBe(1);
    expect(spanOf([3, 0], [10, 2])).toBe(0);
  });
});
