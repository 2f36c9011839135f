// Writes a graph as an ONNX file (onnx.proto3, IR version 9); weights stay where they are, as external data.
import { bytesPerElement, elementCount, type DType, type Tensor } from '../tensor/tensor.ts';
import { formatDim, type Shape } from './dim.ts';
import type { Attribute, GraphCore, GraphNode, Value } from './graph-core.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Version of ONNX's own operator set that the graphs use. */
const OPSET_VERSION = 20;

const IR_VERSION = 9;

const elementTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** Where a parameter's bytes are: a range of a file, or a buffer that travels with the model. */
export type WeightLocation =
  | { readonly dtype: DType; readonly file: string; readonly offset: number; readonly length: number }
  | { readonly dtype: DType; readonly data: Uint8Array };

/** A model ready for a runtime: the graph's bytes, and the buffers it names as external data. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Buffers for external data that is not in a file, by the name used in the graph. */
  readonly buffers: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Folder in which the files named as external data lie; undefined when all data is in buffers. */
  readonly directory: string | undefined;
}

/** Weights below this size are written into the graph itself. */
const INLINE_BYTES = 1024;

function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === 'string') return proto.string(4, value).int(20, 3);
  if (typeof value === 'number') {
    return Number.isInteger(value) ? proto.int(3, value).int(20, 2) : proto.float(2, value).int(20, 1);
  }
  if ('float' in value) return proto.float(2, value.float).int(20, 1);
  for (const item of value) proto.int(8, item);
  return proto.int(20, 7);
}

function nodeProto(node: GraphNode): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of node.inputs) proto.string(1, input);
  for (const output of node.outputs) proto.string(2, output);
  proto.string(3, node.name).string(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) proto.message(5, attributeProto(name, value));
  if (node.domain !== '') proto.string(7, node.domain);
  return proto;
}

function valueInfoProto(value: Value): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dim of value.shape) {
    const dimension = new ProtobufWriter();
    if (typeof dim === 'number') dimension.int(1, dim);
    else dimension.string(2, formatDim(dim));
    shape.message(1, dimension);
  }
  const tensorType = new ProtobufWriter().int(1, elementTypes[value.dtype]).message(2, shape);
  return new ProtobufWriter().string(1, value.name).message(2, new ProtobufWriter().message(1, tensorType));
}

function tensorProto(name: string, dtype: DType, shape: Shape): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dim of shape) proto.int(1, Number(dim));
  return proto.int(2, elementTypes[dtype]).string(8, name);
}

function externalTensorProto(
  name: string,
  shape: Shape,
  { dtype, file, offset, length }: { dtype: DType; file: string; offset: number; length: number },
): ProtobufWriter {
  const entry = (key: string, value: string): ProtobufWriter => new ProtobufWriter().string(1, key).string(2, value);
  return tensorProto(name, dtype, shape)
    .message(13, entry('location', file))
    .message(13, entry('offset', String(offset)))
    .message(13, entry('length', String(length)))
    .int(14, 1);
}

function inlineTensorProto(name: string, tensor: Tensor): ProtobufWriter {
  return tensorProto(name, tensor.dtype, tensor.shape).bytes(9, tensor.bytes);
}

/** Returns where part of a tensor is. */
function part(location: WeightLocation, firstElement: number, count: number): WeightLocation {
  const size = bytesPerElement[location.dtype];
  const [start, length] = [firstElement * size, count * size];
  if ('file' in location) return { ...location, offset: location.offset + start, length };
  return { ...location, data: location.data.subarray(start, start + length) };
}

/**
 * Returns the graph as an ONNX model.
 *
 * Parameters stored in another dtype than the graph's get a Cast, which ONNX Runtime folds when it loads the model.
 *
 * @param locate - tells where the bytes of a checkpoint key are.
 * @param directory - the folder of the files that `locate` names.
 */
export function writeModel(graph: GraphCore, locate: (key: string) => WeightLocation, directory?: string): OnnxModel {
  const buffers = new Map<string, Uint8Array>();
  const initializers: ProtobufWriter[] = [];
  const casts: ProtobufWriter[] = [];
  // ONNX Runtime takes external data from files or from buffers, not from both.
  const located = graph.readParameters().map(([name, parameter]) => ({
    ...parameter,
    name,
    whole: locate(parameter.key),
  }));
  const inline = located.some(({ whole }) => 'file' in whole);
  for (const [name, tensor] of graph.constants) initializers.push(inlineTensorProto(name, tensor));
  for (const { name, dtype, shape, firstElement, whole } of located) {
    const location = part(whole, firstElement, elementCount(shape));
    const stored = location.dtype === dtype ? name : `${name}:${location.dtype}`;
    if (stored !== name) {
      casts.push(
        nodeProto({
          operator: 'Cast',
          domain: '',
          name: `${name}:cast`,
          inputs: [stored],
          outputs: [name],
          attributes: { to: elementTypes[dtype] },
        }),
      );
    }
    if ('file' in location) {
      initializers.push(externalTensorProto(stored, shape, location));
    } else if (inline || location.data.byteLength <= INLINE_BYTES) {
      initializers.push(tensorProto(stored, location.dtype, shape).bytes(9, location.data));
    } else {
      buffers.set(name, location.data);
      initializers.push(
        externalTensorProto(stored, shape, {
          dtype: location.dtype,
          file: name,
          offset: 0,
          length: location.data.byteLength,
        }),
      );
    }
  }
  const proto = new ProtobufWriter();
  for (const cast of casts) proto.message(1, cast);
  for (const node of graph.nodes) proto.message(1, nodeProto(node));
  proto.string(2, 'latentsync');
  for (const initializer of initializers) proto.message(5, initializer);
  for (const input of graph.inputs) proto.message(11, valueInfoProto(input));
  for (const output of graph.outputs) proto.message(12, valueInfoProto(output));
  const opset = (domain: string, version: number): ProtobufWriter =>
    new ProtobufWriter().string(1, domain).int(2, version);
  const bytes = new ProtobufWriter()
    .int(1, IR_VERSION)
    .string(2, 'latentsync')
    .message(7, proto)
    .message(8, opset('', OPSET_VERSION))
    .message(8, opset('com.microsoft', 1))
    .finish();
  return { bytes, buffers: [...buffers].map(([path, data]) => ({ path, data })), directory };
}
