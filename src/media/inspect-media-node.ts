// What is in a media file, and what becomes of it as the video or the audio of a job: by the same readers that the job uses.
import { LatentSyncError } from '../util/errors.ts';
import { soundTrackOf } from './audio-track-writer.ts';
import { codecFacts } from './encoded-formats.ts';
import { openFFmpegAudio, openFFmpegVideo } from './ffmpeg-readers-node.ts';
import { startReading, type OpenOptions } from './input-file-node.ts';
import type {
  AudioUse,
  ChoiceReason,
  ContainerDescription,
  MediaDescription,
  MediaRefusal,
  StreamDescription,
  VideoUse,
} from './media-description.ts';
import type { FileDescription } from './media-host-protocol.ts';
import type { MediaInput } from './media-input.ts';
import type { MediaProcess } from './media-process-node.ts';
import type { MediaWarning } from './media-warning.ts';
import { keptStreams, streamWarnings } from './other-streams.ts';
import { pixelFormatOf } from './pixel-formats.ts';
import type { StreamOptions } from './stream-options.ts';
import { subtitleFacts } from './subtitle-formats.ts';
import { pictureChanges, pictureTrackOf } from './video-writer.ts';

/** Options of {@link inspectMedia}: as for a job. */
export interface InspectOptions extends Omit<OpenOptions, 'onWarning'>, StreamOptions {}

/**
 * Tells what is in a media file and what a job would do with it. The whole file is read, but only its beginning is decoded.
 *
 * @throws OptionError for a stream that the file does not have.
 * @throws LatentSyncError `file-not-found`, `file-not-readable`, `download-failed`, `media-unreadable`, `media-crashed`,
 * `media-stalled`, or `aborted`. A file without video, for one, is described, and `asVideo` says what a job would.
 *
 * @example
 * const { streams, asVideo } = await inspectMedia('talk.mp4');
 */
export async function inspectMedia(input: MediaInput, options: InspectOptions = {}): Promise<MediaDescription> {
  const { host, name } = await startReading(input, 'file', options);
  try {
    const { item } = await host.ask<FileDescription>({ type: 'describe-file' }, options.signal);
    return {
      name,
      ...item.container,
      asVideo: await orRefusal(videoUse(host, name, item, options)),
      asAudio: await orRefusal(audioUse(host, name, item, options)),
    };
  } finally {
    await host.close();
  }
}

async function orRefusal<T>(use: Promise<T>): Promise<T | MediaRefusal> {
  try {
    return await use;
  } catch (error) {
    if (!(error instanceof LatentSyncError) || error.code === 'aborted') throw error;
    return { refused: error.toJSON() };
  }
}

async function videoUse(
  host: MediaProcess,
  name: string,
  { container, video: best, interlaced }: FileDescription,
  { signal, videoStream, deinterlace = 'auto' }: InspectOptions,
): Promise<VideoUse> {
  const warnings: MediaWarning[] = [];
  const video = await openFFmpegVideo(host, { name, signal, onWarning: (warning) => warnings.push(warning) });
  const { info, layout } = video;
  const stream = streamOf(container, videoStream ?? best);
  const pictures = { width: layout.width, height: layout.height, format: layout.format, frameRate: info.frameRate };
  const track = pictureTrackOf(pictures, 'mp4');
  const kept = keptStreams(video.otherStreams ?? [], 'mp4');
  for (const { text, ...warning } of streamWarnings(kept)) {
    warnings.push({ ...warning, file: name, message: `${name}: ${text}` });
  }
  return {
    stream: stream.index,
    reason: reasonOf(container, stream, videoStream),
    width: track.width,
    height: track.height,
    frameCount: info.frameCount,
    frameRate: info.frameRate,
    variableFrameRate: info.variableFrameRate,
    durationSeconds: info.durationSeconds,
    deinterlaced: deinterlace === 'on' || (deinterlace === 'auto' && interlaced),
    codec: codecFacts[track.codec].name,
    pixelFormat: pixelFormatOf(track.encoded),
    changes: pictureChanges(pictures, track),
    subtitles: kept.subtitles.map(({ index, source, written }) => ({
      stream: index,
      codec: subtitleFacts[written.codec].name,
      copied: written.codec === source.codec,
    })),
    warnings,
  };
}

async function audioUse(
  host: MediaProcess,
  name: string,
  { container, audio: best }: FileDescription,
  { signal, audioStream }: InspectOptions,
): Promise<AudioUse> {
  const warnings: MediaWarning[] = [];
  const reader = await openFFmpegAudio(host, { name, signal, onWarning: (warning) => warnings.push(warning) });
  const stream = streamOf(container, audioStream ?? best);
  const { sampleRate, numberOfChannels, durationSeconds } = reader.info;
  return {
    stream: stream.index,
    reason: reasonOf(container, stream, audioStream),
    sampleRate,
    numberOfChannels,
    durationSeconds,
    copied: (await soundTrackOf(reader, 'mp4')).type === 'copied',
    warnings,
  };
}

function streamOf({ streams }: ContainerDescription, index: number | undefined): StreamDescription {
  const stream = streams.find((candidate) => candidate.index === index);
  if (!stream) throw new Error('the media process described another file');
  return stream;
}

function reasonOf(
  { streams }: ContainerDescription,
  { kind, dispositions }: StreamDescription,
  wanted: number | undefined,
): ChoiceReason {
  if (wanted !== undefined) return 'chosen';
  const candidates = streams.filter((stream) => stream.kind === kind && !stream.dispositions.includes('cover art'));
  if (candidates.length === 1) return 'only';
  const defaults = candidates.filter((stream) => stream.dispositions.includes('default'));
  return dispositions.includes('default') && defaults.length < candidates.length ? 'default' : 'largest';
}
