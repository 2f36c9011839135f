/**
 * The platform-free part of the package: options, progress and errors of a lip-sync job. The parts have their own entry points.
 *
 * @module latentsync
 */
export type { LipsyncOpenOptions, LipsyncOptions, LipsyncRunOptions } from './pipelines/lipsync-options.ts';
export type { Judge, JudgeTask, LipSync, SyncCheck } from './pipelines/judge.ts';
export type { Speaker } from './pipelines/speakers.ts';
export type { Extension, OutputLength } from './pipelines/timeline.ts';
export type { LipsyncOutcome } from './pipelines/lipsync-pipeline.ts';
export type { MediaInput } from './media/media-input.ts';
export { devices, type Device } from './runtime/runtime.ts';
export { layerDTypes, type LayerDType } from './onnx/layer-dtype.ts';
export { schedulerNames, type SchedulerName } from './schedulers/scheduler.ts';
export type { EncodingPreset, VideoCodec } from './media/encoded-formats.ts';
export type { JobProgress, OnProgress, Progress } from './util/progress.ts';
export { LatentSyncError, type ErrorCode, type ErrorJson, type Remedy } from './util/errors.ts';
export { OptionError } from './util/assert.ts';
export type { ActionName, ActionReference, OptionReference, OptionValue, Wording } from './util/wording.ts';
