// Gradients of operators that move values without changing them.
import type { Value } from '../../onnx/graph-core.ts';
import { shownValue } from '../../util/printable.ts';
import {
  constantInts,
  fixedShape,
  intsAttribute,
  numberAttribute,
  sumToShape,
  type VectorJacobianProduct,
} from './vector-jacobian-product.ts';

const transpose: VectorJacobianProduct = (call, [dy]) => {
  const perm = intsAttribute(call, 'perm');
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [call.g.transpose(dy!, inverse)];
};

const concat: VectorJacobianProduct = (call, [dy]) => {
  const axis = numberAttribute(call, 'axis');
  const sizes = call.inputs.map((input) => fixedShape(input!)[axis]);
  let start = 0;
  return sizes.map((size, index) => {
    start += size;
    return call.wanted[index] ? call.g.slice(dy!, axis, start - size, start) : undefined;
  });
};

const split: VectorJacobianProduct = (call, gradients) => {
  const { g, outputs } = call;
  const parts = gradients.map((gradient, index) => gradient ?? g.expand(g.float(0), fixedShape(outputs[index])));
  return [g.concat(parts, numberAttribute(call, 'axis')), undefined];
};

const slice: VectorJacobianProduct = (call, [dy]) => {
  const [start] = constantInts(call, 1);
  const [axis] = constantInts(call, 3);
  const size = fixedShape(call.inputs[0]!)[axis];
  return [call.g.padAxis(dy!, axis, start, size - start - fixedShape(dy!)[axis])];
};

const pad: VectorJacobianProduct = (call, [dy]) => {
  const widths = constantInts(call, 1);
  let gradient: Value = dy!;
  for (const [axis, size] of fixedShape(call.inputs[0]!).entries()) {
    if (fixedShape(gradient)[axis] !== size) gradient = call.g.slice(gradient, axis, widths[axis], widths[axis] + size);
  }
  return [gradient];
};

/** Of a picture enlarged by whole factors: each pixel gets the sum over the block that it was repeated in. */
const resize: VectorJacobianProduct = (call, [dy]) => {
  const { g, node, inputs } = call;
  const [images, channels, height, width] = fixedShape(inputs[0]!);
  const [, , outHeight, outWidth] = fixedShape(dy!);
  if (node.attributes.mode !== 'nearest' || outHeight % height !== 0 || outWidth % width !== 0) {
    throw new RangeError(
      `${node.name} has no gradient: only enlarging by whole factors with "nearest" has ` +
        `(got ${shownValue(node.attributes.mode)} from ${height}×${width} to ${outHeight}×${outWidth}).`,
    );
  }
  const blocks = [images, channels, height, outHeight / height, width, outWidth / width];
  return [g.reshape(g.reduceSum(g.reshape(dy!, blocks), [3, 5]), inputs[0]!.shape)];
};

/** [N, b², C, H, W] → [N, C, H, b, W, b] */
const depthToSpace: VectorJacobianProduct = (call, [dy]) => {
  const { g, inputs } = call;
  const block = numberAttribute(call, 'blocksize');
  const [images, channels, height, width] = fixedShape(inputs[0]!);
  const blocks = g.reshape(dy!, [images, channels / block ** 2, height, block, width, block]);
  return [g.reshape(g.transpose(blocks, [0, 3, 5, 1, 2, 4]), inputs[0]!.shape)];
};

/** Gradients by operator. */
export const layoutGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  Reshape: ({ g, inputs }, [dy]) => [g.reshape(dy!, inputs[0]!.shape)],
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: ({ g, inputs }, [dy]) => [sumToShape(g, dy!, inputs[0]!.shape)],
  Resize: resize,
  DepthToSpace: depthToSpace,
};
