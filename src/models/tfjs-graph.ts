// From a TensorFlow.js graph model to our Graph: images become [N,C,H,W] where TensorFlow has [N,H,W,C].
import type { TfjsGraphModel, TfjsNode } from '../checkpoint/tfjs-graph-model.ts';
import { fixedDim, type Dim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { allocate, Tensor } from '../tensor/tensor.ts';
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';

/** Returns the tensor with its axes in another order: axis i of the result is axis `perm[i]` of the tensor. */
function permuted(tensor: Tensor, perm: readonly number[]): Tensor {
  const { shape } = tensor;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const outShape = perm.map((axis) => shape[axis]);
  const data = allocate('float32', tensor.size);
  const index = new Array<number>(perm.length).fill(0);
  for (let to = 0; to < data.length; to++) {
    let from = 0;
    for (let axis = 0; axis < perm.length; axis++) from += index[axis] * strides[perm[axis]];
    data[to] = Number(tensor.data[from]);
    for (let axis = perm.length - 1; axis >= 0 && ++index[axis] === outShape[axis]; axis--) index[axis] = 0;
  }
  return Tensor.float32(outShape, data);
}

/** One operator call while it is translated. */
class OperatorCall {
  readonly g: Graph;
  readonly #model: TfjsGraphModel;
  readonly #node: TfjsNode;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(g: Graph, model: TfjsGraphModel, node: TfjsNode, values: ReadonlyMap<string, Value>) {
    this.g = g;
    this.#model = model;
    this.#node = node;
    this.#values = values;
  }

  unsupported(what: string): LatentSyncError {
    return new LatentSyncError(
      'checkpoint-corrupt',
      wording`${this.#model.name} has a node "${this.#node.name}" (${this.#node.operator}) with ${what}, which is not supported.`,
      { remedy: 'Use the model file that comes with this package.' },
    );
  }

  get inputCount(): number {
    return this.#node.inputs.length;
  }

  /** A value that other nodes compute; images are [N,C,H,W]. */
  value(index: number): Value {
    const value = this.#values.get(this.#node.inputs[index]);
    if (!value) throw this.unsupported(`input ${index} that is constant or missing`);
    return value;
  }

  /** A constant as stored, which must have as many dimensions as said. */
  weight(index: number, rank: number): Tensor {
    const weight = this.#model.weights.get(this.#node.inputs[index]);
    if (weight?.shape.length !== rank)
      throw this.unsupported(`input ${index} that is not a constant of ${rank} dimensions`);
    return weight;
  }

  /** A constant list of whole numbers. */
  integers(index: number, rank: number): number[] {
    return Array.from(this.weight(index, rank).data, Number);
  }

  /** A constant number. */
  number(index: number): number {
    return Number(this.weight(index, 0).data[0]);
  }

  flag(attribute: string): boolean {
    return this.#node.attributes.get(attribute) === true;
  }

  text(attribute: string): string {
    const value = this.#node.attributes.get(attribute);
    return typeof value === 'string' ? value : '';
  }

  texts(attribute: string): readonly string[] {
    const value = this.#node.attributes.get(attribute);
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** An attribute with one number for each of N, H, W, C, of which N and C must be 1: [height, width]. */
  spatial(attribute: string): readonly [number, number] {
    const value = this.#node.attributes.get(attribute);
    const [batch, height, width, channels] = Array.isArray(value) ? value.map(Number) : [];
    if (batch !== 1 || channels !== 1 || !(height > 0) || !(width > 0)) throw this.unsupported(`this "${attribute}"`);
    return [height, width];
  }

  /**
   * The zeros that TensorFlow's `SAME` and `VALID` stand for: [top, left, bottom, right]; `SAME` keeps ceil(size / stride)
   * positions and puts the odd zero at the end.
   */
  padding(x: Value, kernel: readonly number[], stride: readonly number[], dilation: readonly number[]): number[] {
    const mode = this.text('padding');
    if (mode === 'VALID') return [0, 0, 0, 0];
    if (mode !== 'SAME') throw this.unsupported(`padding "${mode}"`);
    const totals = [0, 1].map((axis) => {
      const size = fixedDim(x.shape[axis + 2], 'The image size');
      const covered = (Math.ceil(size / stride[axis]) - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
      return Math.max(0, covered - size);
    });
    const begins = totals.map((total) => Math.floor(total / 2));
    return [...begins, ...totals.map((total, axis) => total - begins[axis])];
  }
}

function checkImageLayout(call: OperatorCall): void {
  const format = call.text('data_format');
  if (format !== 'NHWC') throw call.unsupported(`data format "${format}"`);
}

/** The slope of PRelu: [1,1,C] or [H,W,C] → [C,H,W]. */
function prelu(call: OperatorCall, x: Value, index: number): Value {
  return call.g.prelu(x, call.g.constant(permuted(call.weight(index, 3), [2, 0, 1])));
}

function convolve(call: OperatorCall, weight: Tensor, bias: Tensor | undefined, groups: number): Value {
  checkImageLayout(call);
  const { g } = call;
  const x = call.value(0);
  const stride = call.spatial('strides');
  const dilation = call.spatial('dilations');
  const padding = call.padding(x, weight.shape.slice(2), stride, dilation);
  return g.conv(x, g.constant(weight), bias && g.constant(bias), { stride, dilation, padding, groups });
}

/** A convolution, a bias, and then the activation that its `fused_ops` name. */
function fusedConv2d(call: OperatorCall): Value {
  const [first, activation, ...more] = call.texts('fused_ops');
  if (first !== 'BiasAdd' || more.length > 0) throw call.unsupported('these fused_ops');
  const weight = permuted(call.weight(1, 4), [3, 2, 0, 1]); // [kh,kw,in,out] → [out,in,kh,kw]
  const x = convolve(call, weight, call.weight(2, 1), 1);
  switch (activation as string | undefined) {
    case undefined:
      return x;
    case 'Relu':
      return call.g.relu(x);
    case 'Prelu':
      return prelu(call, x, 3);
    default:
      throw call.unsupported(`the fused activation "${activation}"`);
  }
}

function depthwiseConv2d(call: OperatorCall): Value {
  const stored = call.weight(1, 4);
  const [height, width, channels, multiplier] = stored.shape;
  const weight = permuted(stored, [2, 3, 0, 1]).reshape([channels * multiplier, 1, height, width]); // [kh,kw,C,M] → [C·M,1,kh,kw]
  return convolve(call, weight, undefined, channels);
}

function maxPool(call: OperatorCall): Value {
  checkImageLayout(call);
  const x = call.value(0);
  const kernel = call.spatial('ksize');
  const stride = call.spatial('strides');
  return call.g.maxPool(x, kernel, { stride, padding: call.padding(x, kernel, stride, [1, 1]) });
}

function pad(call: OperatorCall): Value {
  if (call.weight(1, 2).size !== 8) throw call.unsupported('an input that is not an image');
  const [nBefore, nAfter, top, bottom, left, right, before, after] = call.integers(1, 2);
  if (nBefore + nAfter + before > 0) throw call.unsupported('padding before the channels or of the batch');
  let x = call.value(0);
  if (top + bottom + left + right > 0) x = call.g.pad(x, [top, left, bottom, right]);
  return after > 0 ? call.g.padAxis(x, 1, 0, after) : x;
}

function reshape(call: OperatorCall): Value {
  const { g } = call;
  const x = call.value(0);
  const target = call.integers(1, 1);
  if (target.length === 4) throw call.unsupported('an image as its result');
  const ordered = x.shape.length === 4 ? g.transpose(x, [0, 2, 3, 1]) : x; // [N,C,H,W] → [N,H,W,C]
  const known = target.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const count = ordered.shape.reduce<number>((product, dim: Dim) => product * fixedDim(dim, 'The reshaped size'), 1);
  return g.reshape(
    ordered,
    target.map((size) => (size === -1 ? count / known : size)),
  );
}

function conv2d(call: OperatorCall): Value {
  return convolve(call, permuted(call.weight(1, 4), [3, 2, 0, 1]), undefined, 1); // [kh,kw,in,out] → [out,in,kh,kw]
}

/** A constant number for each channel of an image: [C] → [C,1,1]. */
function perChannel(call: OperatorCall, index: number): Value {
  const numbers = call.weight(index, 1);
  return call.g.constant(numbers.reshape([numbers.size, 1, 1]));
}

/** The mean of an image over its height and width: [N,C,H,W] → [N,C]. */
function mean(call: OperatorCall): Value {
  const axes = call.integers(1, 1);
  if (axes.join() !== '1,2' || call.flag('keep_dims')) throw call.unsupported('other axes than height and width');
  const x = call.value(0);
  return call.g.reshape(call.g.reduceMean(x, [2, 3]), x.shape.slice(0, 2));
}

const translations: ReadonlyMap<string, (call: OperatorCall) => Value> = new Map([
  ['_FusedConv2D', fusedConv2d],
  ['Conv2D', conv2d],
  ['DepthwiseConv2dNative', depthwiseConv2d],
  ['MaxPool', maxPool],
  ['Pad', pad],
  ['Reshape', reshape],
  ['Add', (call) => call.g.add(call.value(0), perChannel(call, 1))],
  ['Mul', (call) => call.g.mul(call.value(0), perChannel(call, 1))],
  ['Minimum', (call) => call.g.clip(call.value(0), -Infinity, call.number(1))],
  ['Maximum', (call) => call.g.clip(call.value(0), call.number(1), Infinity)],
  ['Mean', mean],
  ['AddV2', (call) => call.g.add(call.value(0), call.value(1))],
  ['Relu', (call) => call.g.relu(call.value(0))],
  ['Prelu', (call) => prelu(call, call.value(0), 1)],
  ['Sigmoid', (call) => call.g.sigmoid(call.value(0))],
  ['Identity', (call) => call.value(0)],
]);

/** Returns the nodes that the outputs need, inputs of the network excluded, in execution order. */
function neededNodes(model: TfjsGraphModel, outputs: readonly string[]): TfjsNode[] {
  const needed = new Set(outputs);
  const found: TfjsNode[] = [];
  for (const node of model.nodes.toReversed()) {
    if (!needed.has(node.name)) continue;
    found.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return found.reverse();
}

/**
 * Appends a TensorFlow.js network to a graph.
 *
 * @param inputs - the values that stand for the network's placeholders; images [N,C,H,W] with fixed sizes.
 * @param outputs - names of nodes; nodes that none of them needs are left out.
 * @returns the values of `outputs` in their order.
 * @throws LatentSyncError `checkpoint-corrupt` when the network is not what the operators here cover, or lacks an output.
 */
export function appendTfjsGraph(
  g: Graph,
  model: TfjsGraphModel,
  inputs: ReadonlyMap<string, Value>,
  outputs: readonly string[],
): Value[] {
  const values = new Map(inputs);
  for (const node of neededNodes(model, outputs)) {
    if (node.operator === 'Const' || values.has(node.name)) continue;
    const call = new OperatorCall(g, model, node, values);
    const translate = translations.get(node.operator);
    if (!translate) throw call.unsupported('an unknown operator');
    try {
      values.set(node.name, translate(call));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw call.unsupported(`sizes that do not fit (${error.message})`);
    }
  }
  return outputs.map((name) => {
    const value = values.get(name);
    if (!value)
      throw new LatentSyncError('checkpoint-corrupt', wording`${model.name} has no output named "${name}".`, {
        remedy: 'Use the model file that comes with this package.',
      });
    return value;
  });
}
