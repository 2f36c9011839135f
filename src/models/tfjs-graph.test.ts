import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TfjsAttribute, TfjsGraphModel, TfjsNode } from '../checkpoint/tfjs-graph-model.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { createRuntime, type ProcessRuntime } from '../runtime/child-process-runtime-node.ts';

import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { hashed } from './hashed-weights.ts';
import { appendTfjsGraph } from './tfjs-graph.ts';

let runtime: ProcessRuntime;
beforeAll(() => {
  runtime = createRuntime({ threads: 1 });
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

function node(
  name: string,
  operator: string,
  inputs: string[],
  attributes: Record<string, TfjsAttribute> = {},
): TfjsNode {
  return { name, operator, inputs, attributes: new Map(Object.entries(attributes)) };
}

function network(nodes: TfjsNode[], weights: Record<string, Tensor>): TfjsGraphModel {
  const constants = Object.keys(weights).map((name) => node(name, 'Const', []));
  return {
    name: 'net',
    nodes: [node('x', 'Placeholder', []), ...constants, ...nodes],
    weights: new Map(Object.entries(weights)),
  };
}

/** Runs a network on an image given as TensorFlow has it, [1,H,W,C]; returns the output as our graph has it. */
async function run(model: TfjsGraphModel, image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const g = new Graph();
  const input = g.transpose(g.input('x', image.shape), [0, 3, 1, 2]);
  const [out] = appendTfjsGraph(g, model, new Map([['x', input]]), ['out']);
  const isImage = out.shape.length === 4;
  g.output('y', isImage ? g.transpose(out, [0, 2, 3, 1]) : out);
  await using session = await runtime.createSession(
    writeModel(g, (key) => ({ dtype: 'float32', data: new Uint8Array(key.length) })),
  );
  const { y } = await session.run({ x: image });
  return toFloat32(y);
}

/** TensorFlow's convolution with `SAME` padding, written out: [1,H,W,C] with kernel [kh,kw,C,out]. */
function convolveSame(image: Tensor<'float32'>, kernel: Tensor<'float32'>, stride: number): Tensor<'float32'> {
  const [, height, width, channels] = image.shape;
  const [kernelHeight, kernelWidth, , outChannels] = kernel.shape;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const top = Math.floor(Math.max(0, (outHeight - 1) * stride + kernelHeight - height) / 2);
  const left = Math.floor(Math.max(0, (outWidth - 1) * stride + kernelWidth - width) / 2);
  const out = Tensor.float32([1, outHeight, outWidth, outChannels]);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let o = 0; o < outChannels; o++) {
        let sum = 0;
        for (let i = 0; i < kernelHeight; i++) {
          for (let j = 0; j < kernelWidth; j++) {
            const [row, column] = [y * stride + i - top, x * stride + j - left];
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let c = 0; c < channels; c++) {
              const weight = kernel.data[((i * kernelWidth + j) * channels + c) * outChannels + o];
              sum += image.data[(row * width + column) * channels + c] * weight;
            }
          }
        }
        out.data[(y * outWidth + x) * outChannels + o] = sum;
      }
    }
  }
  return out;
}

const convolution = { data_format: 'NHWC', padding: 'SAME', dilations: [1, 1, 1, 1] };
const same2 = { ...convolution, strides: [1, 2, 2, 1] };

function expectClose(actual: Tensor<'float32'>, expected: ArrayLike<number>): void {
  expect(actual.size).toBe(expected.length);
  Array.from(expected).forEach((value, i) => {
    expect(actual.data[i]).toBeCloseTo(value, 5);
  });
}

