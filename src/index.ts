// The core of the package, the same in Node and in browsers: checkpoints, graphs, models, schedulers, audio, faces, pipeline parts.

// Errors, progress, noise
export {
  CheckpointMismatchError,
  LatentSyncError,
  type CheckpointMismatch,
  type ErrorCode,
  type ErrorJson,
  type Remedy,
} from './util/errors.ts';
export { OptionError } from './util/assert.ts';
export type { ActionName, ActionReference, OptionReference, OptionValue, Wording } from './util/wording.ts';
export type { OnProgress, Progress } from './util/progress.ts';
export { TorchGenerator } from './util/random.ts';

// Tensors and checkpoints
export { Tensor, toFloat32, type DType, type TensorDataTypes } from './tensor/tensor.ts';
export { openCheckpoint, type Checkpoint } from './checkpoint/checkpoint.ts';
export { BlobSource, BytesSource, type ByteSource } from './checkpoint/byte-source.ts';
export type { ByteSink } from './checkpoint/byte-sink.ts';
export {
  checkpointFromTensors,
  modernAttentionKey,
  renameKeys,
  selectKeys,
  selectPrefix,
} from './checkpoint/checkpoint-views.ts';
export {
  describeCheckpoint,
  type CheckpointDescription,
  type TensorDescription,
} from './checkpoint/describe-checkpoint.ts';
export type { Architecture, RecognizedArchitecture } from './checkpoint/recognize-architecture.ts';
export { writeSafetensors, type SafetensorsOptions } from './checkpoint/safetensors-writer.ts';
export { writeTorchZip, type TorchZipOptions } from './checkpoint/torch-zip-writer.ts';
export type { PlainValue } from './checkpoint/pickle-writer.ts';
export type { FileFormat } from './checkpoint/sniff.ts';
export type { StoredTensor } from './checkpoint/stored-tensor.ts';
export type { TensorSource, WriteOptions } from './checkpoint/tensor-source.ts';

// Graphs, and what runs them
export { Graph, type ConvOptions, type Padding } from './onnx/graph.ts';
export { linearDTypes, type LinearDType } from './onnx/linear-dtype.ts';
export type { Attribute, GraphCore, GraphNode, GraphParameter, Value } from './onnx/graph-core.ts';
export { symbolicDim, type Dim, type Shape, type SymbolicDim } from './onnx/dim.ts';
export { writeModel, type OnnxModel, type WeightLocation } from './onnx/model-proto.ts';
export { Module, nameParameters, type Parameter } from './nn/module.ts';
export { bindWeights, checkWeights } from './nn/weights.ts';
export {
  devices,
  type Device,
  type Feed,
  type KeptTensor,
  type RunOptions,
  type Runtime,
  type RuntimeModel,
  type Session,
  type SessionOptions,
} from './runtime/runtime.ts';

// Models
export { parseUNet3DConfig, type UNet3DConfig } from './models/unet-3d-config.ts';
export type { MotionModuleOptions } from './models/motion-module.ts';
export type { ResnetTimeScaleShift } from './models/resnet-3d.ts';
export {
  shallowUNetGraph,
  UNet3DConditionModel,
  unetGraph,
  type UNetGraphOptions,
  type UNetInputs,
  type UNetOutputs,
} from './models/unet-3d-condition.ts';
export {
  AutoencoderKL,
  decoderGraph,
  encoderGraph,
  parseAutoencoderKLConfig,
  type AutoencoderKLConfig,
} from './models/autoencoder-kl.ts';
export {
  parseWhisperDims,
  WhisperEncoder,
  whisperEncoderGraph,
  type WhisperEncoderConfig,
} from './models/whisper-encoder.ts';
export {
  parseStableSyncNetConfig,
  type DownEncoder2DConfig,
  type StableSyncNetConfig,
} from './models/stable-syncnet-config.ts';
export {
  StableSyncNet,
  stableSyncNetGraph,
  type StableSyncNetGraphOptions,
  type StableSyncNetOutputs,
} from './models/stable-syncnet.ts';
export { syncNetAudioGraph, syncNetLipGraph, SyncNetV2 } from './models/syncnet-v2.ts';

