import { describe, expect, it } from 'vitest';
import { allocate, dataFromBytes, Tensor, toFloat32, toHalf } from './tensor.ts';

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
