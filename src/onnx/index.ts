/**
 * Graphs: operators with shape inference, int8 linear layers, and the bytes of an ONNX model.
 *
 * @module latentsync/onnx
 */
export { Graph, type ConvOptions, type Padding } from './graph.ts';
export type { Attribute, GraphCore, GraphNode, GraphParameter, Value } from './graph-core.ts';
export { symbolicDim, type Dim, type Shape, type SymbolicDim } from './dim.ts';
export { layerDTypes, type LayerDType } from './layer-dtype.ts';
export { writeModel, type OnnxModel, type WeightLocation } from './model-proto.ts';
export { Tensor, toFloat32, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
