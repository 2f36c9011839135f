import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { Graph } from '../onnx/graph.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { Tensor, toFloat32, toHalf } from '../tensor/tensor.ts';
import { bindWeights } from './weights.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A safetensors file of two matrices of 16-bit floats, each behind some bytes that nothing uses. */
async function writeMatrices(path: string, gaps: readonly [number, number]): Promise<void> {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let end = 0;
  const add = (name: string, dtype: string, shape: number[], bytes: Uint8Array): void => {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    parts.push(bytes);
    end += bytes.length;
  };
  for (const [index, value] of [0.5, 2].entries()) {
    if (gaps[index] > 0) add(`gap ${index}`, 'U8', [gaps[index]], new Uint8Array(gaps[index]));
    const matrix = toHalf(Tensor.float32([64, 64], new Float32Array(64 * 64).fill(value)), 'float16');
    add(`matrix ${index}`, 'F16', [64, 64], matrix.bytes);
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json, ...parts]));
}

it.each([
  ['both lie at multiples of their size', [0, 6]],
  ['neither does', [1, 2]],
  ['one does and the other does not', [0, 1]],
] as const)('computes with weights of a file in which %s', async (_, gaps) => {
  const path = join(folder, `${gaps.join('-')}.safetensors`);
  await writeMatrices(path, gaps);
  await using checkpoint = await openCheckpointFile(path);
  const g = new Graph();
  const x = g.input('x', [1, 64]);
  g.output('y', g.gemm(g.gemm(x, g.parameter('matrix 0', [64, 64])), g.parameter('matrix 1', [64, 64])));
  await using runtime = createRuntime({ threads: 1 });
  await using session = await runtime.createSession(await bindWeights(g, checkpoint));
  const { y } = await session.run({ x: Tensor.float32([1, 64], new Float32Array(64).fill(1)) });
  expect(new Set(toFloat32(y).data)).toEqual(new Set([64 * 0.5 * 64 * 2]));
});
