// The two makers of the media interface as their common tests see them: FFmpeg in Node, WebCodecs in a browser.
import type { AudioReader } from '../../src/media/audio-reader.ts';
import type { MediaInput, ReadingOptions } from '../../src/media/media-input.ts';
import type { StreamOptions } from '../../src/media/stream-options.ts';
import type { VideoReader } from '../../src/media/video-reader.ts';
import type { VideoWriter, VideoWriterOptions } from '../../src/media/video-writer.ts';

/** A maker, and what its tests read. */
export interface MediaMaker {
  readonly openVideo: (
    input: MediaInput,
    options?: ReadingOptions & Pick<StreamOptions, 'videoStream'>,
  ) => Promise<VideoReader>;
  readonly openAudio: (
    input: MediaInput,
    options?: ReadingOptions & Pick<StreamOptions, 'audioStream'>,
  ) => Promise<AudioReader>;
  /** Writes a video, whose frames `fill` adds, and returns the file. */
  readonly write: (options: VideoWriterOptions, fill: (writer: VideoWriter) => Promise<void>) => Promise<Blob>;
  /** Returns the address of a file of the tests; see `serveMediaFiles`. */
  readonly address: (name: string) => URL;
  /** Returns a file of the tests in memory. */
  readonly file: (name: string) => Promise<File>;
}

/** Returns what both makers' tests do alike: reading the files that a server at `url` has. */
export function servedFiles(url: () => string): Pick<MediaMaker, 'address' | 'file'> {
  const address = (name: string): URL => new URL(encodeURIComponent(name), url());
  return {
    address,
    async file(name) {
      const response = await fetch(address(name));
      if (!response.ok) throw new Error(`${name}: status ${response.status}`);
      return new File([await response.blob()], name);
    },
  };
}
