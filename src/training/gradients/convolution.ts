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
 * Without a stride, a convolution of dy with the kernel flipped and its input and output channels exchanged; with one, the
 * transposed convolution.
 */
function inputGradient(g: Graph, { x, weight, dy }: Operands, { strides, padding, kernel }: Geometry): Value {
  const rank = kernel.length;
  if (strides.some((stride) => stride !== 1)) {
    return g.convTranspose(dy, weight, fixedShape(x).slice(2), { stride: strides, padding });
  }
  const taps = kernel.reduce((product, size) => product * size, 1);
  const [outChannels, inChannels] = fixedShape(weight);
  const flat = g.reshape(weight, [outChannels, inChannels, taps]);
  const reversed =
    taps === 1
      ? flat
      : g.gather(
          flat,
          Array.from({ length: taps }, (_, i) => taps - 1 - i),
          2,
        );
  const turned = g.reshape(g.transpose(reversed, [1, 0, 2]), [inChannels, outChannels, ...kernel]);
  const turnedPadding = padding.map((width, index) => kernel[index % rank] - 1 - width);
  return g.conv(dy, turned, undefined, { padding: turnedPadding });
}

interface Operands {
  x: Value;
  weight: Value;
  dy: Value;
}

/**
 * dW[o, c, k] = Σ over images n and pixels p of dy[n, o, p]·x[n, c, p·stride + k].
 *
 * Images and pixels form one axis, with the zeros around the images, so that the inputs that a tap of the kernel meets are one
 * range of that axis. Stacking the ranges (im2col) and multiplying by dy gives all taps in one product.
 */
function weightGradient(g: Graph, { x, weight, dy }: Operands, { strides, padding, kernel }: Geometry): Value {
  const rank = kernel.length;
  const spatial = kernel.map((_, axis) => axis + 2);
  const [images, inChannels, ...inSize] = fixedShape(x);
  const outChannels = fixedShape(dy)[1];
  const size = inSize.map((extent, axis) => extent + padding[axis] + padding[axis + rank]);
  const length = size.reduce((product, extent) => product * extent, images);

  let padded = x;
  for (const axis of spatial) padded = fitAxis(g, padded, axis, padding[axis - 2], size[axis - 2]);
  const inputs = g.reshape(g.transpose(padded, [1, 0, ...spatial]), [inChannels, length]); // [N, in, …] → [in, N·…]
  let placed = dy;
  for (const axis of spatial)
    placed = fitAxis(g, spreadAxis(g, placed, axis, strides[axis - 2]), axis, 0, size[axis - 2]);
  const gradients = g.reshape(g.transpose(placed, [0, ...spatial, 1]), [length, outChannels]); // [N, out, …] → [N·…, out]

  let shifts = [0];
  for (const [axis, extent] of kernel.entries()) {
    const pitch = size.slice(axis + 1).reduce((product, inner) => product * inner, 1);
    shifts = shifts.flatMap((shift) => Array.from({ length: extent }, (_, offset) => shift + offset * pitch));
  }
  const rows = length - shifts.at(-1)!; // beyond them dy is zero
  const columns = shifts.map((shift) => g.slice(inputs, 1, shift, shift + rows));
  const products = g.matmul(concatAll(g, columns), g.slice(gradients, 0, 0, rows)); // [taps·in, out]
  const byTap = g.reshape(products, [shifts.length, inChannels, outChannels]);
  return g.reshape(g.transpose(byTap, [2, 1, 0]), weight.shape);
}

function concatAll(g: Graph, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0] : g.concat(parts, 0);
}

/** An axis with zeros before it, and cut or filled up to a size. */
function fitAxis(g: Graph, x: Value, axis: number, before: number, size: number): Value {
  const after = size - before - fixedShape(x)[axis];
  if (after < 0) return fitAxis(g, g.slice(x, axis, 0, size - before), axis, before, size);
  return before === 0 && after === 0 ? x : g.padAxis(x, axis, before, after);
}

/** An axis with step − 1 zeros after each of its entries. */
function spreadAxis(g: Graph, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const shape = fixedShape(x);
  const spread = g.padAxis(g.reshape(x, shape.toSpliced(axis + 1, 0, 1)), axis + 1, 0, step - 1);
  return g.reshape(spread, shape.with(axis, shape[axis] * step));
}

/** Gradients by operator. */
export const convolutionGradients: Readonly<Record<string, VectorJacobianProduct>> = { Conv: conv };
