import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, dataFromBytes, type DType, elementCount, Tensor, toFloat32, toHalf } from './tensor.ts';

describe('Tensor', () => {
  it('refuses data that does not fill its shape', () => {
    expect(() => new Tensor('int32', [2, 3], new Int32Array(5))).toThrow('needs 6 elements (got 5)');
  });

  it('narrows its dtype', () => {
    const tensor: Tensor = Tensor.int64([2], [1, -2]);
    expect(tensor.is('int64') && tensor.data[1]).toBe(-2n);
    expect(tensor.is('float32')).toBe(false);
  });

  it('shares its data when reshaped', () => {
    const tensor = Tensor.float32([2, 3]);
    tensor.reshape([6]).data[5] = 1;
    expect(tensor.data[5]).toBe(1);
  });
});

const DTYPES: readonly DType[] = ['float32', 'float64', 'float16', 'int8', 'int16', 'int32', 'int64', 'bool'];

/** A tensor of any dtype and shape whose bytes count up. */
const tensors = fc
  .tuple(fc.constantFrom(...DTYPES), fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 3 }))
  .map(([dtype, shape]) => counting(dtype, shape));

function counting<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  const tensor = new Tensor(dtype, shape, allocate(dtype, elementCount(shape)));
  tensor.bytes.forEach((_, i, bytes) => {
    bytes[i] = (i * 167) % 251;
  });
  return tensor;
}

/** The elements in row-major order with the place of each. */
function entriesOf({ shape, data }: Tensor): { place: number[]; bits: number | bigint }[] {
  const elements: Iterable<number | bigint> = data;
  return Array.from(elements, (bits, index) => {
    const place: number[] = [];
    for (const size of shape.toReversed()) {
      place.unshift(index % size);
      index = Math.floor(index / size);
    }
    return { place, bits };
  });
}

/** The elements at some places of a tensor. */
function elementsAt(tensor: Tensor, places: readonly (readonly number[])[]): (number | bigint)[] {
  return places.map((place) => tensor.data[place.reduce((at, i, axis) => at * tensor.shape[axis] + i, 0)]);
}

/** Checks that every element of the result is the one that stands at a place of another tensor. */
function expectElements(result: Tensor, source: Tensor, sourceOf: (place: number[]) => number[]): void {
  const entries = entriesOf(result);
  expect(entries.map(({ bits }) => bits)).toEqual(
    elementsAt(
      source,
      entries.map(({ place }) => sourceOf(place)),
    ),
  );
}

describe('transpose', () => {
  it('puts every element where the order of the axes says', () => {
    const cases = tensors.chain((tensor) =>
      fc.tuple(fc.constant(tensor), fc.shuffledSubarray([...tensor.shape.keys()], { minLength: tensor.shape.length })),
    );
    fc.assert(
      fc.property(cases, ([tensor, order]) => {
        const result = tensor.transpose(order);
        expect(result.dtype).toBe(tensor.dtype);
        expect(result.shape).toEqual(order.map((axis) => tensor.shape[axis]));
        expectElements(result, tensor, (place) => [...tensor.shape.keys()].map((axis) => place[order.indexOf(axis)]));
      }),
    );
  });

  it('copies, even when nothing moves', () => {
    const tensor = counting('float32', [2, 2]);
    expect(tensor.transpose([0, 1]).data.buffer).not.toBe(tensor.data.buffer);
  });

  it('refuses an order that leaves an axis out or names it twice', () => {
    const tensor = counting('int8', [2, 3]);
    expect(() => tensor.transpose([0])).toThrow('order must hold each axis of [2, 3] once (got [0]).');
    expect(() => tensor.transpose([0, 0])).toThrow('(got [0, 0])');
    expect(() => tensor.transpose([0, 1, 1])).toThrow('(got [0, 1, 1])');
  });
});

