// What a network begins its training with: weights of a checkpoint or new parameters, and position tables.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { Module } from '../nn/module.ts';
import { checkWeights } from '../nn/weights.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { positionTables } from './initial-parameters.ts';
import type { ParameterLayout } from './parameter-layout.ts';

/** Where the weights come from. */
export interface StartingWeightsOptions {
  /** Which parameters are trained. */
  layout: ParameterLayout;
  checkpoint: Checkpoint | undefined;
  /** Parameters that the checkpoint need not have; without it there must be all, and nothing else. */
  mayLack?: (key: string) => boolean;
  /** Returns the initial values of a parameter that has no starting weights. */
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

  /** Reads the parameters that are not trained. @throws CheckpointMismatchError when the checkpoint is of another network. */
  async load(): Promise<void> {
    const { layout, checkpoint, mayLack } = this.#options;
    if (checkpoint) checkWeights(this.#module, checkpoint, { mayLack });
    for (const [key, { shape }] of this.#module.namedParameters()) {
      if (layout.entries.has(key) || this.#untrained.has(key)) continue;
      this.#untrained.set(key, Tensor.float32(shape, await this.initial(key, shape)));
    }
  }

  /** Returns the first values of a parameter. */
  async initial(key: string, shape: readonly number[]): Promise<Float32Array> {
    const { checkpoint, fresh } = this.#options;
    return checkpoint?.tensors.has(key) ? toFloat32(await checkpoint.read(key)).data : fresh(key, shape);
  }

  /** The parameters that are not trained, by key; the position tables only, before {@link load}. */
  get untrained(): ReadonlyMap<string, Tensor<'float32'>> {
    return this.#untrained;
  }
}
