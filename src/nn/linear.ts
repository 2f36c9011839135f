// Linear: [rows, in] → [rows, out]. Activations of transformers stay two-dimensional: one row per token.
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Module, Parameter } from './module.ts';

/** x · weightᵀ + bias, on PyTorch's [out, in] weights. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) {
    super();
    this.weight = new Parameter([outFeatures, inFeatures]);
    this.bias = options.bias === false ? undefined : new Parameter([outFeatures]);
  }

  /**
   * [rows, in] → [rows, out]
   *
   * @param options.dtype - keeps the layer in float32 in an int8 graph.
   */
  forward(g: Graph, x: Value, options: { dtype?: 'float32' } = {}): Value {
    return g.gemm(x, this.weight.value(g), this.bias?.value(g), options);
  }
}
