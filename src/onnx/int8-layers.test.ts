import { afterAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { symbolicDim } from './dim.ts';
import { countFlops } from './flop-count.ts';
import { Graph, type ConvOptions } from './graph.ts';
import type { Value } from './graph-core.ts';
import { weightLevels, weightScale } from './int8-weights.ts';
import { writeModel, type WeightLocation } from './model-proto.ts';

const runtime = createRuntime();
afterAll(() => runtime[Symbol.asyncDispose]());

function uniform(name: string, shape: number[], scale = 1): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, scale, 0);
  return tensor;
}

const ROWS = 24;
const rows = symbolicDim('rows');

/** Returns what a graph reads, made from float weights. */
function located(g: Graph, weights: Record<string, Tensor>): (key: string) => WeightLocation {
  return (key) => {
    const made = g.int8Weights.get(key);
    if (!made) return { dtype: weights[key].dtype, data: weights[key].bytes };
    const { data } = toFloat32(weights[made.weight.key]);
    const { dtype, bytes } = (made.part === 'scale' ? weightScale : weightLevels)(data, made.weight);
    return { dtype, data: bytes };
  };
}

/** Runs a layer on rows or images of which the number is open, in float32 and in int8. */
async function both(
  layer: (g: Graph, x: Value) => Value,
  x: Tensor<'float32'>,
  weights: Record<string, Tensor>,
): Promise<{ float32: Float32Array; int8: Float32Array }> {
  const run = async (dtype: 'float32' | 'int8'): Promise<Float32Array> => {
    const g = new Graph({ dtype });
    g.output('y', layer(g, g.input('x', [rows, ...x.shape.slice(1)])));
    const model = writeModel(g, located(g, weights));
    await using session = await runtime.createSession(model);
    return toFloat32((await session.run({ x })).y).data;
  };
  return { float32: await run('float32'), int8: await run('int8') };
}

function operators(g: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operator } of g.nodes) counts[operator] = (counts[operator] ?? 0) + 1;
  return counts;
}

describe('linear layers in int8', () => {
  it.each([
    ['widens', 64, 160],
    ['keeps the width', 96, 96],
    ['narrows', 160, 64],
  ])('come within 2 % of float32 where the layer %s', async (_, inputs, outputs) => {
    const weights = { w: uniform('w', [outputs, inputs], 0.1), b: uniform('b', [outputs]) };
    const { float32, int8 } = await both(
      (g, x) => g.gemm(x, g.parameter('w', [outputs, inputs]), g.parameter('b', [outputs])),
      uniform('x', [ROWS, inputs]),
      weights,
    );
    const error = relativeError(int8, float32);
    expect(error).toBeLessThan(0.02);
    expect(error).toBeGreaterThan(1e-4); // it is int8 indeed
  });

  it('do not saturate where all products are as large as they can be', async () => {
    const w = Tensor.float32([32, 64], new Float32Array(32 * 64).fill(0.5));
    const x = Tensor.float32([ROWS, 64], new Float32Array(ROWS * 64).fill(3));
    const { int8 } = await both((g, value) => g.gemm(value, g.parameter('w', [32, 64])), x, { w });
    expect(int8[0]).toBeCloseTo(96, 2);
    expect(int8.every((value) => value === int8[0])).toBe(true);
  });

  it('take parts of a tensor, each output with a scale of its own', async () => {
    const w = uniform('w', [80, 48]);
    w.data.subarray(40 * 48).forEach((_, i) => (w.data[40 * 48 + i] *= 1e-4)); // the second half is tiny
    const x = uniform('x', [ROWS, 48]);
    const { float32, int8 } = await both((g, value) => g.gemm(value, g.parameter('w', [40, 48], 40 * 48)), x, { w });
    expect(Math.max(...float32)).toBeLessThan(0.01);
    expect(relativeError(int8, float32)).toBeLessThan(0.02);
  });

  it('read weights stored in 16 bits', async () => {
    const bits = new Uint16Array(32 * 32).map((_, i) => (i % 7 === 0 ? 0x3c00 : 0xb800)); // 1 and -0.5
    const w = new Tensor('float16', [32, 32], bits);
    const { float32, int8 } = await both((g, x) => g.gemm(x, g.parameter('w', [32, 32])), uniform('x', [ROWS, 32]), {
      w,
    });
    expect(relativeError(int8, float32)).toBeLessThan(0.02);
  });

  it('give zeros for weights and rows of zeros', async () => {
    const w = Tensor.float32([32, 64]);
    const { int8 } = await both((g, x) => g.gemm(x, g.parameter('w', [32, 64])), Tensor.float32([ROWS, 64]), { w });
    expect(int8.every((value) => value === 0)).toBe(true);
  });

  it('keep small rows precise beside a row of great ones where the layer narrows', async () => {
    const x = uniform('x', [ROWS, 128]);
    for (let i = 0; i < 128; i++) x.data[i] *= 1000;
    const { float32, int8 } = await both((g, value) => g.gemm(value, g.parameter('w', [32, 128])), x, {
      w: uniform('w', [32, 128]),
    });
    expect(relativeError(int8.subarray(32), float32.subarray(32))).toBeLessThan(0.02);
  });

  it('quantize rows that several layers read once', () => {
    const g = new Graph({ dtype: 'int8' });
    const x = g.input('x', [rows, 32]);
    for (const name of ['q', 'k', 'v']) g.gemm(x, g.parameter(name, [32, 32]));
    for (const name of ['gate', 'up']) g.gemm(x, g.parameter(name, [64, 32]));
    expect(operators(g)).toMatchObject({ DynamicQuantizeLinear: 1, QuantizeLinear: 1, MatMulIntegerToFloat: 5 });
    expect(countFlops(g, { rows: 10 }).linears).toBe((3 * 32 + 2 * 64) * 2 * 10 * 32);
  });

  it('leave single rows, and layers that ask for it, in float32', () => {
    const g = new Graph({ dtype: 'int8' });
    g.gemm(g.input('t', [1, 32]), g.parameter('time', [64, 32]));
    g.gemm(g.input('x', [rows, 32]), g.parameter('proj', [32, 32]), undefined, { dtype: 'float32' });
    expect(operators(g)).toEqual({ Gemm: 2 });
  });
});

