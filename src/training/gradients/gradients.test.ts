import { afterAll, describe, expect, it } from 'vitest';
import { convDoubled } from '../../onnx/doubled-convolution.ts';
import { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/graph-core.ts';
import { writeModel } from '../../onnx/model-proto.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../../tensor/hashed.ts';
import { Tensor, toFloat32 } from '../../tensor/tensor.ts';
import { convolutionGradients } from './convolution.ts';
import { elementwiseGradients } from './elementwise.ts';
import { appendGradients } from './gradients.ts';
import { layoutGradients } from './layout.ts';
import { productGradients } from './products.ts';
import { reductionGradients } from './reductions.ts';

const runtime = createRuntime({ threads: 1 });
afterAll(() => runtime[Symbol.asyncDispose]());

/** Values away from the kinks at 0 of the operators that have one. */
function values(name: string, shape: readonly number[], offset: number, scale = 1): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, scale, offset);
  for (const [i, value] of tensor.data.entries()) if (Math.abs(value) < 0.2) tensor.data[i] = value < 0 ? -0.2 : 0.2;
  return tensor;
}

const noWeights = (): never => {
  throw new Error('The graph has no parameters.');
};

interface Case {
  shapes: Record<string, number[]>;
  build: (g: Graph, inputs: Record<string, Value>) => Value;
  /** Mean of the inputs' values; 0 by default. */
  offset?: number;
}

const STEP = 0.02;

/** Compares every gradient with central differences of the output's weighted sum, taken in float64 (fourth order in the step). */
async function check({ shapes, build, offset = 0 }: Case): Promise<string[]> {
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, values(name, shape, offset)]));
  const declare = (g: Graph): Record<string, Value> =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, g.input(name, shape)]));
  const forward = new Graph();
  const out = build(forward, declare(forward));
  forward.output('out', out);
  const weights = values(
    'weights',
    out.shape.map((dim) => Number(dim)),
    0.3,
  );

  const backward = new Graph();
  const inputs = declare(backward);
  const weighted = backward.mul(build(backward, inputs), backward.constant(weights));
  const loss = backward.reduceSum(
    weighted,
    weighted.shape.map((_, axis) => axis),
  );
  const wanted = Object.values(inputs);
  const operators = new Set(backward.nodes.map((node) => node.operator));
  for (const [index, gradient] of appendGradients(backward, loss, wanted).entries()) {
    backward.output(`d_${wanted[index].name}`, gradient);
  }
  await using forwardSession = await runtime.createSession(writeModel(forward, noWeights));
  await using backwardSession = await runtime.createSession(writeModel(backward, noWeights));
  const gradients = await backwardSession.run(feeds);

  const lossAt = async (name: string, direction: Float32Array, length: number): Promise<number> => {
    const moved = new Tensor(
      'float32',
      shapes[name],
      feeds[name].data.map((value, i) => value + length * direction[i]),
    );
    const { data } = toFloat32((await forwardSession.run({ ...feeds, [name]: moved })).out);
    return data.reduce((sum, value, i) => sum + value * weights.data[i], 0);
  };
  for (const [name, feed] of Object.entries(feeds)) {
    const gradient = toFloat32(gradients[`d_${name}`]);
    expect(gradient.shape).toEqual(shapes[name]);
    const norm = Math.hypot(...gradient.data);
    for (let trial = 0; trial < 4; trial++) {
      const direction = new Float32Array(feed.size);
      if (trial === 0) direction[feed.size >> 1] = 1;
      else fillHashed(direction, `direction ${trial}`);
      const expected =
        (8 * ((await lossAt(name, direction, STEP)) - (await lossAt(name, direction, -STEP))) -
          ((await lossAt(name, direction, 2 * STEP)) - (await lossAt(name, direction, -2 * STEP)))) /
        (12 * STEP);
      const actual = gradient.data.reduce((sum, value, i) => sum + value * direction[i], 0);
      const size = norm * Math.hypot(...direction);
      expect(
        Math.abs(actual - expected),
        `d_${name} along direction ${trial}: ${actual}, not ${expected}`,
      ).toBeLessThan(2e-3 * size + 1e-4);
    }
  }
  return [...operators];
}

