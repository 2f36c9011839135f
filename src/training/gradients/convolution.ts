// Gradients of convolutions over one, two and three axes, without groups or dilation.
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { fixedShape, intsAttribute, numberAttribute, type VectorJacobianProduct } from './vector-jacobian-product.ts';

interface Geometry {
  strides: readonly number[];
  /** All begins, then all ends. */
  padding: readonly number[];
  kernel: readonly number[];
}

const conv: VectorJacobianProduct = (call, [dy]) => {
  const { g, node, inputs, wanted } = call;
  const [x, weight, bias] = inputs;
  const geometry = {
    strides: intsAttribute(call, 'strides'),
    padding: intsAttribute(call, 'pads'),
    kernel: intsAttribute(call, 'kernel_shape'),
  };
  if (numberAttribute(call, 'group') !== 1 || intsAttribute(call, 'dilations').some((step) => step !== 1)) {
    throw new RangeError(`${node.name} has no gradient: convolutions with groups or dilation have none.`);
  }
  return [
    wanted[0] ? inputGradient(g, { x: x!, weight: weight!, dy: dy! }, geometry) : undefined,
    wanted[1] ? weightGradient(g, { x: x!, weight: weight!, dy: dy! }, geometry) : undefined,
    bias && wanted[2] ? biasGradient(g, dy!) : undefined,
  ];
};

/** The sum of each channel of [N, out, …] → [out]. */
function biasGradient(g: Graph, dy: Value): Value {
  const [images, channels, ...space] = fixedShape(dy);
  const pixels = space.reduce((product, size) => product * size, 1);
  return g.reshape(g.reduceSum(g.reshape(dy, [images, channels, pixels]), [0, 2]), [channels]);
}

/**
 * Without a stride, a convolution of dy with the kernel turned round, its input and output channels exchanged; with one, the
 * transposed convolution.
 */
function inputGradient(g: Graph, { x, weight, dy }: Operands, { strides, padding, kernel }: Geometry): Value {
  const rank = kernel.length;
  if (strides.some((stride) => stride !== 1)) {
    return g.convTranspose(dy, weight, fixedShape(x).slice(2), { stride: strides, padding });
  }
  let turned = g.transpose(weight, [1, 0, ...kernel.map((_, axis) => axis + 2)]); // [out, in, …] → [in, out, …]
  for (const [axis, size] of kernel.entries()) {
    if (size > 1)
      turned = g.gather(
        turned,
        Array.from({ length: size }, (_, i) => size - 1 - i),
        axis + 2,
      );
  }
  const turnedPadding = padding.map((width, index) => kernel[index % rank] - 1 - width);
  return g.conv(dy, turned, undefined, { padding: turnedPadding });
}

interface Operands {
  x: Value;
  weight: Value;
  dy: Value;
}

/**
 * dW[o, c, k] = Σ over images n and pixels p of dy[n, o, p]·x[n, c, p·stride + k]: the shifted inputs side by side (im2col) and
 * one product an image.
 */
function weightGradient(g: Graph, { x, weight, dy }: Operands, geometry: Geometry): Value {
  const [images, outChannels, ...outSize] = fixedShape(dy);
  const pixels = outSize.reduce((product, size) => product * size, 1);
  const columns = shiftedInputs(g, x, outSize, geometry); // [N, in, taps, pixels]
  const [, inChannels, taps] = fixedShape(columns);
  const products = g.matmul(
    g.reshape(dy, [images, outChannels, pixels]),
    g.reshape(columns, [images, inChannels * taps, pixels]),
    { transposeB: true },
  ); // [N, out, in·taps]
  return g.reshape(g.reduceSum(products, [0]), weight.shape);
}

/** [N, C, …] → [N, C, taps, pixels]: for every tap of the kernel, the inputs that it meets. */
function shiftedInputs(g: Graph, x: Value, outSize: readonly number[], { strides, padding, kernel }: Geometry): Value {
  const [images, channels] = fixedShape(x);
  const pixels = outSize.reduce((product, size) => product * size, 1);
  const rank = kernel.length;
  let padded = x;
  for (let axis = 0; axis < rank; axis++) {
    if (padding[axis] > 0 || padding[axis + rank] > 0)
      padded = g.padAxis(padded, axis + 2, padding[axis], padding[axis + rank]);
  }
  const taps: Value[] = [];
  const visit = (axis: number, part: Value): void => {
    if (axis === rank) {
      taps.push(g.reshape(part, [images, channels, 1, pixels]));
      return;
    }
    for (let offset = 0; offset < kernel[axis]; offset++) {
      const end = offset + (outSize[axis] - 1) * strides[axis] + 1;
      visit(axis + 1, g.slice(part, axis + 2, offset, end, strides[axis]));
    }
  };
  visit(0, padded);
  return taps.length === 1 ? taps[0] : g.concat(taps, 2);
}

/** Gradients by operator. */
export const convolutionGradients: Readonly<Record<string, VectorJacobianProduct>> = { Conv: conv };
