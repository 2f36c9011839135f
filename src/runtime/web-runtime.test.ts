import { describe, expect, it } from 'vitest';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { createWebRuntime } from './web-runtime.ts';

const weight = Float32Array.from({ length: 40 * 10 }, (_, i) => i / 400);

function model() {
  const g = new Graph();
  const x = g.input('x', [symbolicDim('rows'), 10]);
  g.output('y', g.silu(g.gemm(x, g.parameter('weight', [40, 10]))));
  return writeModel(g, () => ({ dtype: 'float32', data: new Uint8Array(weight.buffer) }));
}

describe('createWebRuntime', () => {
  it('runs a graph whose weights travel with it, by WebAssembly', async () => {
    await using runtime = await createWebRuntime();
    await using session = await runtime.createSession(model());
    const x = Tensor.float32([1, 10], new Float32Array(10).fill(0.5));
    const { y } = await session.run({ x });
    const last = weight.subarray(390).reduce((sum, value) => sum + value / 2, 0);
    expect(toFloat32(y).data[39]).toBeCloseTo(last / (1 + Math.exp(-last)), 4);
  });

  it('keeps outputs for a later run until they are released', async () => {
    await using runtime = await createWebRuntime();
    await using session = await runtime.createSession(model());
    const { kept, outputs } = await session.runKeeping({ x: Tensor.float32([2, 10]) }, ['y']);
    expect(outputs).toEqual({});
    expect(kept.y.shape).toEqual([2, 40]);
    const g = new Graph();
    g.output('z', g.reduceSum(g.input('y', [symbolicDim('rows'), 40]), [1]));
    await using second = await runtime.createSession(
      writeModel(g, () => ({ dtype: 'float32', data: new Uint8Array() })),
    );
    expect(Array.from(toFloat32((await second.run({ y: kept.y })).z).data)).toEqual([0, 0]);
    runtime.release([kept.y]);
    await expect(second.run({ y: kept.y })).rejects.toThrow('released');
  });

  it('refuses weights in a folder, which a browser cannot read', async () => {
    await using runtime = await createWebRuntime();
    const refused = runtime.createSession({ ...model(), directory: '/models' });
    await expect(refused).rejects.toThrow('Blob');
  });
});
