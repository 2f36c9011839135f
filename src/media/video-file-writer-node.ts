// Writing a video file in Node: H.264 by x264, index in front, and the file appears only when it is complete.
import { printable } from '../util/printable.ts';
import { WholeFile } from '../util/whole-file-node.ts';
import { FFmpegOutput } from './ffmpeg-output-node.ts';
import { ANOTHER_FILE, asOutputError, checkOutput, type OutputFormat } from './output-file-node.ts';
import { createVideoWriter, type FrameToWrite, type VideoWriter, type VideoWriterOptions } from './video-writer.ts';

/** What {@link createVideo} writes. */
export const mp4Format: OutputFormat = { name: 'an MP4 file', extensions: ['.mp4', '.m4v'], stem: 'result' };

/**
 * Starts an MP4 file, named .mp4 or .m4v. Nothing appears at `path` before {@link VideoWriter.finish}; an existing file stays until then.
 *
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
  await checkOutput(path, [], mp4Format);
  const file = await WholeFile.create(path, { remedy: ANOTHER_FILE });
  try {
    const writer = await createVideoWriter(
      options,
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