const cases: Record<string, Case> = {
  'add, both broadcast': { shapes: { a: [3, 1, 4], b: [2, 1] }, build: (g, { a, b }) => g.add(a, b) },
  sub: { shapes: { a: [3, 4], b: [4] }, build: (g, { a, b }) => g.sub(a, b) },
  mul: { shapes: { a: [2, 3, 4], b: [3, 1] }, build: (g, { a, b }) => g.mul(a, b) },
  'a value times itself': { shapes: { a: [3, 4] }, build: (g, { a }) => g.mul(a, a) },
  div: { shapes: { a: [3, 4], b: [3, 1] }, offset: 2, build: (g, { a, b }) => g.div(a, b) },
  sqrt: { shapes: { a: [3, 4] }, offset: 2, build: (g, { a }) => g.sqrt(a) },
  reciprocal: { shapes: { a: [3, 4] }, offset: 2, build: (g, { a }) => g.reciprocal(a) },
  sin: { shapes: { a: [3, 4] }, build: (g, { a }) => g.sin(a) },
  cos: { shapes: { a: [3, 4] }, build: (g, { a }) => g.cos(a) },
  exp: { shapes: { a: [3, 4] }, build: (g, { a }) => g.exp(a) },
  log: { shapes: { a: [3, 4] }, offset: 2, build: (g, { a }) => g.log(a) },
  abs: { shapes: { a: [3, 4] }, build: (g, { a }) => g.abs(a) },
  erf: { shapes: { a: [3, 4] }, build: (g, { a }) => g.erf(a) },
  sigmoid: { shapes: { a: [3, 4] }, build: (g, { a }) => g.sigmoid(a) },
  relu: { shapes: { a: [3, 4] }, build: (g, { a }) => g.relu(a) },
  leakyRelu: { shapes: { a: [3, 4] }, build: (g, { a }) => g.leakyRelu(a, 0.2) },
  gelu: { shapes: { a: [3, 4] }, build: (g, { a }) => g.gelu(a) },
  silu: { shapes: { a: [3, 4] }, build: (g, { a }) => g.silu(a) },
  clip: { shapes: { a: [4, 4] }, build: (g, { a }) => g.clip(a, -0.1, 1e9) },
  where: {
    shapes: { a: [3, 4], b: [4] },
    build: (g, { a, b }) => g.where(g.greater(a, g.float(0)), g.mul(a, g.float(3)), b),
  },
  reshape: { shapes: { a: [3, 4] }, build: (g, { a }) => g.reshape(a, [2, 6]) },
  transpose: { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.transpose(a, [2, 0, 1]) },
  concat: { shapes: { a: [2, 3], b: [2, 2] }, build: (g, { a, b }) => g.concat([a, b, a], 1) },
  'split, one part unused': {
    shapes: { a: [2, 7] },
    build: (g, { a }) => {
      const [first, , last] = g.split(a, 1, [2, 3, 2]);
      return g.mul(first, last);
    },
  },
  slice: { shapes: { a: [2, 5, 3] }, build: (g, { a }) => g.slice(a, 1, 1, 4) },
  pad: { shapes: { a: [1, 2, 3, 4] }, build: (g, { a }) => g.pad(a, [1, 0, 2, 3]) },
  expand: { shapes: { a: [3, 1] }, build: (g, { a }) => g.expand(a, [2, 3, 4]) },
  resizeNearest: { shapes: { a: [2, 2, 2, 3] }, build: (g, { a }) => g.resizeNearest(a, 4, 9) },
  convDoubled: {
    shapes: { a: [2, 2, 2, 3], b: [3, 2, 3, 3], c: [3] },
    build: (g, { a, b, c }) => convDoubled(g, a, b, c),
  },
  reduceMean: { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.reduceMean(a, [0, 2]) },
  reduceSum: { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.reduceSum(a, [1]) },
  'a reduction used again with its input': {
    shapes: { a: [2, 3, 4] },
    build: (g, { a }) => g.mul(g.sub(a, g.reduceMean(a, [2])), a),
  },
  reduceSumSquare: { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.reduceSumSquare(a, [1]) },
  reduceL2: { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.reduceL2(a, [2]) },
  softmax: { shapes: { a: [3, 5] }, build: (g, { a }) => g.softmax(a) },
  'softmax over an inner axis': { shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.softmax(a, 1) },
  logSoftmax: { shapes: { a: [3, 5] }, build: (g, { a }) => g.logSoftmax(a) },
  gemm: { shapes: { x: [3, 4], w: [5, 4], b: [5] }, build: (g, { x, w, b }) => g.gemm(x, w, b) },
  matmul: { shapes: { a: [2, 3, 4], b: [4, 5] }, build: (g, { a, b }) => g.matmul(a, b) },
  'matmul, a transposed': {
    shapes: { a: [2, 4, 3], b: [2, 4, 5] },
    build: (g, { a, b }) => g.matmul(a, b, { transposeA: true, alpha: 0.7 }),
  },
  'matmul, b transposed': {
    shapes: { a: [3, 4], b: [2, 5, 4] },
    build: (g, { a, b }) => g.matmul(a, b, { transposeB: true, alpha: 0.7 }),
  },
  'matmul, both transposed': {
    shapes: { a: [4, 3], b: [5, 4] },
    build: (g, { a, b }) => g.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  multiHeadAttention: {
    shapes: { q: [2, 5, 8], k: [2, 3, 8], v: [2, 3, 8] },
    build: (g, { q, k, v }) => g.multiHeadAttention(q, k, v, 2),
  },
  'self-attention': { shapes: { x: [2, 4, 6] }, build: (g, { x }) => g.multiHeadAttention(x, x, x, 3) },
  layerNormalization: {
    shapes: { x: [3, 6], w: [6], b: [6] },
    build: (g, { x, w, b }) => g.layerNormalization(x, w, b, 1e-5),
  },
  'conv over images': {
    shapes: { x: [2, 3, 5, 6], w: [4, 3, 3, 3], b: [4] },
    build: (g, { x, w, b }) => g.conv(x, w, b, { padding: 1 }),
  },
  'conv 1×1': { shapes: { x: [2, 3, 4, 4], w: [5, 3, 1, 1] }, build: (g, { x, w }) => g.conv(x, w, undefined) },
  'conv with a stride and uneven zeros': {
    shapes: { x: [2, 3, 6, 7], w: [4, 3, 3, 3], b: [4] },
    build: (g, { x, w, b }) => g.conv(x, w, b, { stride: 2, padding: [0, 0, 1, 1] }),
  },
  'conv with another stride an axis': {
    shapes: { x: [1, 2, 6, 5], w: [3, 2, 3, 3] },
    build: (g, { x, w }) => g.conv(x, w, undefined, { stride: [2, 1], padding: [0, 1, 1, 1] }),
  },
  'conv over a sequence': {
    shapes: { x: [2, 3, 8], w: [4, 3, 3], b: [4] },
    build: (g, { x, w, b }) => g.conv(x, w, b, { stride: 2, padding: 1 }),
  },
};

describe('appendGradients', () => {
  const covered = new Set<string>();
  it.each(Object.entries(cases))('agrees with central differences: %s', async (_, example) => {
    for (const operator of await check(example)) covered.add(operator);
  });

  it('has a case for every operator', () => {
    const tables = [elementwiseGradients, layoutGradients, reductionGradients, productGradients, convolutionGradients];
    const uncovered = tables.flatMap((table) => Object.keys(table)).filter((operator) => !covered.has(operator));
    expect(uncovered).toEqual(['Identity']);
  });

  it('gives zeros for a value that the loss does not depend on', async () => {
    const g = new Graph();
    const [a, b] = [g.input('a', [2]), g.input('b', [3])];
    const [da, db] = appendGradients(g, g.reduceSum(g.mul(a, a), [0]), [a, b]);
    g.output('da', da);
    g.output('db', db);
    await using session = await runtime.createSession(writeModel(g, noWeights));
    const feeds = { a: values('a', [2], 0), b: values('b', [3], 0) };
    const result = await session.run(feeds);
    expect(Array.from(toFloat32(result.da).data)).toEqual(Array.from(feeds.a.data, (value) => Math.fround(2 * value)));
    expect(Array.from(toFloat32(result.db).data)).toEqual([0, 0, 0]);
  });

  it('refuses a loss with several elements, and operators without a gradient', () => {
    const g = new Graph();
    const a = g.input('a', [1, 1, 4, 4]);
    expect(() => appendGradients(g, a, [a])).toThrow('The loss must have one element (got a of shape [1, 1, 4, 4]).');
    const pooled = g.maxPool(a, [4, 4]);
    expect(() => appendGradients(g, pooled, [a])).toThrow(/The operator MaxPool .* has no gradient/);
  });
});
