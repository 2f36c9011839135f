/**
 * Video and audio files as streams of frames and samples, in and out.
 *
 * @module latentsync/media
 */
export * from './index.ts';
export {
  openAudio,
  openVideo,
  type OpenAudioOptions,
  type OpenOptions,
  type OpenVideoOptions,
} from './input-file-node.ts';
export { inspectMedia, type InspectOptions } from './inspect-media-node.ts';
export type {
  AudioProperties,
  AudioUse,
  ChoiceReason,
  ContainerDescription,
  MediaDescription,
  MediaRefusal,
  StreamDescription,
  VideoProperties,
  VideoUse,
} from './media-description.ts';
export { defaultLimits, type MediaLimits } from './media-process-node.ts';
export type { ProcessLimits } from './watched-process-node.ts';
export type { TimeLimits } from './frame-times.ts';
export type { ErrorCode, ErrorJson, Remedy } from '../util/errors.ts';
export type { ActionName, ActionReference, OptionReference, OptionValue, Wording } from '../util/wording.ts';
export { createVideo } from './video-file-writer-node.ts';
export { writePng, type PngPicture } from './png-node.ts';
