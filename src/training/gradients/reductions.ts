// Gradients of sums, means, norms and softmax. A reduced gradient broadcasts to its input: it is not repeated here.
import { constantInts, fixedShape, numberAttribute, type VectorJacobianProduct } from './vector-jacobian-product.ts';

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

/** Gradients by operator. */
export const reductionGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  ReduceSum: (_, [dy]) => [dy],
  ReduceMean: reduceMean,
  ReduceSumSquare: ({ g, inputs }, [dy]) => [g.mul(inputs[0]!, g.mul(dy!, g.float(2)))],
  ReduceL2: ({ g, inputs, outputs }, [dy]) => [g.mul(inputs[0]!, g.div(dy!, outputs[0]))],
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
