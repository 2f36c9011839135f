import { afterAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { formatShape, symbolicDim } from './dim.ts';
import { Graph } from './graph.ts';
import type { Value } from './graph-core.ts';
import { writeModel, type WeightLocation } from './model-proto.ts';

const runtime = createRuntime();
afterAll(() => runtime[Symbol.asyncDispose]());

async function run(
  build: (g: Graph) => Value,
  feeds: Record<string, Tensor> = {},
  locate: (key: string) => WeightLocation = () => {
    throw new Error('no weights');
  },
): Promise<{ inferred: Value; output: Tensor<'float32'> }> {
  const g = new Graph();
  const inferred = build(g);
  g.output('out', inferred);
  await using session = await runtime.createSession(writeModel(g, locate));
  return { inferred, output: toFloat32((await session.run(feeds)).out) };
}

const ramp = (shape: number[]): Tensor<'float32'> => {
  const tensor = Tensor.float32(shape);
  for (let i = 0; i < tensor.size; i++) tensor.data[i] = i;
  return tensor;
};

describe('shape inference', () => {
  const frames = symbolicDim('frames');
  it.each<[string, (g: Graph) => Value, string, number[]]>([
    [
      'reshape with an open dimension',
      (g) => g.reshape(g.input('x', [frames, 4, 6]), [symbolicDim('frames', 4), 6]),
      '[4*frames, 6]',
      [12, 6],
    ],
    ['transpose', (g) => g.transpose(g.input('x', [frames, 4, 6]), [2, 0, 1]), '[6, frames, 4]', [6, 3, 4]],
    [
      'concat of open dimensions',
      (g) => {
        const x = g.input('x', [frames, 4, 6]);
        return g.concat([x, x], 0);
      },
      '[2*frames, 4, 6]',
      [6, 4, 6],
    ],
    ['slice from the back', (g) => g.slice(g.input('x', [frames, 4, 6]), 2, 1, -1), '[frames, 4, 4]', [3, 4, 4]],
    [
      'takeFirst by an open dimension',
      (g) => g.takeFirst(g.constant(ramp([5, 2])), 0, g.input('x', [frames, 4, 6]), 0),
      '[frames, 2]',
      [3, 2],
    ],
    ['reduceMean', (g) => g.reduceMean(g.input('x', [frames, 4, 6]), [1]), '[frames, 1, 6]', [3, 1, 6]],
    ['reduceMax', (g) => g.reduceMax(g.input('x', [frames, 4, 6]), [-1]), '[frames, 4, 1]', [3, 4, 1]],
    [
      'a pool that rounds up',
      (g) => g.maxPool(g.input('x', [frames, 4, 6]), [4], { ceilMode: true }),
      '[frames, 4, 2]',
      [3, 4, 2],
    ],
    [
      'dilated convolution',
      (g) => g.conv(g.input('x', [frames, 4, 6]), g.constant(ramp([2, 4, 3])), undefined, { dilation: 2 }),
      '[frames, 2, 2]',
      [3, 2, 2],
    ],
    ['broadcasting', (g) => g.add(g.input('x', [frames, 4, 6]), g.constant(ramp([4, 1]))), '[frames, 4, 6]', [3, 4, 6]],
    [
      'strided convolution',
      (g) => g.conv(g.input('x', [frames, 4, 6]), g.constant(ramp([2, 4, 3])), undefined, { stride: 2, padding: 1 }),
      '[frames, 2, 3]',
      [3, 2, 3],
    ],
  ])('agrees with ONNX Runtime: %s', async (_, build, shape, ranShape) => {
    const { inferred, output } = await run(build, { x: ramp([3, 4, 6]) });
    expect(formatShape(inferred.shape)).toBe(shape);
    expect(output.shape).toEqual(ranShape);
  });

  it('refuses what does not fit, naming the shapes', () => {
    const g = new Graph();
    const x = g.input('x', [frames, 4]);
    expect(() => g.reshape(x, [frames, 5])).toThrow('x of shape [frames, 4] cannot become [frames, 5]');
    expect(() => g.gemm(x, g.parameter('w', [3, 5]))).toThrow('A linear layer of [3, 5] does not take [frames, 4]');
    expect(() => g.add(x, g.constant(ramp([3])))).toThrow('do not broadcast');
    expect(() => g.input('x', [1])).toThrow('already has a value named x');
  });
});

describe('operators', () => {
  it('pads a convolution at the bottom and right alone', async () => {
    const ones = Tensor.float32([1, 1, 2, 2], new Float32Array(4).fill(1));
    const kernel = Tensor.float32([1, 1, 2, 2], new Float32Array(4).fill(1));
    const { output } = await run(
      (g) => g.conv(g.input('x', [1, 1, 2, 2]), g.constant(kernel), undefined, { padding: [0, 0, 1, 1] }),
      { x: ones },
    );
    expect(Array.from(output.data)).toEqual([4, 2, 2, 1]);
  });

  it('enlarges by the nearest pixel to any size', async () => {
    const { output } = await run((g) => g.resizeNearest(g.input('x', [1, 1, 1, 3]), 2, 5), { x: ramp([1, 1, 1, 3]) });
    expect(Array.from(output.data)).toEqual([0, 0, 1, 1, 2, 0, 0, 1, 1, 2]);
  });

  it('attends with the scale 1/√width', async () => {
    const x = Tensor.float32([1, 2, 2], Float32Array.of(1, 0, 0, 2));
    const { output } = await run(
      (g) => {
        const v = g.input('x', [1, 2, 2]);
        return g.multiHeadAttention(v, v, v, 1);
      },
      { x },
    );
    const weight = Math.exp(1 / Math.SQRT2) / (Math.exp(1 / Math.SQRT2) + 1);
    expect(output.data[0]).toBeCloseTo(weight, 5);
    expect(output.data[1]).toBeCloseTo(2 * (1 - weight), 5);
  });
});

describe('parameters', () => {
  const weight = ramp([80, 8]);
  const locate = (): WeightLocation => ({ dtype: 'float32', data: weight.bytes });
  const one = Tensor.float32([1, 8], Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0));

  it('can be parts of a checkpoint tensor', async () => {
    const build = (g: Graph): Value => {
      const x = g.input('x', [1, 8]);
      const half = (first: number): Value => g.gemm(x, g.parameter('w', [40, 8], first));
      return g.concat([half(0), half(320)], 1);
    };
    const { output } = await run(build, { x: one }, locate);
    expect(Array.from(output.data)).toEqual(Array.from({ length: 80 }, (_, row) => row * 8));
  });

  it('are cast from the dtype they are stored in', async () => {
    const half = {
      dtype: 'float16',
      data: new Uint8Array(Uint16Array.from({ length: 640 }, () => 0x3e00).buffer),
    } as const;
    const { output } = await run(
      (g) => g.gemm(g.input('x', [1, 8]), g.parameter('w', [80, 8])),
      { x: one },
      () => half,
    );
    expect(new Set(output.data)).toEqual(new Set([1.5]));
  });
});