describe('convolutions in int8', () => {
  const image = uniform('image', [3, 24, 7, 9]);
  const bias = uniform('b', [16]);

  it.each<[string, number[], ConvOptions]>([
    ['3×3 with zeros around the image', [3, 3], { padding: 1 }],
    ['a stride and zeros on two sides', [3, 3], { stride: 2, padding: [0, 0, 1, 1] }],
    ['a dilated, oblong kernel', [2, 3], { dilation: [1, 2], padding: [1, 2, 0, 2] }],
    ['a kernel of one pixel', [1, 1], {}],
    ['a kernel of one pixel and a stride', [1, 1], { stride: 2 }],
  ])('come within 2 %% of float32: %s', async (_, kernel, options) => {
    const shape = [16, 24, ...kernel];
    const { float32, int8 } = await both(
      (g, x) => g.conv(x, g.parameter('w', shape), g.parameter('b', [16]), options),
      image,
      {
        w: uniform('w', shape, 0.1),
        b: bias,
      },
    );
    expect(int8).toHaveLength(float32.length);
    expect(relativeError(int8, float32)).toBeLessThan(0.02);
    expect(relativeError(int8, float32)).toBeGreaterThan(1e-4);
  });

  it('see zero beyond the border of images that are far from zero', async () => {
    const far = uniform('image', [1, 8, 4, 4]);
    for (let i = 0; i < far.size; i++) far.data[i] = 100 + far.data[i];
    const w = Tensor.float32([4, 8, 3, 3], new Float32Array(4 * 8 * 9).fill(0.5));
    const { float32, int8 } = await both(
      (g, x) => g.conv(x, g.parameter('w', [4, 8, 3, 3]), undefined, { padding: 1 }),
      far,
      { w },
    );
    expect(relativeError(int8, float32)).toBeLessThan(0.01); // corners have 4 of 9 pixels
  });

  it('over one or three axes, in groups, or on request stay in float32', () => {
    const g = new Graph({ dtype: 'int8' });
    g.conv(g.input('sound', [rows, 8, 20]), g.parameter('a', [8, 8, 3]), undefined);
    g.conv(g.input('volume', [rows, 8, 4, 4, 4]), g.parameter('b', [8, 8, 1, 1, 1]), undefined);
    const x = g.input('x', [rows, 8, 4, 4]);
    g.conv(x, g.parameter('c', [8, 4, 1, 1]), undefined, { groups: 2 });
    g.conv(x, g.parameter('d', [8, 8, 1, 1]), undefined, { dtype: 'float32' });
    expect(operators(g)).toEqual({ Conv: 4 });
  });

  it('of one geometry share the table of pixels', () => {
    const g = new Graph({ dtype: 'int8' });
    const x = g.input('x', [rows, 8, 16, 16]);
    for (const name of ['a', 'b']) g.conv(x, g.parameter(name, [8, 8, 3, 3]), undefined, { padding: 1 });
    const tables = [...g.constants.values()].filter(({ size }) => size === 16 * 16 * 9);
    expect(tables).toHaveLength(1);
    expect(operators(g)).toMatchObject({ DynamicQuantizeLinear: 1, Gather: 2, MatMulIntegerToFloat: 2 });
  });
});

it('a graph reads integers in place of the weights they are made from', () => {
  const g = new Graph({ dtype: 'int8' });
  const weight = g.parameter('w', [32, 32]);
  g.gemm(g.input('x', [rows, 32]), weight);
  expect(g.readParameters().map(([name]) => name)).toEqual(['w:int8-values', 'w:int8-scale']);
  expect(() => g.gemm(g.value('x'), g.constant(uniform('c', [32, 32])))).toThrow('is not a parameter');
});
