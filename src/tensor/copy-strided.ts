// Copies boxes of elements between flat arrays: what transposing, joining, slicing and reading PyTorch's views have in common.
import { checkInteger } from '../util/assert.ts';

/** Where the elements of a box lie in a flat array; offset and strides are in elements. */
export interface StridedElements {
  readonly array: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };
  /** Where the box's first element lies. */
  readonly offset: number;
  /** How far apart neighbors along each axis lie. */
  readonly strides: readonly number[];
}

/** Elements as integers, which copy every bit pattern as it is. */
type Words = Uint8Array | Uint16Array | Int32Array;

interface StridedAxis {
  size: number;
  to: number;
  from: number;
}

/** Below this many elements, copying one by one is faster than creating a view to copy in bulk. */
const SHORTEST_RUN = 32;

/** Returns the strides of a contiguous array, its last axis the fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * Copies the elements of a box of this shape, bit by bit. Both arrays have elements of the same size.
 *
 * @throws RangeError when the elements differ in size.
 */
export function copyStrided(shape: readonly number[], from: StridedElements, to: StridedElements): void {
  const bytes = from.array.BYTES_PER_ELEMENT;
  checkInteger('to.array.BYTES_PER_ELEMENT', to.array.BYTES_PER_ELEMENT, bytes, bytes);
  if (shape.includes(0)) return;
  const wordsPerElement = bytes === 8 ? 2 : 1;
  const axes = joinedAxes(
    shape.map((size, axis) => ({
      size,
      to: to.strides[axis] * wordsPerElement,
      from: from.strides[axis] * wordsPerElement,
    })),
    wordsPerElement,
  );
  const source = wordsOf(from.array);
  const target = wordsOf(to.array);

  const copyAxis = (depth: number, toIndex: number, fromIndex: number): void => {
    const axis = axes[depth];
    if (depth === axes.length - 1) {
      copyRow(axis, source, fromIndex, target, toIndex);
      return;
    }
    for (let i = 0; i < axis.size; i++) copyAxis(depth + 1, toIndex + i * axis.to, fromIndex + i * axis.from);
  };
  copyAxis(0, to.offset * wordsPerElement, from.offset * wordsPerElement);
}

/** Axes without those of one element, where neighbors that both arrays hold one after the other are one; at least one. */
function joinedAxes(axes: readonly StridedAxis[], wordsPerElement: number): StridedAxis[] {
  const joined: StridedAxis[] = [];
  for (const axis of [...axes, { size: wordsPerElement, to: 1, from: 1 }]) {
    if (axis.size === 1) continue;
    const outer = joined.at(-1);
    if (outer && outer.to === axis.size * axis.to && outer.from === axis.size * axis.from) {
      joined[joined.length - 1] = { ...axis, size: outer.size * axis.size };
    } else joined.push(axis);
  }
  return joined.length > 0 ? joined : [{ size: 1, to: 1, from: 1 }];
}

function copyRow(
  { size, to: toStep, from: fromStep }: StridedAxis,
  source: Words,
  fromIndex: number,
  target: Words,
  toIndex: number,
): void {
  if (toStep === 1 && fromStep === 1 && size >= SHORTEST_RUN) {
    target.set(source.subarray(fromIndex, fromIndex + size), toIndex);
    return;
  }
  for (let i = 0; i < size; i++) target[toIndex + i * toStep] = source[fromIndex + i * fromStep];
}

function wordsOf({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: bytes }: StridedElements['array']): Words {
  if (bytes === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (bytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}
