/**
 * The parts that the pipeline is made of: a model's networks, faces from frames, features from speech, windows of faces.
 *
 * @module latentsync/pipelines
 */
export {
  Audio2Feature,
  FeatureChunks,
  type Audio2FeatOptions,
  type FeatureChunksOptions,
} from './audio/audio2feature.ts';
export { ImageCodec, type ImageCodecOptions } from './image-codec.ts';
export { LatentDenoiser, type DenoiseOptions, type DenoiserInputs, type DenoiserOptions } from './latent-denoiser.ts';
export {
  WindowGenerator,
  type WindowGeneratorOptions,
  type WindowInputs,
  type WindowOutputs,
} from './window-generator.ts';
export { lipsyncFrames, type LipsyncStreamOptions, type StreamFrame } from './lipsync-stream.ts';
export {
  assembleModel,
  LipsyncModel,
  type LipsyncModelDefaults,
  type LipsyncModelParts,
  type ModelParts,
} from './lipsync-model.ts';
export { LipsyncNetworks, type DenoisingSettings, type LipsyncNetworksOptions } from './lipsync-networks.ts';
export {
  FaceWindows,
  faceWindowsOptions,
  type DrawnFace,
  type FaceWindowsOptions,
  type WindowFace,
  type WindowProgress,
} from './face-windows.ts';
export {
  createInsightFaceLandmarker,
  createMeshLandmarker,
  type FaceLandmarker,
  type FaceLandmarks,
  type LandmarkerOptions,
  type LandmarkKind,
  type LandmarkOptions,
} from './faces/face-landmarker.ts';
export { trackFaces, type TrackedFrame, type TrackFacesOptions } from './faces/track-faces.ts';
