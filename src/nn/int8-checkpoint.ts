// What a graph with int8 layers reads, as a checkpoint made from another: weights in integers, and the rest as it is.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from '../checkpoint/stored-tensor.ts';
import type { GraphCore } from '../onnx/graph-core.ts';
import { weightLevels, weightScale } from '../onnx/int8-weights.ts';
import { toFloat32, type Tensor } from '../tensor/tensor.ts';
import { CheckpointMismatchError } from '../util/errors.ts';

/**
 * Returns what a graph reads of a checkpoint; weights are quantized when they are read. The original must stay open, and is not
 * closed with this.
 */
export function int8Checkpoint(graph: GraphCore, original: Checkpoint): Checkpoint {
  const tensors = new Map<string, StoredTensor>();
  for (const [, { key, shape, dtype }] of graph.readParameters()) {
    const stored = original.tensors.get(key);
    const isMade = graph.int8Weights.has(key);
    if (!isMade && !stored)
      throw new CheckpointMismatchError({ source: original.name, missing: [key], unexpected: [], misshaped: [] });
    tensors.set(key, isMade ? { key, dtype, shape, location: undefined } : { ...stored!, location: undefined });
  }
  const read = async (key: string): Promise<Tensor> => {
    const made = graph.int8Weights.get(key);
    if (!made) return original.read(key);
    const { data } = toFloat32(await original.read(made.weight.key));
    return made.part === 'scale' ? weightScale(data, made.weight) : weightLevels(data, made.weight);
  };
  return {
    name: original.name,
    path: undefined,
    format: 'memory',
    tensors,
    metadata: {},
    read,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
