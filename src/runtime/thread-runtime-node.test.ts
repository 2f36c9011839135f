// The runtime in a thread: what the one in a process computes, its errors, and its end.
import { describe, expect, it } from 'vitest';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import { writeModel, type OnnxModel } from '../onnx/model-proto.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { createThreadRuntime } from './thread-runtime-node.ts';

/** x ↦ factor · x */
function scalingModel(factor: number): OnnxModel {
  const g = new Graph();
  g.output('y', g.mul(g.input('x', [symbolicDim('rows'), 2]), g.parameter('factor', [2])));
  const bytes = new Uint8Array(Float32Array.of(factor, factor).buffer);
  return writeModel(g, () => ({ dtype: 'float32', data: bytes }));
}

const ones = Tensor.float32([1, 2], Float32Array.of(1, 1));

describe('createThreadRuntime', () => {
  it('runs graphs, several at the same time in threads of their own', async () => {
    await using first = createThreadRuntime({ threads: 1 });
    await using second = createThreadRuntime({ threads: 1 });
    const sessions = [await first.createSession(scalingModel(3)), await second.createSession(scalingModel(5))];
    const results = await Promise.all(sessions.map((session) => session.run({ x: ones })));
    expect(results.map(({ y }) => Array.from(toFloat32(y).data))).toEqual([
      [3, 3],
      [5, 5],
    ]);
    expect(Array.from(ones.data)).toEqual([1, 1]);
  });

  it('keeps outputs and feeds them again', async () => {
    await using runtime = createThreadRuntime({ threads: 1 });
    const session = await runtime.createSession(scalingModel(2));
    const { kept } = await session.runKeeping({ x: ones }, ['y']);
    const { y } = await session.run({ x: kept.y });
    expect(Array.from(toFloat32(y).data)).toEqual([4, 4]);
    runtime.release([kept.y]);
    await expect(session.run({ x: kept.y })).rejects.toThrow('released');
  });

  it('passes on what ONNX Runtime says of a wrong input', async () => {
    await using runtime = createThreadRuntime({ threads: 1 });
    const session = await runtime.createSession(scalingModel(2));
    await expect(session.run({ x: Tensor.float32([1, 3]) })).rejects.toThrow(/Got: 3 Expected: 2/);
  });

  it('refuses what comes after its end', async () => {
    const runtime = createThreadRuntime({ threads: 1 });
    const session = await runtime.createSession(scalingModel(2));
    await runtime[Symbol.asyncDispose]();
    await expect(session.run({ x: ones })).rejects.toThrow('The runtime was closed.');
  });
});
