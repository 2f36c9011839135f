import { afterAll, describe, expect, it } from 'vitest';
import { nameParameters } from '../nn/module.ts';
import { bindWeights } from '../nn/weights.ts';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { int8Checkpoint } from '../nn/int8-checkpoint.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { toFloat32, type Tensor } from '../tensor/tensor.ts';
import { hashed, hashedCheckpoint } from './hashed-weights.ts';
import { Upsample3D } from './resnet-3d.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime[Symbol.asyncDispose]());

const upsample = nameParameters(new Upsample3D(6));

async function enlarged(
  layer: (g: Graph, x: Value) => Value,
  dtype?: 'int8',
): Promise<{ result: Tensor<'float32'>; operators: string[] }> {
  const g = new Graph({ dtype });
  g.output('y', layer(g, g.input('x', [symbolicDim('images'), 6, 3, 5])));
  const weights = int8Checkpoint(g, hashedCheckpoint(upsample, 'up.'));
  await using session = await runtime.createSession(await bindWeights(g, weights));
  const { y } = await session.run({ x: hashed('x', [2, 6, 3, 5]) });
  return { result: toFloat32(y), operators: g.nodes.map(({ operator }) => operator) };
}

describe('Upsample3D', () => {
  it('to twice the size is repeating the pixels, then convolving', async () => {
    const { result, operators } = await enlarged((g, x) => upsample.forward(g, x));
    const { result: repeated } = await enlarged((g, x) => upsample.conv.forward(g, g.resizeNearest(x, 6, 10)));
    expect(operators).not.toContain('Resize');
    expect(result.shape).toEqual([2, 6, 6, 10]);
    expect(relativeError(result.data, repeated.data)).toBeLessThan(1e-6);
    expect(Math.max(...repeated.data)).toBeGreaterThan(0.1);

    const { result: int8 } = await enlarged((g, x) => upsample.forward(g, x), 'int8');
    const error = relativeError(int8.data, repeated.data);
    expect(error).toBeLessThan(0.02);
    expect(error).toBeGreaterThan(1e-4); // it is int8 indeed
    const { result: kept } = await enlarged((g, x) => upsample.forward(g, x, { dtype: 'float32' }), 'int8');
    expect(relativeError(kept.data, repeated.data)).toBeLessThan(1e-6);
  });

  it('enlarges to other sizes too', async () => {
    const { result } = await enlarged((g, x) => upsample.forward(g, x, { size: [5, 9] }));
    const { result: repeated } = await enlarged((g, x) => upsample.conv.forward(g, g.resizeNearest(x, 5, 9)));
    expect(result.shape).toEqual([2, 6, 5, 9]);
    expect(relativeError(result.data, repeated.data)).toBeLessThan(1e-6);
  });
});
