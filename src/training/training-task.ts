// TrainingTask: what a recipe gives to the training loop.
import type { WeightLocation } from '../onnx/model-proto.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ParameterLayout } from './parameter-layout.ts';
import type { TrainingGraph } from './training-graph.ts';

/** A network with its loss, and the batches that it is trained on. */
export interface TrainingTask {
  readonly layout: ParameterLayout;
  /** With the outputs `loss` and `gradients`, and any others of one element, which the log keeps. */
  readonly graph: TrainingGraph;
  /** Reads what `frozen` and `others` return; called once, before them. */
  readonly prepare?: () => Promise<void>;
  /** Returns the graph's parameters that are not trained. */
  readonly frozen: (key: string) => WeightLocation;
  /** Returns a trained parameter before the first step. */
  readonly initial: (key: string, shape: readonly number[]) => Promise<Float32Array>;
  /**
   * Returns the graph's inputs other than `parameters`; the same arguments give the same inputs.
   *
   * @param part - which batch of the step, if it accumulates the gradients of several.
   */
  readonly batch: (step: number, part: number) => Promise<Record<string, Tensor>>;
  /** Returns a trained parameter's key in the weights' file; undefined for one that only training needs. */
  readonly fileKey: (key: string) => string | undefined;
  /** Returns tensors that the weights file must contain in addition to the trained ones, by the graph's keys. */
  readonly others: () => Promise<ReadonlyMap<string, Tensor<'float32'>>>;
}
