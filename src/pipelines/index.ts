/**
 * The job with your own readers and writers, and its parts: a model's networks, faces from frames,
 * features from speech, windows of faces.
 *
 * @module latentsync/pipelines
 */

// The job
export {
  lipsyncVideo,
  type JobWindowStore,
  type JobWriter,
  type JobWriterOptions,
  type LaneWindowStore,
  type LipsyncJob,
  type LipsyncOutcome,
} from './lipsync-pipeline.ts';
export {
  planLipsync,
  type LipsyncInputs,
  type LipsyncPlan,
  type PlanLipsyncOptions,
  type PlannedSpeech,
} from './plan-lipsync.ts';
export type { SpeechSpan } from '../audio/speech-spans.ts';
export type { ChosenLane, Lane, SilentMouth } from './lanes.ts';
export type { SpeakerOption, SpeechOption } from './speakers.ts';
export type { SpeechTime } from './speech-placement.ts';
export {
  JobRecord,
  type JobPlan,
  type JobRecordOptions,
  type KeptStage,
  type Thumbnail,
  type WrittenFrame,
} from './job-record.ts';
export { resolveLipsyncOptions, type ResolvedLipsyncOptions } from './lipsync-options.ts';
export { LoadedNetworks, type AnalysisOptions, type LoadedNetworksOptions } from './loaded-networks.ts';
export type { Excerpt, TimeRange } from '../util/times.ts';
export type { AudioMeasure } from './audio/audio-features.ts';
export { findSeam, type SeamVideo } from './seam.ts';
export { Timeline, type Seam, type TimelineFrame, type TimelineOptions, type TimelineRun } from './timeline.ts';
export {
  WindowPlan,
  type DrawingStart,
  type PlannedFrame,
  type QuietMouth,
  type UnchangedReason,
  type WindowPlanOptions,
} from './window-plan.ts';

// Its parts
export {
  Audio2Feature,
  FeatureChunks,
  type Audio2FeatOptions,
  type FeatureChunksOptions,
  type WindowRows,
} from './audio/audio2feature.ts';
export { ImageCodec, type ImageCodecOptions } from './image-codec.ts';
export { LatentDenoiser, type DenoiseOptions, type DenoiserInputs, type DenoiserOptions } from './latent-denoiser.ts';
export {
  WindowGenerator,
  type GenerateOptions,
  type PosteriorNoise,
  type WindowGeneratorOptions,
  type WindowInputs,
  type WindowOutputs,
} from './window-generator.ts';
export {
  lipsyncFrames,
  type LaneStart,
  type LipsyncStreamOptions,
  type StreamFace,
  type StreamFrame,
} from './lipsync-stream.ts';
export {
  assembleModel,
  LipsyncModel,
  type LipsyncModelDefaults,
  type LipsyncModelParts,
  type ModelParts,
  type Weighted,
  type WeightFiles,
} from './lipsync-model.ts';
export type { DenoisingSettings } from './denoising-path.ts';
export { LipsyncNetworks, type LipsyncNetworksOptions, type OpenInt8Weights } from './lipsync-networks.ts';
export {
  FaceWindows,
  faceWindowsOptions,
  type DrawnFace,
  type DrawWindow,
  type EncodedFaces,
  type FaceWindowsOptions,
  type WindowFace,
  type WindowProgress,
  type WindowSizes,
  type WindowsStart,
  type WindowStore,
} from './face-windows.ts';
export { KeptLatents, type LatentsByFace, type LatentStore, type VideoFace } from './kept-latents.ts';
export {
  createInsightFaceLandmarker,
  createMeshLandmarker,
  type FaceIdentity,
  type FaceLandmarker,
  type FaceLandmarks,
  type FacePortrait,
  type FaceSearchOptions,
  type FaceSearchResult,
  type LandmarkerOptions,
  type LandmarkKind,
  type LandmarkOptions,
  type LazyModelFiles,
} from './faces/face-landmarker.ts';
export { ChosenFaces, type ChosenFrame, type FaceChoice } from './faces/chosen-faces.ts';
export type { FaceOption, FacePlace } from './faces/face-option.ts';
export { FacePoints, type PointedVideo } from './faces/face-points.ts';
export { parsePoints, type PointsFile, type PointsFormat, type PointsRow } from './faces/points-file.ts';
export { likeness, SAME_PERSON, TrackIdentities, TrackPortraits } from './faces/people.ts';
export type { UnusableReason } from './faces/usable-faces.ts';
export { trackFaces, type FrameFace, type TrackedFrame, type TrackFacesOptions } from './faces/track-faces.ts';
export type { FacesSummary, PersonSummary, TrackSummary, Usability, VideoSpan } from './faces/faces-summary.ts';
export type { FaceTrack, RowRange } from './faces/track-sums.ts';
export { TrackTable, type TrackTableEntry, type TrackTableFace, type TrackTableInput } from './faces/track-table.ts';
export { trackVideo, type TrackedPart, type TrackTableStore, type TrackVideoOptions } from './faces/track-video.ts';
export type { FrameMeasures } from '../vision/frame-meter.ts';
export { createImage8, type Image8 } from '../tensor/image.ts';
export type { EncodingPreset, VideoCodec } from '../media/encoded-formats.ts';
export { Tensor, type DType, type TensorDataTypes } from '../tensor/tensor.ts';
export type { JobProgress, OnProgress, Progress } from '../util/progress.ts';
export { StageClock } from '../util/stage-clock.ts';
export type { TimelineSource } from './video-part.ts';
