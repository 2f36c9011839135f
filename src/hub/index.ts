/**
 * Which models there are, which of them are here, and getting the others.
 *
 * @module latentsync/hub
 */
export {
  knownModels,
  taesd,
  type DownloadableAutoencoder,
  type DownloadableModel,
  type ModelDefinition,
  type ModelFile,
  type ModelPart,
} from './model-registry.ts';
export type { ConfigurationText, ModelFiles, ResolvedModel, TrainedModelFolder } from './model-files.ts';
export type { FeatureOrigin, FeatureStore } from './feature-store.ts';
export type { OfficialConfig } from './official-configs.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