describe('slice', () => {
  it('takes every nth element of a range along an axis', () => {
    const cases = tensors.chain((tensor) =>
      fc.nat(tensor.shape.length - 1).chain((axis) =>
        fc.record({
          tensor: fc.constant(tensor),
          axis: fc.constant(axis),
          ends: fc.tuple(fc.nat(tensor.shape[axis]), fc.nat(tensor.shape[axis])),
          step: fc.integer({ min: 1, max: 5 }),
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ({ tensor, axis, ends, step }) => {
        const [start, end] = ends.toSorted((a, b) => a - b);
        const result = tensor.slice(axis, start, end, { step });
        const kept = Array.from({ length: end - start }, (_, i) => start + i).filter((_, i) => i % step === 0);
        expect(result.shape).toEqual(tensor.shape.with(axis, kept.length));
        expectElements(result, tensor, (place) => place.with(axis, kept[place[axis]]));
      }),
    );
  });

  it('goes to the end of the axis unless told otherwise', () => {
    expect([...Tensor.float32([3], Float32Array.of(1, 2, 3)).slice(0, 1).data]).toEqual([2, 3]);
  });

  it('refuses what does not lie in the tensor', () => {
    const tensor = counting('float64', [2, 3]);
    expect(() => tensor.slice(2, 0)).toThrow('axis must be an axis of the shape [2, 3] (got 2).');
    expect(() => tensor.slice(-1, 0)).toThrow('(got -1)');
    expect(() => tensor.slice(1, -1)).toThrow('start must be an integer from 0 to 3 (got -1).');
    expect(() => tensor.slice(1, 2, 1)).toThrow('end must be an integer from 2 to 3 (got 1).');
    expect(() => tensor.slice(1, 0, 4)).toThrow('end must be an integer from 0 to 3 (got 4).');
    expect(() => tensor.slice(1, 0, 3, { step: 0 })).toThrow('options.step must be an integer from 1');
  });
});

describe('concat', () => {
  it('joins what slices took apart', () => {
    const cases = tensors.chain((tensor) =>
      fc.nat(tensor.shape.length - 1).chain((axis) =>
        fc.record({
          tensor: fc.constant(tensor),
          axis: fc.constant(axis),
          cuts: fc.array(fc.nat(tensor.shape[axis]), { maxLength: 3 }),
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ({ tensor, axis, cuts }) => {
        const ends = [0, ...cuts.toSorted((a, b) => a - b), tensor.shape[axis]];
        const parts = ends.slice(1).map((end, i) => tensor.slice(axis, ends[i], end));
        expect(Tensor.concat(parts, axis)).toEqual(tensor);
      }),
    );
  });

  it('refuses tensors that do not fit together', () => {
    const tensor = counting('uint8', [2, 3]);
    expect(() => Tensor.concat([], 0)).toThrow('at least one tensor');
    expect(() => Tensor.concat([tensor], 2)).toThrow('axis must be an axis of the shape [2, 3] (got 2).');
    expect(() => Tensor.concat([tensor, counting('uint8', [2, 4])], 0)).toThrow(
      'Cannot join tensors of shapes [2, 3] and [2, 4] along axis 0.',
    );
    expect(() => Tensor.concat([tensor, counting('uint8', [6])], 1)).toThrow('[2, 3] and [6]');
    expect(() => Tensor.concat<DType>([tensor, counting('bool', [2, 3])], 0)).toThrow('dtypes uint8 and bool');
  });
});

describe('dataFromBytes', () => {
  it('views aligned bytes and copies others, Node buffers too', () => {
    const buffer = Buffer.alloc(64);
    buffer.writeFloatLE(1.5, 16);
    expect(dataFromBytes('float32', buffer.subarray(16, 20))[0]).toBe(1.5);
    buffer.writeFloatLE(2.5, 33);
    expect(dataFromBytes('float32', buffer.subarray(33, 37))[0]).toBe(2.5);
  });

  it('refuses a broken element', () => {
    expect(() => dataFromBytes('float32', new Uint8Array(6))).toThrow('6 bytes are not a whole number of float32');
  });
});

describe('conversions', () => {
  it('gives the values of every dtype as float32', () => {
    expect(Array.from(toFloat32(new Tensor('float16', [2], Uint16Array.of(0x3e00, 0xc000))).data)).toEqual([1.5, -2]);
    expect(Array.from(toFloat32(new Tensor('bfloat16', [1], Uint16Array.of(0x3fc0))).data)).toEqual([1.5]);
    expect(Array.from(toFloat32(Tensor.int64([1], [7])).data)).toEqual([7]);
    expect(Array.from(toHalf(Tensor.float32([1], Float32Array.of(1.5)), 'float16').data, Number)).toEqual([0x3e00]);
  });

  it('allocates zeros of any dtype', () => {
    expect(allocate('int64', 2)).toEqual(BigInt64Array.of(0n, 0n));
  });
});
