// Audio features kept on disk: [T, layers + 1, n_state] float32 under a key of audio, encoder and window.
import type { Tensor } from '../tensor/tensor.ts';
import type { FeatureOrigin, FeatureStore } from './feature-store.ts';
import { TensorCache } from './tensor-cache-node.ts';

/** Incremented whenever the same origin gives different numbers than before, so that older entries are no longer found. */
const FEATURE_VERSION = 2;

const TENSOR_NAME = 'features';

/** Returns the key of features: the same for the same sound with the same encoder, regardless of file names. */
export function featureKey({ audio, encoder, windowMode, window }: FeatureOrigin): string {
  return TensorCache.key([FEATURE_VERSION, audio, encoder, windowMode, window]);
}

/** A folder of features, shared by all processes, which a {@link TensorCache} keeps small. */
export class FeatureCache implements FeatureStore {
  readonly #cache: TensorCache;

  /**
   * @param options.directory Default `features` in the cache directory; created when first written to.
   * @param options.maxBytes Size that the folder is kept below; default 2 GB. An entry above a quarter of it is not kept.
   */
  constructor({ directory, maxBytes = 2e9 }: { directory?: string; maxBytes?: number } = {}) {
    this.#cache = new TensorCache('features', { directory, maxBytes });
  }

  /** The folder. */
  get directory(): string {
    return this.#cache.directory;
  }

  /** Returns the features of an origin, [T, layers + 1, n_state]; undefined if there is no entry or it is damaged. */
  async read(origin: FeatureOrigin): Promise<Tensor<'float32'> | undefined> {
    const tensor = (await this.#cache.read(featureKey(origin)))?.get(TENSOR_NAME);
    return tensor?.is('float32') && tensor.shape.length === 3 ? tensor : undefined;
  }

  /**
   * Keeps features; other processes see either the old entry or the complete new one.
   *
   * @param tensor [T, layers + 1, n_state]
   * @returns Whether they are kept: false when they are too large, or the disk is full or not writable.
   */
  async write(origin: FeatureOrigin, tensor: Tensor<'float32'>): Promise<boolean> {
    if (tensor.shape.length !== 3) {
      throw new RangeError(`tensor must have the shape [T, layers + 1, n_state] (got [${tensor.shape.join(', ')}]).`);
    }
    return this.#cache.write(featureKey(origin), new Map([[TENSOR_NAME, tensor]]));
  }
}
