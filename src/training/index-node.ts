/**
 * Training: gradients of graphs, clips to learn from, recipes, and reports on what was learned.
 *
 * @module latentsync/training
 */
export * from './index.ts';
export type { RenderingTimes } from './data/synthetic-clip-renderer-node.ts';
export { generateClips, type GenerateClipsOptions, type GeneratedClips } from './data/generate-clips-node.ts';
export { openTrainingClip } from './data/training-clip-node.ts';
export { runRecipe, type RecipeName, type RecipeOptions } from './run-recipe-node.ts';
export type { TrainingResult, TrainingSettings, TrainOptions } from './train-node.ts';
export { trainPlan, type TrainPlanOptions, type TrainPlanResult } from './train-plan-node.ts';
export { reportModel, type ClipOutcome, type ModelReport, type ReportOptions } from './report/report-model-node.ts';
export type { SyncNetFiles } from './report/sync-judge-node.ts';
export {
  measureSyncAccuracy,
  type PairCount,
  type SyncAccuracy,
  type SyncAccuracyOptions,
} from './sync-accuracy-node.ts';
export type { VoiceOutcome } from './report/voice-figures.ts';
export type { SpeechSource } from './voices/recorded-voices.ts';
