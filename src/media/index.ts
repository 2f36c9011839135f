/**
 * Video and audio files as streams of frames and samples, in and out.
 *
 * @module latentsync/media
 */
export type { MediaInput } from './media-input.ts';
export type { MediaWarning, MediaWarningKind, OnMediaWarning } from './media-warning.ts';
export { openVideoSource, type VideoReaderOptions } from './mediabunny-video.ts';
export type { FramesOptions, VideoFrameData, VideoInfo, VideoReader } from './video-reader.ts';
export type { SampleNormalizer } from './sample-to-rgba.ts';
export {
  openAudioSource,
  readTrack,
  type AudioChunk,
  type AudioInfo,
  type AudioPacket,
  type AudioReader,
  type AudioReaderOptions,
} from './audio-reader.ts';
export type { FrameToWrite, VideoWriter, VideoWriterOptions } from './video-writer.ts';
export { createVideoOnTarget } from './webcodecs-encoder.ts';
