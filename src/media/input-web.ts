// Opening media files in browsers: URLs, blobs and bytes, read by Mediabunny on WebCodecs.
import { CustomSource, type Source } from 'mediabunny';
import { abortable, throwIfAborted } from '../util/abort.ts';
import { OptionError } from '../util/assert.ts';
import { openAudioSource, type AudioReader } from './audio-reader.ts';
import { locateBytes, type MediaByteSource } from './byte-source.ts';
import type { MediaInput, ReadingOptions, SourceReaderOptions } from './media-input.ts';
import { openVideoSource } from './mediabunny-video.ts';
import { mp3Delay } from './mp3-delay.ts';
import type { VideoReader } from './video-reader.ts';

/**
 * Opens the video track of a media file.
 *
 * @throws LatentSyncError `file-not-found`, `download-failed`, `media-unreadable` or `no-video-track`; OptionError for a path,
 * which only Node can open.
 *
 * @example
 * await using video = await openVideo(fileInput.files[0]);
 * for await (const frame of video.frames({ fps: 25 })) console.log(frame.timestampSeconds, frame.data.length);
 */
export async function openVideo(input: MediaInput, options: ReadingOptions = {}): Promise<VideoReader> {
  return openMedia(input, 'video', options, openVideoSource);
}

/**
 * Opens the sound track of an audio or video file.
 *
 * @throws LatentSyncError `file-not-found`, `download-failed`, `media-unreadable`, `no-audio-track` or `audio-empty`; OptionError
 * for a path, which only Node can open.
 */
export async function openAudio(input: MediaInput, options: ReadingOptions = {}): Promise<AudioReader> {
  return openMedia(input, 'audio', options, (source, { bytes, ...rest }) =>
    openAudioSource(source, { ...rest, mp3Delay: () => mp3Delay(bytes) }),
  );
}

async function openMedia<T extends AsyncDisposable>(
  input: MediaInput,
  role: 'video' | 'audio',
  { signal, onWarning }: ReadingOptions,
  openReader: (source: Source, options: SourceReaderOptions & { bytes: MediaByteSource }) => Promise<T>,
): Promise<T> {
  if (typeof input === 'string') throw new OptionError(role, 'be a URL, a Blob, a File or bytes', input);
  throwIfAborted(signal);
  const { bytes, name } = await locateBytes(input, role, signal);
  const opened = openReader(sourceOf(bytes), { name, onWarning, bytes });
  try {
    return await abortable(opened, signal);
  } catch (error) {
    // Whatever opens after all has no user.
    opened.then((reader) => reader[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

function sourceOf(bytes: MediaByteSource): Source {
  return new CustomSource({
    getSize: () => bytes.size,
    read: (start, end) => bytes.read(start, end - start),
    prefetchProfile: 'fileSystem',
    // A read ahead of its use that fails is repeated when its bytes are needed.
    handleUnhandledError: () => undefined,
  });
}
