// Gradients of normalization layers. GroupNorm is made of plain operators and needs no function of its own.
import type { Value } from '../../onnx/graph-core.ts';
import { numberAttribute, sumToShape, type VectorJacobianProduct } from './vector-jacobian-product.ts';

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
export const normalizationGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  LayerNormalization: layerNormalization,
};