// Schedulers
export { createScheduler } from './schedulers/create-scheduler.ts';

export { schedulerNames, type Scheduler, type SchedulerName } from './schedulers/scheduler.ts';
export type { PredictionType, SchedulerConfig, TimestepSpacing } from './schedulers/scheduler-config.ts';

// Audio
export { LogMelStream, logMelSpectrogram, SAMPLE_RATE } from './audio/log-mel-spectrogram.ts';
export { encoderInputs, measureLogMel, type LogMelMeasure, type SampleStream } from './audio/encoder-inputs.ts';
export {
  chunkIndices,
  encoderWindows,
  featureChunk,
  FeatureJoiner,
  featureRowCount,
  frameCount,
  type EncoderWindow,
  type EncoderWindowOptions,
} from './audio/feature-windows.ts';
export { mixToMono, resample, Resampler } from './audio/resample.ts';
export { encodeWav, parseWav, type Pcm } from './audio/wav.ts';

// Faces
export { FaceAligner, type AlignedFace, type FaceAlignerOptions } from './vision/face-aligner.ts';
export { Compositor, type FaceCompositor } from './vision/compositing.ts';
export { createImage8, fromPixelValues, toPixelValues, type Image8 } from './tensor/image.ts';
export { inpaintMask } from './vision/mask.ts';
export { contactSheet, type ContactSheetOptions } from './vision/contact-sheet.ts';
export type { AffineMatrix, Box, Point } from './vision/geometry.ts';
export type { AlignmentPoints } from './vision/similarity.ts';
export {
  createInsightFaceLandmarker,
  createMeshLandmarker,
  type FaceLandmarker,
  type FaceLandmarks,
  type LandmarkerOptions,
  type LandmarkKind,
  type LandmarkOptions,
} from './pipelines/faces/face-landmarker.ts';
export { trackFaces, type TrackedFrame, type TrackFacesOptions } from './pipelines/faces/track-faces.ts';
export type { TfjsModelFiles } from './checkpoint/tfjs-graph-model.ts';

// Media
export {
  openVideoSource,
  type FramesOptions,
  type VideoFrameData,
  type VideoInfo,
  type VideoReader,
  type VideoReaderOptions,
} from './media/video-reader.ts';
export type { SampleNormalizer } from './media/sample-to-rgba.ts';
export { openAudioSource, type AudioChunk, type AudioInfo, type AudioReader } from './media/audio-reader.ts';
export type { FrameToWrite, VideoWriter, VideoWriterOptions } from './media/video-writer.ts';

// Parts of the pipeline
export {
  Audio2Feature,
  FeatureChunks,
  type Audio2FeatOptions,
  type FeatureChunksOptions,
} from './pipelines/audio2feature.ts';
export { ImageCodec, type ImageCodecOptions } from './pipelines/image-codec.ts';
export {
  LatentDenoiser,
  type DenoiseOptions,
  type DenoiserInputs,
  type DenoiserOptions,
} from './pipelines/latent-denoiser.ts';
export {
  WindowGenerator,
  type WindowGeneratorOptions,
  type WindowInputs,
  type WindowOutputs,
} from './pipelines/window-generator.ts';
export { lipsyncFrames, type LipsyncStreamOptions, type StreamFrame } from './pipelines/lipsync-stream.ts';
export {
  assembleModel,
  type LipsyncModel,
  type LipsyncModelDefaults,
  type ModelParts,
} from './pipelines/lipsync-model.ts';
export { LipsyncNetworks, type LipsyncNetworksOptions } from './pipelines/lipsync-networks.ts';
export type { LipsyncOptions, OutputLength } from './pipelines/lipsync-options.ts';

// Judging
export { syncScore, type SyncScore } from './evaluation/sync-score.ts';
