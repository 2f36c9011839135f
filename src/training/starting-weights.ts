// What a network begins its training with: weights of a checkpoint, new parameters where it has none, and position tables.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { Module } from '../nn/module.ts';
import { sameShape, Tensor, toFloat32 } from '../tensor/tensor.ts';
import { CheckpointMismatchError } from '../util/errors.ts';
import { positionTables } from './initial-parameters.ts';
import type { ParameterLayout } from './parameter-layout.ts';

/** Where the weights come from. */
export interface StartingWeightsOptions {
  /** Which parameters are trained. */
  layout: ParameterLayout;
  checkpoint: Checkpoint | undefined;
  /** Returns the first values of a parameter that the checkpoint lacks. */
  fresh: (key: string, shape: readonly number[]) => Float32Array;
}

/** The parameters of a network before the first step. */
export class StartingWeights {
  readonly #module: Module;
  readonly #options: StartingWeightsOptions;
  readonly #untrained: Map<string, Tensor<'float32'>>;

  constructor(module: Module, options: StartingWeightsOptions) {
    this.#module = module;
    this.#options = options;
    this.#untrained = positionTables(module);
  }

  /** Reads the parameters that are not trained. */
  async load(): Promise<void> {
    const { layout } = this.#options;
    for (const [key, { shape }] of this.#module.namedParameters()) {
      if (layout.entries.has(key) || this.#untrained.has(key)) continue;
      this.#untrained.set(key, Tensor.float32(shape, await this.initial(key, shape)));
    }
  }

  /** Returns the first values of a parameter. @throws CheckpointMismatchError when the checkpoint has it in another shape. */
  async initial(key: string, shape: readonly number[]): Promise<Float32Array> {
    const { checkpoint, fresh } = this.#options;
    const stored = checkpoint?.tensors.get(key);
    if (!checkpoint || !stored) return fresh(key, shape);
    if (sameShape(stored.shape, shape)) return toFloat32(await checkpoint.read(key)).data;
    const misshaped = [{ key, expected: shape, actual: stored.shape }];
    throw new CheckpointMismatchError({ source: checkpoint.name, missing: [], unexpected: [], misshaped });
  }

  /** The parameters that are not trained, by key; the position tables only, before {@link load}. */
  get untrained(): ReadonlyMap<string, Tensor<'float32'>> {
    return this.#untrained;
  }
}
