// Opening media files in Node: paths, URLs, blobs and bytes, checked first; FFmpeg's codecs; and errors that name the file.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BlobSource, BufferSource, FilePathSource, UrlSource, type Source } from 'mediabunny';
import { OptionError } from '../util/assert.ts';
import { fileError } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { type AudioReader, openAudioSource } from './audio-reader.ts';
import { registerCodecs } from './codecs-node.ts';
import { unreadable, type MediaInput } from './media-input.ts';
import { checkRemoteFile, displayUrl, retryDelay } from './remote-file.ts';
import { openVideoSource, type VideoReader } from './video-reader.ts';

/** Options of {@link openVideo} and {@link openAudio}. */
export interface OpenOptions {
  signal?: AbortSignal;
}

/**
 * Opens the video track of a media file.
 *
 * @throws LatentSyncError `file-not-found`, `file-not-readable`, `download-failed`, `media-unreadable` or `no-video-track`.
 *
 * @example
 * await using video = await openVideo('talk.mp4');
 * for await (const frame of video.frames({ fps: 25 })) console.log(frame.timestampSeconds, frame.data.length);
 */
export async function openVideo(input: MediaInput, options: OpenOptions = {}): Promise<VideoReader> {
  const { source, name } = await openSource(input, 'video', options);
  await registerCodecs();
  const { normalizeInNode } = await import('./sample-normalizer-node.ts');
  return openVideoSource(source, { name, normalize: normalizeInNode });
}

/**
 * Opens the sound track of an audio or video file.
 *
 * @throws LatentSyncError `file-not-found`, `file-not-readable`, `download-failed`, `media-unreadable`, `no-audio-track` or `audio-empty`.
 */
export async function openAudio(input: MediaInput, options: OpenOptions = {}): Promise<AudioReader> {
  const { source, name } = await openSource(input, 'audio', options);
  await registerCodecs();
  return openAudioSource(source, name);
}

/** Returns the path of an input that is a file; undefined when it is something else. */
export function pathOf(input: MediaInput): string | undefined {
  if (typeof input === 'string') return input;
  return input instanceof URL && input.protocol === 'file:' ? fileURLToPath(input) : undefined;
}

// An error between two reads comes up again at the next one.
const handleUnhandledError = (): undefined => undefined;

async function openSource(
  input: MediaInput,
  role: 'video' | 'audio',
  { signal }: OpenOptions,
): Promise<{ source: Source; name: string }> {
  const path = pathOf(input);
  if (path !== undefined) {
    await checkInputFile(path);
    return { source: new FilePathSource(path, { handleUnhandledError }), name: printable(path) };
  }
  if (input instanceof URL) {
    if (!/^https?:$/.test(input.protocol)) {
      throw new OptionError(role, 'be a URL of file:, http: or https:', printable(input.href));
    }
    await checkRemoteFile(input, { signal });
    const source = new UrlSource(input, { getRetryDelay: retryDelay, handleUnhandledError });
    return { source, name: printable(displayUrl(input)) };
  }
  const name = input instanceof File && input.name !== '' ? printable(input.name) : `the ${role}`;
  const size = input instanceof Blob ? input.size : (input as ArrayBufferLike).byteLength;
  if (size === 0) throw unreadable(name, 'is empty.', 'Choose a media file.');
  if (input instanceof Blob) return { source: new BlobSource(input), name };
  return { source: new BufferSource(input as ArrayBuffer | Uint8Array), name };
}

async function checkInputFile(path: string): Promise<void> {
  const name = printable(path);
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (stats.isDirectory()) throw unreadable(name, 'is a folder.', 'Choose a media file.');
  if (!stats.isFile()) throw unreadable(name, 'is not a regular file.', 'Choose a media file.');
  if (stats.size === 0) throw unreadable(name, 'is empty.', 'Copy or download it again.');
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw fileError(error, path);
  });
}
