// Strided views: a shape over a flat storage with one step per dimension, gathered into row-major order.
import { copyStrided, rowMajorStrides } from '../tensor/copy-strided.ts';
import { dataFromBytes, bytesPerElement, allocate, elementCount, type DType, Tensor } from '../tensor/tensor.ts';

/** A tensor as a view of a storage; offset and strides are in elements. */
export interface StridedView {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

// A view whose elements spread over more than this is gathered in pieces.
const LONGEST_SPAN_BYTES = 64 * 2 ** 20;

/** Returns the number of storage elements from a view's first element to its last, both included; 0 when empty. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, axis) => span + (size - 1) * strides[axis], 1);
}

/** Returns whether a view's elements lie in row-major order without gaps. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis];
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/**
 * Returns the tensor that a strided view stands for.
 *
 * @param readElements - returns the bytes of `count` storage elements from element `first` on.
 */
export async function readStridedView(
  view: StridedView,
  readElements: (first: number, count: number) => Promise<Uint8Array>,
): Promise<Tensor> {
  const { dtype, strides } = view;
  const out = allocate(dtype, elementCount(view.shape));
  const outStrides = rowMajorStrides(view.shape);

  async function gather(shape: readonly number[], from: number, to: number): Promise<void> {
    const span = spanOf(shape, strides);
    if (span === 0) return;
    // The dimension with the longest reach is halved until what is left lies close enough together.
    const reach = shape.map((size, axis) => (size - 1) * strides[axis]);
    const widest = reach.indexOf(Math.max(...reach));
    if (span * bytesPerElement[dtype] > LONGEST_SPAN_BYTES && shape[widest] > 1) {
      const size = shape[widest];
      const half = size >> 1;
      await gather(shape.with(widest, half), from, to);
      await gather(shape.with(widest, size - half), from + half * strides[widest], to + half * outStrides[widest]);
      return;
    }
    const array = dataFromBytes(dtype, await readElements(from, span));
    copyStrided(shape, { array, offset: 0, strides }, { array: out, offset: to, strides: outStrides });
  }

  await gather(view.shape, view.offset, 0);
  return new Tensor(dtype, view.shape, out);
}
