import { afterAll, describe, expect, it } from 'vitest';
import { Graph } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { nameParameters } from './module.ts';
import { GroupNorm } from './norm.ts';

const runtime = createRuntime();
afterAll(() => runtime[Symbol.asyncDispose]());

const EPSILON = 1e-5;

function random(name: string, shape: number[], offset = 0): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, 1, offset);
  return tensor;
}

/** Group normalization by its definition, in float64. */
function expected(
  x: Tensor<'float32'>,
  {
    groups,
    frames,
    shift,
    weight,
    bias,
  }: { groups: number; frames: number; shift?: Float32Array; weight: Float32Array; bias: Float32Array },
): Float64Array {
  const [images, channels, height, width] = x.shape;
  const area = height * width;
  const perGroup = channels / groups;
  const out = Float64Array.from(x.data, (value, i) => value + (shift?.[Math.floor(i / area) % channels] ?? 0));
  for (let clip = 0; clip < images / frames; clip++) {
    for (let group = 0; group < groups; group++) {
      const members = [...out.keys()].filter((i) => {
        const channel = Math.floor(i / area) % channels;
        const image = Math.floor(i / area / channels);
        return Math.floor(image / frames) === clip && Math.floor(channel / perGroup) === group;
      });
      const mean = members.reduce((sum, i) => sum + out[i], 0) / members.length;
      const variance = members.reduce((sum, i) => sum + (out[i] - mean) ** 2, 0) / members.length;
      for (const i of members) {
        const channel = Math.floor(i / area) % channels;
        out[i] = ((out[i] - mean) / Math.sqrt(variance + EPSILON)) * weight[channel] + bias[channel];
      }
    }
  }
  return out;
}

describe('GroupNorm', () => {
  it.each([
    { name: 'each image alone', shape: [4, 8, 3, 5], groups: 4, frames: 1, shifted: false },
    { name: 'over the frames of two clips', shape: [6, 8, 3, 5], groups: 2, frames: 3, shifted: false },
    { name: 'with channels shifted beforehand', shape: [4, 8, 3, 5], groups: 4, frames: 2, shifted: true },
    { name: 'large groups', shape: [2, 4, 40, 32], groups: 2, frames: 2, shifted: true },
    { name: 'groups of one pixel', shape: [2, 8, 1, 1], groups: 4, frames: 1, shifted: false },
  ])('is what its definition says: $name', async ({ shape, groups, frames, shifted }) => {
    const norm = nameParameters(new GroupNorm(groups, shape[1], EPSILON));
    const values = new Map([
      ['weight', random('weight', [shape[1]], 1)],
      ['bias', random('bias', [shape[1]])],
    ]);
    const x = random('x', shape, 0.5);
    const shift = shifted ? random('shift', [1, shape[1]]) : undefined;
    const g = new Graph();
    const out = norm.forward(g, g.input('x', shape), { frames, ...(shift && { shift: g.constant(shift) }) });
    g.output('out', out);
    await using session = await runtime.createSession(
      writeModel(g, (key) => ({ dtype: 'float32', data: values.get(key)!.bytes })),
    );
    const actual = toFloat32((await session.run({ x })).out).data;
    const reference = expected(x, {
      groups,
      frames,
      ...(shift && { shift: shift.data }),
      weight: values.get('weight')!.data,
      bias: values.get('bias')!.data,
    });
    const worst = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - reference[i])), 0);
    expect(worst).toBeLessThan(2e-5);
  });

  it('refuses channels that do not divide into the groups', () => {
    expect(() => new GroupNorm(32, 48)).toThrow('48 channels cannot form 32 groups');
  });
});
