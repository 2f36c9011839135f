// From a checkpoint to a model that runs: the strict fit of keys and shapes, and where each parameter's bytes are.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { byteLengthOf, type StoredTensor } from '../checkpoint/stored-tensor.ts';
import type { Graph } from '../onnx/graph.ts';
import { writeModel, type OnnxModel, type WeightLocation } from '../onnx/model-proto.ts';
import { bytesPerElement, sameShape } from '../tensor/tensor.ts';
import { CheckpointMismatchError } from '../util/errors.ts';
import { int8Checkpoint } from './int8-checkpoint.ts';
import type { Module } from './module.ts';

/**
 * Checks that a checkpoint has exactly the parameters of a module, in their shapes.
 *
 * @param options.mayLack - parameters that the checkpoint need not have.
 * @throws CheckpointMismatchError listing all differences.
 */
export function checkWeights(
  module: Module,
  checkpoint: Checkpoint,
  options: { mayLack?: (key: string) => boolean } = {},
): void {
  const expected = new Map(module.namedParameters());
  const missing: string[] = [];
  const misshaped: { key: string; expected: readonly number[]; actual: readonly number[] }[] = [];
  for (const [key, { shape }] of expected) {
    const stored = checkpoint.tensors.get(key);
    if (!stored) {
      if (!options.mayLack?.(key)) missing.push(key);
    } else if (!sameShape(stored.shape, shape)) misshaped.push({ key, expected: shape, actual: stored.shape });
  }
  const unexpected = [...checkpoint.tensors.keys()].filter((key) => !expected.has(key));
  if (missing.length + unexpected.length + misshaped.length > 0) {
    throw new CheckpointMismatchError({ source: checkpoint.name, missing, unexpected, misshaped });
  }
}

/** Weights that are not used from their file go into the graph itself up to this size; a graph may have 2 GB. */
const MOST_IN_GRAPH = 1 << 30;

/**
 * Returns the graph as a model whose weights are the checkpoint's: read in place from its file if they are stored
 * as the graph needs them, and carried with the model otherwise. Integers that the checkpoint lacks are made from its weights.
 */
export async function bindWeights(graph: Graph, given: Checkpoint): Promise<OnnxModel> {
  const keys = new Set(graph.readParameters().map(([, { key }]) => key));
  const lacksIntegers = [...graph.int8Weights.keys()].some((key) => keys.has(key) && !given.tensors.has(key));
  const checkpoint = lacksIntegers ? int8Checkpoint(graph, given) : given;
  const { directory, file } = splitPath(checkpoint.path);
  const stored = (key: string): StoredTensor => checkpoint.tensors.get(key) ?? missingKey(checkpoint, key);
  let carriedBytes = 0;
  for (const tensor of Array.from(keys, stored))
    if (!isUsable(tensor)) carriedBytes += byteLengthOf(tensor.dtype, tensor.shape) ?? Infinity;
  const fromFile = file !== undefined && carriedBytes <= MOST_IN_GRAPH;
  const locations = new Map<string, WeightLocation>();
  for (const key of keys) {
    const { location, dtype } = stored(key);
    if (fromFile && location && isUsable(stored(key))) locations.set(key, { dtype, file, ...location });
    else locations.set(key, { dtype, data: (await checkpoint.read(key)).bytes });
  }
  return writeModel(graph, (key) => locations.get(key)!, directory);
}

/** Whether a tensor lies in its file as ONNX Runtime can use it: each number at a multiple of its size. */
function isUsable({ location, dtype }: StoredTensor): boolean {
  return location !== undefined && location.offset % bytesPerElement[dtype] === 0;
}

function missingKey(checkpoint: Checkpoint, key: string): never {
  throw new CheckpointMismatchError({ source: checkpoint.name, missing: [key], unexpected: [], misshaped: [] });
}

function splitPath(path: string | undefined): { directory: string | undefined; file: string | undefined } {
  if (path === undefined) return { directory: undefined, file: undefined };
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { directory: path.slice(0, end + 1), file: path.slice(end + 1) };
}
