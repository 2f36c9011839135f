// Gradients of matrix products, linear layers and attention.
import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import {
  fixedShape,
  numberAttribute,
  sumToShape,
  type DifferentiatedNode,
  type VectorJacobianProduct,
} from './vector-jacobian-product.ts';

/** y = x·Wᵀ + b of a linear layer: dx = dy·W, dW = dyᵀ·x, db = the sum of dy's rows. */
const gemm: VectorJacobianProduct = ({ g, node, inputs, wanted }, [dy]) => {
  if (node.attributes.transB !== 1 || node.attributes.transA === 1) {
    throw new RangeError(`${node.name} has no gradient: only x·Wᵀ + b has.`);
  }
  const [x, weight, bias] = inputs;
  return [
    wanted[0] ? g.matmul(dy!, weight!) : undefined,
    wanted[1] ? g.matmul(dy!, x!, { transposeA: true }) : undefined,
    bias && wanted[2] ? sumToShape(g, dy!, bias.shape) : undefined,
  ];
};

/** y = α·A·B, with A or B transposed or not. */
const matmul: VectorJacobianProduct = (call, [dy]) => {
  const { g, node, inputs, wanted } = call;
  const [a, b] = [inputs[0]!, inputs[1]!];
  const transposeA = node.attributes.transA === 1;
  const transposeB = node.attributes.transB === 1;
  const alpha = numberAttribute(call, 'alpha', 1);
  const toA = (): Value =>
    transposeA
      ? g.matmul(b, dy!, { transposeA: transposeB, transposeB: true, alpha })
      : g.matmul(dy!, b, { transposeB: !transposeB, alpha });
  const toB = (): Value =>
    transposeB
      ? g.matmul(dy!, a, { transposeA: true, transposeB: transposeA, alpha })
      : g.matmul(a, dy!, { transposeA: !transposeA, alpha });
  return [wanted[0] ? sumToShape(g, toA(), a.shape) : undefined, wanted[1] ? sumToShape(g, toB(), b.shape) : undefined];
};

/**
 * The attention weights are recomputed, so that the forward pass can use the fused operator and need not keep them. With
 * P = softmax(s·Q·Kᵀ), O = P·V: dV = Pᵀ·dO, dS = P ∘ (dO·Vᵀ − rowsum(dO ∘ O)), dQ = s·dS·K, dK = s·dSᵀ·Q (Dao et al. 2022, B.4).
 */
const multiHeadAttention: VectorJacobianProduct = (call, [dy]) => {
  const { g, inputs, outputs, wanted } = call;
  const heads = numberAttribute(call, 'num_heads');
  const [query, key, value] = inputs.map((input) => splitHeads(g, input!, heads)); // [N, heads, S or L, d]
  const scale = 1 / Math.sqrt(fixedShape(query)[3]);
  const gradient = splitHeads(g, dy!, heads);
  const weights = g.softmax(g.matmul(query, key, { transposeB: true, alpha: scale })); // [N, heads, S, L]
  const dValue = wanted[2] ? g.matmul(weights, gradient, { transposeA: true }) : undefined;
  let [dQuery, dKey]: (Value | undefined)[] = [];
  if (wanted[0] || wanted[1]) {
    const rowSums = g.reduceSum(g.mul(gradient, splitHeads(g, outputs[0], heads)), [3]); // [N, heads, S, 1]
    const dWeights = g.matmul(gradient, value, { transposeB: true });
    const dScores = g.mul(weights, g.sub(dWeights, rowSums));
    dQuery = wanted[0] ? g.matmul(dScores, key, { alpha: scale }) : undefined;
    dKey = wanted[1] ? g.matmul(dScores, query, { transposeA: true, alpha: scale }) : undefined;
  }
  return [dQuery, dKey, dValue].map((part, index) => part && mergeHeads(g, part, call, index));
};

/** [N, S, heads·d] → [N, heads, S, d] */
function splitHeads(g: Graph, x: Value, heads: number): Value {
  const [batch, tokens, channels] = fixedShape(x);
  return g.transpose(g.reshape(x, [batch, tokens, heads, channels / heads]), [0, 2, 1, 3]);
}

/** [N, heads, S, d] → [N, S, heads·d] */
function mergeHeads(g: Graph, x: Value, { inputs }: DifferentiatedNode, index: number): Value {
  return g.reshape(g.transpose(x, [0, 2, 1, 3]), inputs[index]!.shape);
}

/** Gradients by operator. */
export const productGradients: Readonly<Record<string, VectorJacobianProduct>> = {
  Gemm: gemm,
  MatMul: matmul,
  FusedMatMul: matmul,
  MultiHeadAttention: multiHeadAttention,
};
