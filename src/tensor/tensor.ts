// Tensor: {dtype, shape, data}, row-major and contiguous, on the host.
import { checkInteger } from '../util/assert.ts';
import { copyStrided, rowMajorStrides } from './copy-strided.ts';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts';

/** The typed array that holds each dtype; float16 and bfloat16 are kept as their bits, bool as 0 and 1. */
export interface TensorDataTypes {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
}

/** Element type of a tensor. */
export type DType = keyof TensorDataTypes;

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

const dataTypes = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Returns the number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Returns a new zeroed array for a dtype. */
export function allocate<D extends DType>(dtype: D, count: number): TensorDataTypes[D] {
  return new dataTypes[dtype](count) as TensorDataTypes[D];
}

/**
 * Returns the bytes of a little-endian buffer as the array of a dtype; copies only when the offset is not aligned.
 *
 * @throws RangeError when the byte length is not a whole number of elements.
 */
export function dataFromBytes<D extends DType>(dtype: D, bytes: Uint8Array): TensorDataTypes[D] {
  const size = bytesPerElement[dtype];
  if (bytes.byteLength % size !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes are not a whole number of ${dtype} elements.`);
  }
  // A Node Buffer's slice() is a view, so the copy is made by the constructor.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new dataTypes[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    bytes.byteLength / size,
  ) as TensorDataTypes[D];
}

/**
 * A dense array with an element type and a shape, row-major.
 *
 * @example
 * const identity = new Tensor('float32', [2, 2], Float32Array.of(1, 0, 0, 1));
 */
export class Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorDataTypes[D];

  /** @throws RangeError when the shape's element count is not the data's length. */
  constructor(dtype: D, shape: readonly number[], data: TensorDataTypes[D]) {
    if (elementCount(shape) !== data.length) {
      throw new RangeError(
        `A tensor of shape [${shape.join(', ')}] needs ${elementCount(shape)} elements (got ${data.length}).`,
      );
    }
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** Returns a float32 tensor; `data` defaults to zeros. */
  static float32(shape: readonly number[], data?: Float32Array): Tensor<'float32'> {
    return new Tensor('float32', shape, data ?? new Float32Array(elementCount(shape)));
  }

  /** Returns an int64 tensor. */
  static int64(shape: readonly number[], values: readonly number[]): Tensor<'int64'> {
    return new Tensor(
      'int64',
      shape,
      BigInt64Array.from(values, (value) => BigInt(value)),
    );
  }

  /**
   * Joins tensors along an axis; their other sizes must agree.
   *
   * @throws RangeError when there are none, or when dtypes, ranks or other sizes differ.
   */
  static concat<D extends DType>(tensors: readonly Tensor<D>[], axis: number): Tensor<D> {
    if (tensors.length === 0) throw new RangeError('tensors must hold at least one tensor.');
    const [{ dtype, shape: first }] = tensors;
    checkAxis(axis, first);
    for (const { dtype: found, shape } of tensors) {
      if (found !== dtype) throw new RangeError(`Cannot join tensors of dtypes ${dtype} and ${found}.`);
      if (shape.length !== first.length || shape.some((size, other) => other !== axis && size !== first[other])) {
        throw new RangeError(
          `Cannot join tensors of shapes [${first.join(', ')}] and [${shape.join(', ')}] along axis ${axis}.`,
        );
      }
    }
    const shape = first.with(
      axis,
      tensors.reduce((sum, tensor) => sum + tensor.shape[axis], 0),
    );
    const strides = rowMajorStrides(shape);
    const data = allocate(dtype, elementCount(shape));
    let start = 0;
    for (const part of tensors) {
      const from = { array: part.data, offset: 0, strides: rowMajorStrides(part.shape) };
      copyStrided(part.shape, from, { array: data, offset: start * strides[axis], strides });
      start += part.shape[axis];
    }
    return new Tensor(dtype, shape, data);
  }

  /** Returns the number of elements. */
  get size(): number {
    return this.data.length;
  }

  /** Returns the elements' bytes, little-endian, without copying. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.data.buffer, this.data.byteOffset, this.data.byteLength);
  }

  /** Returns whether the tensor has this dtype, narrowing its type. */
  is<E extends DType>(dtype: E): this is Tensor<E> {
    const own: DType = this.dtype;
    return own === dtype;
  }

  /** Returns the same data under another shape with as many elements. */
  reshape(shape: readonly number[]): Tensor<D> {
    return new Tensor(this.dtype, shape, this.data);
  }

  /**
   * Returns a copy with the axes in another order: axis i of the result is axis `order[i]` of this tensor.
   *
   * @throws RangeError when `order` does not hold every axis once.
   */
  transpose(order: readonly number[]): Tensor<D> {
    const { shape } = this;
    if (order.length !== shape.length || shape.some((_, axis) => !order.includes(axis))) {
      throw new RangeError(`order must hold each axis of [${shape.join(', ')}] once (got [${order.join(', ')}]).`);
    }
    const strides = rowMajorStrides(shape);
    return this.#gather(
      order.map((axis) => shape[axis]),
      order.map((axis) => strides[axis]),
    );
  }

  /**
   * Returns a copy of the elements `start` … `end` − 1 along an axis.
   *
   * @param end - default: the end of the axis.
   * @param options.step - takes only every nth of them; default 1.
   * @throws RangeError when the axis or the range does not lie in the tensor.
   */
  slice(axis: number, start: number, end?: number, options: { step?: number } = {}): Tensor<D> {
    const { shape } = this;
    checkAxis(axis, shape);
    const size = shape[axis];
    checkInteger('start', start, 0, size);
    const stop = checkInteger('end', end ?? size, start, size);
    const step = checkInteger('options.step', options.step ?? 1, 1, Infinity);
    const strides = rowMajorStrides(shape);
    return this.#gather(
      shape.with(axis, Math.ceil((stop - start) / step)),
      strides.with(axis, strides[axis] * step),
      start * strides[axis],
    );
  }

  /** Returns a contiguous copy of a view on the data. */
  #gather(shape: readonly number[], strides: readonly number[], offset = 0): Tensor<D> {
    const data = allocate(this.dtype, elementCount(shape));
    copyStrided(
      shape,
      { array: this.data, offset, strides },
      { array: data, offset: 0, strides: rowMajorStrides(shape) },
    );
    return new Tensor(this.dtype, shape, data);
  }
}

function checkAxis(axis: number, shape: readonly number[]): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new RangeError(`axis must be an axis of the shape [${shape.join(', ')}] (got ${axis}).`);
  }
}

/** Returns the values as a float32 tensor; the tensor itself if it already is one. */
export function toFloat32(tensor: Tensor): Tensor<'float32'> {
  if (tensor.is('float32')) return tensor;
  const { dtype, data } = tensor;
  const out = new Float32Array(data.length);
  if (dtype === 'float16') for (let i = 0; i < out.length; i++) out[i] = float16ToFloat32(Number(data[i]));
  else if (dtype === 'bfloat16') for (let i = 0; i < out.length; i++) out[i] = bfloat16ToFloat32(Number(data[i]));
  else for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  return new Tensor('float32', tensor.shape, out);
}

/** Returns the values of a float32 tensor rounded to nearest even in 16 bits. */
export function toHalf(tensor: Tensor<'float32'>, dtype: 'float16' | 'bfloat16'): Tensor {
  const round = dtype === 'float16' ? float32ToFloat16 : float32ToBfloat16;
  return new Tensor(dtype, tensor.shape, Uint16Array.from(tensor.data, round));
}
