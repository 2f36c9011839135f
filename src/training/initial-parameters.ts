// Parameters before training: PyTorch's defaults, and zeros where a branch should begin by adding nothing.
import { whisperPositions } from '../models/whisper-encoder.ts';
import { positionTable } from '../nn/embeddings.ts';
import type { Module } from '../nn/module.ts';
import { layoutOf } from './parameter-layout.ts';
import { Tensor } from '../tensor/tensor.ts';
import { SeededRandom } from '../synthetic/random.ts';

/**
 * Returns a parameter's first values: weights uniform within ±1/√fan-in (PyTorch's default), norms 1, biases 0.
 *
 * @param seed - decides the values, together with the key.
 */
export function initialParameter(key: string, shape: readonly number[], seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (shape.length === 1) return key.endsWith('weight') ? values.fill(1) : values;
  const bound = 1 / Math.sqrt(shape.slice(1).reduce((product, size) => product * size, 1));
  const random = new SeededRandom(seed).fork(key);
  for (let i = 0; i < values.length; i++) values[i] = random.uniform(-bound, bound);
  return values;
}

/** Returns the parameters that are not learned, the position tables, by key. */
export function positionTables(module: Module): Map<string, Tensor<'float32'>> {
  const trained = layoutOf(module).entries;
  const tables = new Map<string, Tensor<'float32'>>();
  for (const [key, { shape }] of module.namedParameters()) {
    if (trained.has(key)) continue;
    const table = key.endsWith('.pe') ? positionTable(shape[1], shape[2]) : whisperPositions(shape[0], shape[1]);
    tables.set(key, Tensor.float32(shape, table));
  }
  return tables;
}
