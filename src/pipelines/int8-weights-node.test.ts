import { mkdtemp, readdir, rm, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import { Tensor } from '../tensor/tensor.ts';
import { openInt8Weights } from './int8-weights-node.ts';

let folder: string;
let original: Checkpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-int8-'));
  original = await writtenWeights('weights');
});
afterAll(async () => {
  await original[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const SIDE = 64;

async function writtenWeights(name: string): Promise<Checkpoint> {
  const tensors = new Map(
    ['int8', 'float32', 'unread'].map((key, index) => {
      const data = new Float32Array(SIDE * SIDE).map((_, i) => ((i % 11) - 5) * (index + 1));
      return [key, Tensor.float32([SIDE, SIDE], data)] as const;
    }),
  );
  const path = join(folder, `${name}.safetensors`);
  await writeSafetensorsFile(path, { tensors, read: (key) => Promise.resolve(tensors.get(key)!) });
  return openCheckpointFile(path);
}

/** A graph of a layer in integers and one in float32. */
function graph(second: { dtype?: 'float32' } = { dtype: 'float32' }): Graph {
  const g = new Graph({ dtype: 'int8' });
  const hidden = g.gemm(g.input('x', [symbolicDim('rows'), SIDE]), g.parameter('int8', [SIDE, SIDE]));
  g.output('y', g.gemm(hidden, g.parameter('float32', [SIDE, SIDE]), undefined, second));
  return g;
}

it('keeps what a graph reads in a file, and takes it from there the next time', async () => {
  const directory = join(folder, 'kept');
  const stages: string[] = [];
  const options = { directory, leastBytes: 0, onProgress: ({ stage }: { stage: string }) => stages.push(stage) };
  await using first = await openInt8Weights(graph(), original, options);
  expect([...first.tensors.keys()].sort()).toEqual(['float32', 'int8:int8-scale', 'int8:int8-values']);
  expect((await first.read('int8:int8-scale')).data[0]).toBeCloseTo(5 / 127);
  expect((await first.read('int8:int8-values')).data.slice(0, 3)).toEqual(Int8Array.of(-127, 102, 51));
  expect((await first.read('float32')).data[0]).toBe(-10);
  expect(new Set(stages)).toEqual(new Set(['quantize']));

  stages.length = 0;
  await using second = await openInt8Weights(graph(), original, options);
  expect(second.path).toBe(first.path);
  expect(stages).toEqual([]);
  await using other = await openInt8Weights(graph({}), original, options);
  expect(other.path).not.toBe(first.path); // another choice of layers
});

it('makes the file again when it is damaged, or the original is another', async () => {
  const directory = join(folder, 'damaged');
  const paths: (string | undefined)[] = [];
  const path = async (weights: Checkpoint): Promise<string> => {
    await using kept = await openInt8Weights(graph(), weights, { directory, leastBytes: 0 });
    expect((await kept.read('float32')).data[0]).toBe(-10);
    paths.push(kept.path);
    return kept.path!;
  };
  await truncate(await path(original), 100);
  await path(original);
  expect(paths[1]).toBe(paths[0]);
  await using another = await writtenWeights('another');
  expect(await path(another)).not.toBe(paths[0]);
});

it('removes what was not used for longest when the folder grows too large', async () => {
  const directory = join(folder, 'small');
  const keep = async (weights: Checkpoint): Promise<void> => {
    const kept = await openInt8Weights(graph(), weights, { directory, leastBytes: 0, maxBytes: 30_000 });
    await kept[Symbol.asyncDispose]();
  };
  await keep(original);
  const [first] = await readdir(directory);
  await utimes(join(directory, first), 1e9, Date.now() / 1000 - 60);
  await using another = await writtenWeights('yet another');
  await keep(another);
  const left = await readdir(directory);
  expect(left).toHaveLength(1);
  expect(left).not.toContain(first);
});

it('quantizes small weights, and those without a file, in memory', async () => {
  const directory = join(folder, 'none');
  await using small = await openInt8Weights(graph(), original, { directory });
  await using memory = await openInt8Weights(
    graph(),
    { ...original, path: undefined, tensors: original.tensors, read: (key) => original.read(key) },
    {
      directory,
      leastBytes: 0,
    },
  );
  for (const weights of [small, memory]) {
    expect(weights.path).toBeUndefined();
    expect((await weights.read('int8:int8-values')).data[0]).toBe(-127);
  }
  await expect(readdir(directory)).rejects.toThrow('ENOENT');
});
