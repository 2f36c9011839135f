/**
 * Graphs: operators with shape inference, layers in 8-bit integers, and the bytes of an ONNX model.
 *
 * @module latentsync/onnx
 */
export { Graph, type ConvOptions, type Padding } from './graph.ts';
export type { Attribute, GraphCore, GraphNode, GraphParameter, Int8Parameter, Value } from './graph-core.ts';
export { symbolicDim, type Dim, type Shape, type SymbolicDim } from './dim.ts';
export type { ImageConvolution, Int8Layers } from './int8-layers.ts';
export type { Int8Weight } from './int8-weights.ts';
export { layerDTypes, type LayerDType } from './layer-dtype.ts';
export { writeModel, type OnnxModel, type WeightLocation } from './model-proto.ts';
export { Tensor, toFloat32, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
