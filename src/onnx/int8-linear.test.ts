import { afterAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { symbolicDim } from './dim.ts';
import { countFlops } from './flop-count.ts';
import { Graph } from './graph.ts';
import type { Value } from './graph-core.ts';
import { writeModel } from './model-proto.ts';

const runtime = createRuntime();
afterAll(() => runtime[Symbol.asyncDispose]());

function uniform(name: string, shape: number[], scale = 1): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, scale, 0);
  return tensor;
}

const ROWS = 24;
const rows = symbolicDim('rows');

/** Runs a layer on [24, in], in float32 and in int8. */
async function both(
  layer: (g: Graph, x: Value) => Value,
  x: Tensor<'float32'>,
  weights: Record<string, Tensor>,
): Promise<{ float32: Float32Array; int8: Float32Array }> {
  const run = async (linearDType: 'float32' | 'int8'): Promise<Float32Array> => {
    const g = new Graph({ linearDType });
    g.output('y', layer(g, g.input('x', [rows, x.shape[1]])));
    const model = writeModel(g, (key) => ({ dtype: weights[key].dtype, data: weights[key].bytes }));
    await using session = await runtime.createSession(model);
    return toFloat32((await session.run({ x })).y).data;
  };
  return { float32: await run('float32'), int8: await run('int8') };
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  const norm = (values: Float32Array): number => Math.hypot(...values);
  return norm(actual.map((value, i) => value - expected[i])) / norm(expected);
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
    const g = new Graph({ linearDType: 'int8' });
    const x = g.input('x', [rows, 32]);
    for (const name of ['q', 'k', 'v']) g.gemm(x, g.parameter(name, [32, 32]));
    expect(operators(g)).toMatchObject({ DynamicQuantizeLinear: 1, QuantizeLinear: 3, MatMulIntegerToFloat: 3 });
    expect(countFlops(g, { rows: 10 }).linears).toBe(3 * 2 * 10 * 32 * 32);
  });

  it('leave single rows, and layers that ask for it, in float32', () => {
    const g = new Graph({ linearDType: 'int8' });
    g.gemm(g.input('t', [1, 32]), g.parameter('time', [64, 32]));
    g.gemm(g.input('x', [rows, 32]), g.parameter('proj', [32, 32]), undefined, { dtype: 'float32' });
    expect(operators(g)).toEqual({ Gemm: 2 });
  });
});
