import { expect, it } from 'vitest';
import { nameParameters } from '../nn/module.ts';
import { bindWeights } from '../nn/weights.ts';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { toFloat32 } from '../tensor/tensor.ts';
import { hashed, hashedCheckpoint } from './hashed-weights.ts';
import { Upsample3D } from './resnet-3d.ts';

it('doubling a size is repeating the pixels, then convolving', async () => {
  const upsample = nameParameters(new Upsample3D(6));
  const g = new Graph();
  const x = g.input('x', [symbolicDim('images'), 6, 3, 5]);
  g.output('doubled', upsample.forward(g, x));
  g.output('repeated', upsample.conv.forward(g, g.resizeNearest(x, 6, 10)));
  g.output('odd', upsample.forward(g, x, [5, 9]));
  await using runtime = createRuntime({ threads: 1 });
  await using session = await runtime.createSession(await bindWeights(g, hashedCheckpoint(upsample, 'up.')));
  const { doubled, repeated, odd } = await session.run({ x: hashed('x', [2, 6, 3, 5]) });
  expect(doubled.shape).toEqual([2, 6, 6, 10]);
  expect(odd.shape).toEqual([2, 6, 5, 9]);
  const expected = toFloat32(repeated).data;
  expect(Math.max(...toFloat32(doubled).data.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
  expect(Math.max(...expected)).toBeGreaterThan(0.1);
});
