/**
 * The job with your own readers and writers, and its parts: a model's networks, faces from frames,
 * features from speech, windows of faces.
 *
 * @module latentsync/pipelines
 */
export * from './index.ts';
export { openSileroVad } from './audio/speech-detector-node.ts';
export { exportModel, type ExportedModel, type ExportModelOptions } from './export-model-node.ts';
export { openFaceLandmarker, type OpenFaceLandmarkerOptions } from './faces/face-landmarker-node.ts';
export { findFaces, type FindFacesOptions, type FoundFaces } from './faces/find-faces-node.ts';
export { openLipsyncModel, type OpenLipsyncModelOptions } from './lipsync-model-node.ts';
