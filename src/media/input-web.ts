// Opening media files in browsers: URLs, blobs and bytes, read by Mediabunny on WebCodecs.
import { CustomSource, type Source } from 'mediabunny';
import { abortable, throwIfAborted } from '../util/abort.ts';
import { OptionError } from '../util/assert.ts';
import { checkOptions } from '../util/option-table.ts';
import type { AudioReader } from './audio-reader.ts';
import { locateBytes, type MediaByteSource } from './byte-source.ts';
import type { MediaInput, ReadingOptions } from './media-input.ts';
import type { SourceReaderOptions } from './mediabunny-input.ts';
import { openAudioSource } from './mediabunny-audio.ts';
import { openVideoSource } from './mediabunny-video.ts';
import { mp3Delay } from './mp3-delay.ts';
import { streamOptions, type StreamOptions } from './stream-options.ts';
import type { VideoReader } from './video-reader.ts';

/** Options of {@link openVideo} in browsers. */
export interface BrowserVideoOptions extends ReadingOptions, Pick<StreamOptions, 'videoStream'> {
  /** Browsers show the frames of interlaced video as they are: only `off` is possible. */
  deinterlace?: 'off';
}

/** Options of {@link openAudio} in browsers. */
export interface BrowserAudioOptions extends ReadingOptions, Pick<StreamOptions, 'audioStream'> {}

/**
 * Opens a video track of a media file.
 *
 * @throws LatentSyncError `file-not-found`, `download-failed`, `media-unreadable` or `no-video-track`; OptionError for a path,
 * which only Node can open, for a number that is not that of a video stream, and for deinterlacing.
 *
 * @example
 * await using video = await openVideo(fileInput.files[0]);
 * for await (const frame of video.frames({ fps: 25 })) console.log(frame.timestampSeconds, frame.data.length);
 */
export async function openVideo(input: MediaInput, options: BrowserVideoOptions = {}): Promise<VideoReader> {
  return openMedia(input, 'video', options, openVideoSource);
}

/**
 * Opens a sound track of an audio or video file.
 *
 * @throws LatentSyncError `file-not-found`, `download-failed`, `media-unreadable`, `no-audio-track`, `audio-undecodable` or
 * `audio-empty`; OptionError for a path, which only Node can open, and for a number that is not that of an audio stream.
 */
export async function openAudio(input: MediaInput, options: BrowserAudioOptions = {}): Promise<AudioReader> {
  return openMedia(input, 'audio', options, (source, { bytes, ...rest }) =>
    openAudioSource(source, { ...rest, mp3Delay: () => mp3Delay(bytes) }),
  );
}

/** How a source is read, and the bytes that are behind it. */
type SourceOptions = SourceReaderOptions &
  Pick<StreamOptions, 'videoStream' | 'audioStream'> & { bytes: MediaByteSource };

async function openMedia<T extends AsyncDisposable>(
  input: MediaInput,
  role: 'video' | 'audio',
  options: ReadingOptions & StreamOptions,
  openReader: (source: Source, options: SourceOptions) => Promise<T>,
): Promise<T> {
  checkOptions(streamOptions, options);
  const { signal, onWarning, videoStream, audioStream, deinterlace = 'off' } = options;
  if (deinterlace !== 'off') {
    throw new OptionError('deinterlace', 'be "off" in browsers, which cannot deinterlace', deinterlace);
  }
  if (typeof input === 'string') throw new OptionError(role, 'be a URL, a Blob, a File or bytes', input);
  throwIfAborted(signal);
  const { bytes, name } = await locateBytes(input, role, signal);
  const opened = openReader(sourceOf(bytes), { name, onWarning, videoStream, audioStream, bytes });
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
