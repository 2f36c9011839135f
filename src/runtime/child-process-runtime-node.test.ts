import { describe, expect, it } from 'vitest';
import { symbolicDim } from '../onnx/dim.ts';
import { hashed } from '../models/hashed-weights.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel, type OnnxModel } from '../onnx/model-proto.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { createRuntime } from './child-process-runtime-node.ts';

const noWeights = (key: string): never => {
  throw new Error(`no weight ${key}`);
};

function linearModel(): OnnxModel {
  const g = new Graph();
  const x = g.input('x', [symbolicDim('rows'), 3]);
  g.output('y', g.gemm(x, g.parameter('weight', [2, 3]), g.parameter('bias', [2])));
  const weights: Record<string, Float32Array> = {
    weight: Float32Array.of(1, 2, 3, 4, 5, 6),
    bias: Float32Array.of(10, 20),
  };
  return writeModel(g, (key) => ({ dtype: 'float32', data: new Uint8Array(weights[key].buffer) }));
}

/** A chain of products that takes many seconds. */
function slowModel(): OnnxModel {
  const g = new Graph();
  let x = g.input('x', [1024, 1024]);
  for (let i = 0; i < 2000; i++) x = g.matmul(x, x);
  g.output('y', x);
  return writeModel(g, noWeights);
}

describe('createRuntime', () => {
  it('refuses more threads than any machine has use for', () => {
    expect(() => createRuntime({ threads: 4096 })).toThrow(
      /^options\.threads must be an integer from 1 to 256 \(got 4096\)/,
    );
  });

  it('runs a graph with parameters and a size known only at run time', async () => {
    await using runtime = createRuntime();
    await using session = await runtime.createSession(linearModel());
    expect(session.inputNames).toEqual(['x']);
    const { y } = await session.run({ x: Tensor.float32([2, 3], Float32Array.of(1, 0, 0, 1, 1, 1)) });
    expect(y.shape).toEqual([2, 2]);
    expect(Array.from(toFloat32(y).data)).toEqual([11, 24, 16, 35]);
  });

  it('keeps outputs with the runtime and feeds them to a session without a copy', async () => {
    await using runtime = createRuntime();
    await using session = await runtime.createSession(linearModel());
    const { kept, outputs } = await session.runKeeping({ x: Tensor.float32([1, 3], Float32Array.of(1, 1, 1)) }, ['y']);
    expect(outputs).toEqual({});
    const { y } = kept;
    expect(y.shape).toEqual([1, 2]);
    const g = new Graph();
    g.output('z', g.relu(g.input('y', [symbolicDim('rows'), 2])));
    await using second = await runtime.createSession(writeModel(g, noWeights));
    const { z } = await second.run({ y: y });
    expect(Array.from(toFloat32(z).data)).toEqual([16, 35]);
    runtime.release([y]);
    await expect(second.run({ y: y })).rejects.toThrow('released');
  });

  it('gives the same numbers to the last bit wherever in memory an input arrives', async () => {
    const g = new Graph();
    g.output('y', g.reduceMean(g.input('x', [1001]), [0]));
    await using runtime = createRuntime();
    await using session = await runtime.createSession(writeModel(g, noWeights));
    const x = hashed('x', [1001]);
    const runs = await Promise.all(Array.from({ length: 8 }, () => session.run({ x })));
    expect(new Set(runs.map(({ y }) => toFloat32(y).data[0])).size).toBe(1);
  });

  it('leaves a run at once when the signal fires, and leaves no process when disposed', async () => {
    const runtime = createRuntime();
    const session = await runtime.createSession(slowModel());
    const started = performance.now();
    const run = session.run({ x: Tensor.float32([1024, 1024]) }, { signal: AbortSignal.timeout(200) });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(performance.now() - started).toBeLessThan(2000);
    await runtime[Symbol.asyncDispose]();
    expect(() => process.kill(runtime.processId!, 0)).toThrow();
  });

  it('is usable after a canceled run, and keeps nothing of it', async () => {
    await using runtime = createRuntime();
    const g = new Graph();
    let x = g.input('x', [512, 512]);
    for (let i = 0; i < 100; i++) x = g.matmul(x, x);
    g.output('y', x);
    await using slow = await runtime.createSession(writeModel(g, noWeights));
    await using quick = await runtime.createSession(linearModel());
    const abandoned = slow.runKeeping({ x: Tensor.float32([512, 512]) }, ['y'], { signal: AbortSignal.timeout(20) });
    await expect(abandoned).rejects.toMatchObject({ code: 'aborted' });
    expect(runtime.closed).toBe(false);
    const { kept } = await quick.runKeeping({ x: Tensor.float32([1, 3], Float32Array.of(1, 1, 1)) }, ['y']);
    expect(kept.y.kept).toBe(2); // the abandoned run's output was the first
    const { y } = await quick.run({ x: Tensor.float32([1, 3], Float32Array.of(1, 0, 0)) });
    expect(Array.from(toFloat32(y).data)).toEqual([11, 24]);
  });

  it('tells of a process that was killed from outside', async () => {
    await using runtime = createRuntime();
    const session = await runtime.createSession(slowModel());
    const run = session.run({ x: Tensor.float32([1024, 1024]) });
    setTimeout(() => process.kill(runtime.processId!, 'SIGKILL'), 100);
    await expect(run).rejects.toMatchObject({ code: 'insufficient-memory' });
    expect(runtime.closed).toBe(true);
  });

  it('names a device that this machine lacks', async () => {
    await using runtime = createRuntime({ device: 'cuda' });
    await expect(runtime.createSession(linearModel())).rejects.toMatchObject({ code: 'device-unavailable' });
  });

  it('passes on what ONNX Runtime says of a wrong input', async () => {
    await using runtime = createRuntime();
    await using session = await runtime.createSession(linearModel());
    await expect(session.run({ x: Tensor.float32([2, 2]) })).rejects.toThrow(/Got: 2 Expected: 3/);
  });
});
