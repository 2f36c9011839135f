// Opening media files in Node: paths, URLs, blobs and bytes, checked first, then read by FFmpeg in a process of its own.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, systemErrorCode } from '../util/file-errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { printable } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { AudioReader } from './audio-reader.ts';
import { locateBytes } from './byte-source.ts';
import { openFFmpegAudio, openFFmpegVideo, type FFmpegVideoOptions } from './ffmpeg-readers-node.ts';
import { unreadable, type MediaInput, type ReadingOptions } from './media-input.ts';
import { defaultLimits, MediaProcess, type MediaBytes, type MediaLimits } from './media-process-node.ts';
import { streamOptions, type StreamOptions } from './stream-options.ts';
import type { VideoReader } from './video-reader.ts';

/** Options of {@link openVideo} and {@link openAudio}. */
export interface OpenOptions extends ReadingOptions {
  /** What the file may cost. Default: {@link defaultLimits}. */
  limits?: Partial<MediaLimits>;
}

/** Options of {@link openVideo}. */
export interface OpenVideoOptions extends OpenOptions, Pick<StreamOptions, 'videoStream' | 'deinterlace'> {}

/** Options of {@link openAudio}. */
export interface OpenAudioOptions extends OpenOptions, Pick<StreamOptions, 'audioStream'> {}

/**
 * Opens the video track of a media file.
 *
 * @throws OptionError for an option out of range, and for a number that is not that of a video stream.
 * @throws LatentSyncError `file-not-found`, `file-not-readable`, `download-failed`, `media-unreadable`,
 * `media-crashed`, `media-stalled`, `video-undecodable` or `no-video-track`.
 *
 * @example
 * await using video = await openVideo('talk.mp4');
 * for await (const frame of video.frames({ fps: 25 })) console.log(frame.timestampSeconds, frame.data.length);
 */
export async function openVideo(input: MediaInput, options: OpenVideoOptions = {}): Promise<VideoReader> {
  return openMedia(input, 'video', options, openFFmpegVideo);
}

/**
 * Opens the sound track of an audio or video file.
 *
 * @throws OptionError for an option out of range, and for a number that is not that of an audio stream.
 * @throws LatentSyncError `file-not-found`, `file-not-readable`, `download-failed`, `media-unreadable`,
 * `media-crashed`, `media-stalled`, `no-audio-track`, `audio-undecodable` or `audio-empty`.
 */
export async function openAudio(input: MediaInput, options: OpenAudioOptions = {}): Promise<AudioReader> {
  return openMedia(input, 'audio', options, openFFmpegAudio);
}

/** Returns the path of an input that is a file of this machine; undefined when it is something else. */
export function pathOf(input: MediaInput): string | undefined {
  if (typeof input === 'string') return input;
  if (!(input instanceof URL) || input.protocol !== 'file:') return undefined;
  try {
    return fileURLToPath(input);
  } catch {
    return undefined; // of another machine, or with a slash in a name
  }
}

async function openMedia<T>(
  input: MediaInput,
  role: 'video' | 'audio',
  options: OpenVideoOptions & OpenAudioOptions,
  openReader: (host: MediaProcess, options: FFmpegVideoOptions) => Promise<T>,
): Promise<T> {
  const { host, name } = await startReading(input, role, options);
  const { signal, onWarning, deinterlace } = options;
  try {
    return await openReader(host, { name, signal, onWarning, deinterlace });
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Returns a process that reads an input, and the name of it in errors. */
export async function startReading(
  input: MediaInput,
  role: 'video' | 'audio' | 'file',
  options: OpenOptions & StreamOptions,
): Promise<{ host: MediaProcess; name: string }> {
  checkOptions(streamOptions, options);
  const { signal, limits, videoStream, audioStream } = options;
  const { source, name } = await locate(input, role, signal);
  const streams = { video: videoStream, audio: audioStream };
  return { host: new MediaProcess(name, source, { ...defaultLimits, ...limits }, streams), name };
}

async function locate(
  input: MediaInput,
  role: 'video' | 'audio' | 'file',
  signal: AbortSignal | undefined,
): Promise<{ source: MediaBytes; name: string }> {
  const path = pathOf(input);
  if (path !== undefined) {
    await checkInputFile(path);
    return { source: { path, extension: extensionOf(path) }, name: printable(path) };
  }
  if (input instanceof URL && input.protocol === 'file:') {
    throw new OptionError(role, 'name a file of this machine', input.href);
  }
  const located = await locateBytes(input as URL | Blob | ArrayBuffer | ArrayBufferView, role, signal);
  return { source: { bytes: located.bytes, extension: extensionOf(located.path) }, name: located.name };
}

/** Returns the ending of a name, which tells some formats; empty where it cannot be one. */
function extensionOf(name: string): string {
  const extension = extname(name);
  return /^\.\w{1,8}$/.test(extension) ? extension : '';
}

async function checkInputFile(path: string): Promise<void> {
  const name = printable(path);
  const stats = await stat(path).catch((error: unknown) => {
    if (/%0?\d*d|[*?]/.test(path) && systemErrorCode(error) === 'ENOENT') throw noPattern(name);
    throw fileError(error, path);
  });
  if (stats.isDirectory()) throw unreadable(name, 'is a folder.', 'Choose a media file.');
  if (!stats.isFile()) throw unreadable(name, 'is not a regular file.', 'Choose a media file.');
  if (stats.size === 0) throw unreadable(name, 'is empty.', 'Copy or download it again.');
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw fileError(error, path);
  });
}

function noPattern(name: string): LatentSyncError {
  return new LatentSyncError('file-not-found', wording`${name} does not exist.`, {
    remedy: 'Patterns for several pictures are not read: make a video of them first.',
  });
}
