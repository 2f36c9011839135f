/**
 * The package in browsers: options, progress and errors of a job, a runtime, and a video writer on Web APIs.
 *
 * @module latentsync/browser
 */
export * from './index.ts';

export { createWebRuntime, type WebRuntimeOptions } from './runtime/web-runtime.ts';
export { createVideo } from './media/webcodecs-encoder.ts';
export type { VideoWriter, VideoWriterOptions } from './media/video-writer.ts';
export type { ChromaLocation, PictureTags } from './media/picture-tags.ts';
export type { EncodingPreset, VideoCodec } from './media/encoded-formats.ts';
export type { PictureFormat } from './tensor/picture.ts';
export type { Runtime } from './runtime/runtime.ts';
