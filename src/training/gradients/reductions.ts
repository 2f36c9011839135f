// Gradients of sums, means, norms, softmax and layer normalization; GroupNorm is made of plain operators. A reduced gradient broadcasts
// to its input: it is not repeated here.
import type { Value } from '../../onnx/graph-core.ts';
import {
  constantInts,
  fixedShape,
  numberAttribute,
  sumToShape,
  type VectorJacobianProduct,
} from './vector-jacobian-product.ts';

const reduceMean: VectorJacobianProduct = (call, [dy]) => {
  const { g, inputs } = call;
  const shape = fixedShape(inputs[0]!);
  const count = constantInts(call, 1).reduce((product, axis) => product * shape[axis], 1);
  return [g.mul(dy!, g.float(1 / count))];
};

const softmax: VectorJacobianProduct = (call, [dy]) => {
  const { g, outputs } = call;
  const y = outputs[0];
  const axis = numberAttribute(call, 'axis');
  return [g.mul(y, g.sub(dy!, g.reduceSum(g.mul(dy!, y), [axis])))];
};

const logSoftmax: VectorJacobianProduct = (call, [dy]) => {
  const { g, outputs } = call;
  return [g.sub(dy!, g.mul(g.exp(outputs[0]), g.reduceSum(dy!, [numberAttribute(call, 'axis')])))];
};

/** With x̂ the normalized row, h = dy·w and 1/σ: dx = (h − mean(h) − x̂·mean(h·x̂)) / σ (Ba et al. 2016). */
const layerNormalization: VectorJacobianProduct = (call, [dy]) => {
  const { g, inputs, wanted } = call;
  const [x, weight, bias] = inputs;
  const { normalized, inverseDeviation } = g.standardize(x!, numberAttribute(call, 'epsilon'));
  const last = [x!.shape.length - 1];
  let dx: Value | undefined;
  if (wanted[0]) {
    const h = g.mul(dy!, weight!);
    const along = g.mul(normalized, g.reduceMean(g.mul(h, normalized), last));
    dx = g.mul(g.sub(g.sub(h, g.reduceMean(h, last)), along), inverseDeviation);
  }
  return [
    dx,
    wanted[1] ? sumToShape(g, g.mul(dy!, normalized), weight!.shape) : undefined,
    bias && wanted[2] ? sumToShape(g, dy!, bias.shape) : undefined,
  ];
};

/** Gradients by operator. */
export const reductionGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  ReduceSum: (_, [dy]) => [dy],
  ReduceMean: reduceMean,
  ReduceSumSquare: ({ g, inputs }, [dy]) => [g.mul(inputs[0]!, g.mul(dy!, g.float(2)))],
  ReduceL2: ({ g, inputs, outputs }, [dy]) => [g.mul(inputs[0]!, g.div(dy!, outputs[0]))],
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
};
