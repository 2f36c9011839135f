// Weights made from their names alone: what a conformance file's prefix stands for, and what an untrained model starts from.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from '../checkpoint/stored-tensor.ts';
import { whisperPositions } from './whisper-encoder.ts';
import { positionTable } from '../nn/embeddings.ts';
import type { Module } from '../nn/module.ts';
import { fillHashed, hashedParameterRange } from '../tensor/hashed.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Returns the tensor that a name stands for. */
export function hashed(name: string, shape: readonly number[], scale = 1, offset = 0): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, scale, offset);
  return tensor;
}

/** Returns a model parameter's stand-in; position tables keep their defined values. */
export function hashedParameter(key: string, shape: readonly number[], prefix: string): Tensor<'float32'> {
  if (key.endsWith('.pe')) return Tensor.float32(shape, positionTable(shape[1], shape[2]));
  if (key.endsWith('positional_embedding')) return Tensor.float32(shape, whisperPositions(shape[0], shape[1]));
  const { scale, offset } = hashedParameterRange(key, shape);
  return hashed(prefix + key, shape, scale, offset);
}

/** Returns a checkpoint for a module; tensors are made when they are read. */
export function hashedCheckpoint(module: Module, prefix: string): Checkpoint {
  const tensors = new Map<string, StoredTensor>();
  for (const [key, { shape }] of module.namedParameters()) {
    tensors.set(key, { key, dtype: 'float32', shape, location: undefined });
  }
  return {
    name: `hashed weights "${prefix}"`,
    path: undefined,
    format: 'memory',
    tensors,
    metadata: {},
    read: (key) => Promise.resolve(hashedParameter(key, tensors.get(key)!.shape, prefix)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
