/**
 * Video and audio files as streams of frames and samples, in and out.
 *
 * @module latentsync/media
 */
export type { MediaInput, ReadingOptions } from './media-input.ts';
export type { MediaWarning, MediaWarningKind, OnMediaWarning } from './media-warning.ts';
export { openAudio, openVideo, type BrowserAudioOptions, type BrowserVideoOptions } from './input-web.ts';
export type { Deinterlacing, StreamOptions } from './stream-options.ts';
export type { FrameSchedule } from './frame-timing.ts';
export type {
  FramePixels,
  FramesOptions,
  PictureBytes,
  ScheduledFrame,
  VideoFrameData,
  VideoImage,
  VideoInfo,
  VideoPictureData,
  VideoReader,
} from './video-reader.ts';
export type { FontFile, KeptSubtitles, OtherStream } from './other-streams.ts';
export type { ShownPart, SubtitleCue, TrackCue } from './cue-track.ts';
export type { SubtitleCodec, SubtitleTrack } from './subtitle-formats.ts';
export type { ChromaLocation, PictureTags } from './picture-tags.ts';
export type { EncodingPreset, VideoCodec } from './encoded-formats.ts';
export type { Image8 } from '../tensor/image.ts';
export type { Orientation, PictureFormat, PictureLayout, Transfer } from '../tensor/picture.ts';
export type { YuvEncoding, YuvMatrix } from '../tensor/yuv-encoding.ts';
export { readTrack, type AudioChunk, type AudioInfo, type AudioPacket, type AudioReader } from './audio-reader.ts';
export type { FrameToWrite, VideoWriter, VideoWriterOptions } from './video-writer.ts';
export { createVideo } from './webcodecs-encoder.ts';
