/**
 * Lip-syncing videos, and what belongs to the job: its models, its features, its faces, its errors.
 *
 * @module latentsync
 */
export * from './index.ts';

export { LipsyncPipeline, type LipsyncResult } from './pipelines/lipsync-pipeline-node.ts';
export {
  extractFeatures,
  type ExtractedFeatures,
  type ExtractFeaturesOptions,
} from './pipelines/audio/extract-features-node.ts';
export { openFaceLandmarker, type OpenFaceLandmarkerOptions } from './pipelines/faces/face-landmarker-node.ts';
export { createRuntime } from './runtime/child-process-runtime-node.ts';
export type { RuntimeOptions } from './runtime/hosted-runtime-node.ts';
export { listModels, type ModelState } from './hub/model-state-node.ts';
export { pullModel, type PullOptions } from './hub/pull-model-node.ts';
