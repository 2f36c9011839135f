// Writing a video file in Node: its name tells the container, its index is in front, and it appears only when it is complete.
import { printable } from '../util/printable.ts';
import { WholeFile } from '../util/whole-file-node.ts';
import { FFmpegOutput } from './ffmpeg-output-node.ts';
import { ANOTHER_FILE, asOutputError, checkOutput, type OutputFormat } from './output-file-node.ts';
import { containerOf } from './output-containers.ts';
import { createVideoWriter, type FrameToWrite, type VideoWriter, type VideoWriterOptions } from './video-writer.ts';

/** What {@link createVideo} writes. */
export const videoFormat: OutputFormat = {
  name: 'an MP4, MOV, MKV or WebM file',
  extensions: ['.mp4', '.m4v', '.mov', '.mkv', '.webm'],
  stem: 'result',
};

/**
 * Starts a video file, which becomes what its name says: MP4 (.mp4 or .m4v), MOV, MKV or WebM. Nothing appears at `path` before
 * {@link VideoWriter.finish}; an existing file stays until then.
 *
 * @throws RangeError when an option is out of range, or the codec cannot do what is asked of it in the container.
 * @throws LatentSyncError `output-not-writable`; while writing also `insufficient-disk`, and `media-crashed` or `media-stalled`
 * when the process that encodes ends or gets stuck.
 *
 * @example
 * await using video = await openVideo('talk.mp4');
 * await using audio = await openAudio('speech.wav');
 * await using writer = await createVideo('out.mp4', { ...video.info, audio });
 * for await (const frame of video.frames()) await writer.add(frame);
 * await writer.finish();
 */
export async function createVideo(path: string, options: VideoWriterOptions): Promise<VideoWriter> {
  await checkOutput(path, [], videoFormat);
  const file = await WholeFile.create(path, { remedy: ANOTHER_FILE });
  try {
    const writer = await createVideoWriter(
      options,
      containerOf(path)!,
      (tracks) => new FFmpegOutput(file.unfinishedPath, printable(path), tracks),
    );
    return new VideoFileWriter(path, file, writer);
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw asOutputError(error, path);
  }
}

class VideoFileWriter implements VideoWriter {
  readonly #path: string;
  readonly #file: WholeFile;
  readonly #writer: VideoWriter;

  constructor(path: string, file: WholeFile, writer: VideoWriter) {
    this.#path = path;
    this.#file = file;
    this.#writer = writer;
  }

  async add(frame: FrameToWrite): Promise<void> {
    try {
      await this.#writer.add(frame);
    } catch (error) {
      throw asOutputError(error, this.#path);
    }
  }

  async finish(): Promise<void> {
    try {
      await this.#writer.finish();
      await this.#file.commit();
    } catch (error) {
      throw asOutputError(error, this.#path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#writer[Symbol.asyncDispose]();
    } finally {
      await this.#file[Symbol.asyncDispose]();
    }
  }
}