describe('appendTfjsGraph', () => {
  const image = hashed('tfjs.image', [1, 6, 8, 3]);

  it('pads an even image at its end when a convolution has stride 2', async () => {
    const kernel = hashed('tfjs.kernel', [3, 3, 3, 5]);
    const bias = hashed('tfjs.bias', [5]);
    const conv = node('out', '_FusedConv2D', ['x', 'kernel', 'bias'], { ...same2, fused_ops: ['BiasAdd'] });
    const actual = await run(network([conv], { kernel, bias }), image);
    const expected = convolveSame(image, kernel, 2);
    expect(actual.shape).toEqual([1, 3, 4, 5]);
    expectClose(
      actual,
      expected.data.map((value, i) => value + bias.data[i % 5]),
    );
  });

  it('applies a fused PRelu with one slope a channel', async () => {
    const kernel = hashed('tfjs.kernel', [1, 1, 3, 5]);
    const bias = Tensor.float32([5]);
    const slope = hashed('tfjs.slope', [1, 1, 5]);
    const conv = node('out', '_FusedConv2D', ['x', 'kernel', 'bias', 'slope'], {
      ...convolution,
      strides: [1, 1, 1, 1],
      fused_ops: ['BiasAdd', 'Prelu'],
    });
    const actual = await run(network([conv], { kernel, bias, slope }), image);
    const linear = convolveSame(image, kernel, 1).data;
    expectClose(
      actual,
      linear.map((value, i) => (value >= 0 ? value : value * slope.data[i % 5])),
    );
  });

  it('convolves each channel by itself', async () => {
    const kernel = hashed('tfjs.depthwise', [3, 3, 3, 1]);
    const conv = node('out', 'DepthwiseConv2dNative', ['x', 'kernel'], { ...convolution, strides: [1, 1, 1, 1] });
    const actual = await run(network([conv], { kernel }), image);
    // The same as a full convolution whose kernel is zero between different channels.
    const full = Tensor.float32([3, 3, 3, 3]);
    kernel.data.forEach((value, i) => (full.data[i * 3 + (i % 3)] = value));
    expectClose(actual, convolveSame(image, full, 1).data);
  });

  it('pools, pads channels, adds and rectifies', async () => {
    const paddings = new Tensor('int32', [4, 2], Int32Array.of(0, 0, 0, 0, 0, 0, 0, 2));
    const model = network(
      [
        node('pool', 'MaxPool', ['x'], {
          data_format: 'NHWC',
          padding: 'SAME',
          ksize: [1, 2, 2, 1],
          strides: [1, 2, 2, 1],
        }),
        node('padded', 'Pad', ['pool', 'paddings']),
        node('sum', 'AddV2', ['padded', 'padded']),
        node('out', 'Relu', ['sum']),
      ],
      { paddings },
    );
    const actual = await run(model, image);
    expect(actual.shape).toEqual([1, 3, 4, 5]);
    const at = (y: number, x: number, c: number): number => image.data[(y * 8 + x) * 3 + c];
    const greatest = Math.max(at(2, 4, 1), at(2, 5, 1), at(3, 4, 1), at(3, 5, 1));
    expect(actual.data[(1 * 4 + 2) * 5 + 1]).toBeCloseTo(Math.max(0, 2 * greatest), 6);
    expect(actual.data[(1 * 4 + 2) * 5 + 4]).toBe(0);
  });

  it('reshapes in the order of TensorFlow, channels last', async () => {
    const shape = new Tensor('int32', [3], Int32Array.of(1, -1, 3));
    const actual = await run(network([node('out', 'Reshape', ['x', 'shape'])], { shape }), image);
    expect(actual.shape).toEqual([1, 48, 3]);
    expectClose(actual, image.data);
  });

  it('leaves out nodes that the outputs do not need', async () => {
    const model = network([node('out', 'Relu', ['x']), node('other', 'Mystery', ['x'])], {});
    expectClose(
      await run(model, image),
      image.data.map((value) => Math.max(0, value)),
    );
  });

  it.each<[string, TfjsNode, RegExp]>([
    ['an unknown operator', node('out', 'Mystery', ['x']), /"out" \(Mystery\) with an unknown operator/],
    ['a missing input', node('out', 'Relu', []), /input 0 that is constant or missing/],
    ['channels first', node('out', 'MaxPool', ['x'], { data_format: 'NCHW' }), /data format "NCHW"/],
    [
      'strides over channels',
      node('out', 'MaxPool', ['x'], { data_format: 'NHWC', ksize: [1, 1, 1, 2] }),
      /this "ksize"/,
    ],
  ])('refuses %s', (_, bad, message) => {
    const g = new Graph();
    const inputs = new Map([['x', g.input('x', [1, 3, 6, 8])]]);
    expect(() => appendTfjsGraph(g, network([bad], {}), inputs, ['out'])).toThrow(message);
  });

  it('refuses sizes that do not fit', () => {
    const g = new Graph();
    const kernel = Tensor.float32([1, 1, 4, 2]);
    const conv = node('out', '_FusedConv2D', ['x', 'kernel', 'bias'], { ...same2, fused_ops: ['BiasAdd'] });
    const inputs = new Map([['x', g.input('x', [1, 3, 6, 8])]]);
    const model = network([conv], { kernel, bias: Tensor.float32([2]) });
    expect(() => appendTfjsGraph(g, model, inputs, ['out'])).toThrow(/sizes that do not fit/);
  });
});
