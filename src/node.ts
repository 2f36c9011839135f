// The package in Node: the core, and what works with files, processes and downloads.
export * from './index.ts';

// The main job
export { LipsyncPipeline, type LipsyncResult } from './pipelines/lipsync-pipeline-node.ts';
export {
  extractFeatures,
  type ExtractedFeatures,
  type ExtractFeaturesOptions,
} from './pipelines/extract-features-node.ts';

// Models: what is there, getting them, opening them
export { openLipsyncModel } from './pipelines/lipsync-model-node.ts';
export { resolveModel, type ResolveOptions } from './hub/resolve-model-node.ts';
export type { ConfigurationText, ModelFiles, ResolvedModel } from './hub/model-files.ts';
export { pullModel, type PullOptions } from './hub/pull-model-node.ts';
export type { LockOptions } from './hub/lock-node.ts';
export type { OfficialConfig } from './hub/official-configs.ts';
export type { Retry, RetryOptions } from './hub/request-node.ts';
export { listModels, type ModelFileState, type ModelState } from './hub/model-state-node.ts';
export type { DownloadableModel, ModelDefinition, ModelFile, ModelPart } from './hub/model-registry.ts';
export { cacheDirectory, type CacheDirectoryOptions } from './hub/cache-directory-node.ts';

// Files
export { openCheckpointFile, writeSafetensorsFile, writeTorchZipFile } from './checkpoint/checkpoint-file-node.ts';
export { FileSource } from './checkpoint/file-source-node.ts';
export { openAudio, openVideo } from './media/input-file-node.ts';
export { createVideo } from './media/video-file-writer-node.ts';
export { writePng, type RgbaPicture } from './media/png-node.ts';

// Faces
export { openFaceLandmarker, type OpenFaceLandmarkerOptions } from './pipelines/faces/face-landmarker-node.ts';

// Running networks, and checking that they compute what they should
export { createRuntime, type ProcessRuntime } from './runtime/child-process-runtime-node.ts';
export type { RuntimeOptions } from './runtime/hosted-runtime-node.ts';
export {
  verifyDirectory,
  type ConformanceReport,
  type ConformanceResult,
  type VerifyOptions,
} from './conformance/verify-node.ts';
export type { Measure } from './conformance/comparison.ts';

// Training
export { generateClips, type GenerateClipsOptions, type GeneratedClips } from './training/data/generate-clips-node.ts';
export { openTrainingClip } from './training/data/training-clip-node.ts';
export type { SpeechLabels } from './synthetic/speech-labels.ts';
export type { ClipLabels, TrainingClip } from './training/data/training-clip.ts';
export { appendGradients } from './training/gradients/gradients.ts';
export {
  reportModel,
  type ClipOutcome,
  type ModelReport,
  type ReportOptions,
} from './training/report/report-model-node.ts';
export type { ReportFigure } from './training/report/figures.ts';
export type { SyncNetFiles } from './training/report/sync-judge-node.ts';
export type { Figure } from './util/figure.ts';
export { runRecipe, type RecipeName, type RecipeOptions } from './training/run-recipe-node.ts';
export type { LearningRateSchedule } from './training/optimization/learning-rate.ts';
export type { TrainingResult, TrainingSettings, TrainOptions } from './training/train-node.ts';
export type { TrainingLogEntry } from './training/training-log.ts';
export { trainPlan, type TrainPlanOptions, type TrainPlanResult } from './training/train-plan-node.ts';
