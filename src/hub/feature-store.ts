// Where audio features are kept between jobs, and what identifies them. The store on disk: feature-cache-node.ts.
import type { Tensor } from '../tensor/tensor.ts';

/** Everything that the features of a window of the encoder depend on. */
export interface FeatureOrigin {
  /** Hash of the whole audio as the encoder hears it: 16 kHz mono. */
  audio: string;
  /** Identity of the encoder's weights: `fileIdentity`, or a name and seed for weights without a file. */
  encoder: string;
  /** How the audio is cut into windows: one word for each way that gives different numbers. */
  windowMode: string;
  /** Which of these windows, counted from 0. */
  window: number;
}

/** Keeps features for later jobs, window by window. */
export interface FeatureStore {
  /** Returns the features of an origin, [T, layers + 1, n_state]; undefined if there are none. */
  read(origin: FeatureOrigin): Promise<Tensor<'float32'> | undefined>;
  /**
   * Keeps features.
   *
   * @param tensor - [T, layers + 1, n_state]
   * @returns Whether they are kept.
   */
  write(origin: FeatureOrigin, tensor: Tensor<'float32'>): Promise<boolean>;
}
