// Opening media files by path in Node: checks on the path, FFmpeg's codecs, and errors that name the file.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { FilePathSource } from 'mediabunny';
import { LatentSyncError } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { type AudioReader, openAudioSource } from './audio-reader.ts';
import { registerCodecs } from './codecs-node.ts';
import { unreadable } from './media-input.ts';
import { openVideoSource, type VideoReader } from './video-reader.ts';

/**
 * Opens the video track of a media file.
 *
 * @throws LatentSyncError `file-not-found`, `media-unreadable` or `no-video-track`.
 *
 * @example
 * await using video = await openVideo('talk.mp4');
 * for await (const frame of video.frames({ fps: 25 })) console.log(frame.timestampSeconds, frame.data.length);
 */
export async function openVideo(path: string): Promise<VideoReader> {
  await checkInputFile(path);
  await registerCodecs();
  const { normalizeInNode } = await import('./sample-normalizer-node.ts');
  return openVideoSource(fileSource(path), { name: printable(path), normalize: normalizeInNode });
}

/**
 * Opens the sound track of an audio or video file.
 *
 * @throws LatentSyncError `file-not-found`, `media-unreadable`, `no-audio-track` or `audio-empty`.
 */
export async function openAudio(path: string): Promise<AudioReader> {
  await checkInputFile(path);
  await registerCodecs();
  return openAudioSource(fileSource(path), printable(path));
}

function fileSource(path: string): FilePathSource {
  // An error between two reads comes up again at the next one.
  return new FilePathSource(path, { handleUnhandledError: () => undefined });
}

async function checkInputFile(path: string): Promise<void> {
  const name = printable(path);
  const stats = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
      throw unreadable(name, `cannot be opened: ${error.message}`, 'Check the path and its permissions.', error);
    }
    throw new LatentSyncError('file-not-found', `${name} does not exist.\nCheck the path.`, { cause: error });
  });
  if (stats.isDirectory()) throw unreadable(name, 'is a folder.', 'Give a media file.');
  if (!stats.isFile()) throw unreadable(name, 'is not a regular file.', 'Give a media file.');
  if (stats.size === 0) throw unreadable(name, 'is an empty file.', 'Copy or download it again.');
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw unreadable(name, 'cannot be opened: no permission to read it.', 'Change its permissions.', error);
  });
}
