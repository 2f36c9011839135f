// writeContactSheet: a picture that shows frames of two videos at the same times, one row each.
import { openVideo } from '../media/input-file-node.ts';
import { writePng } from '../media/png-node.ts';
import type { VideoReader } from '../media/video-reader.ts';
import { throwIfAborted } from '../util/abort.ts';
import { contactSheet } from '../vision/contact-sheet.ts';
import { createImage8, type Image8 } from '../tensor/image.ts';

const COLUMNS = 8;
const CELL_WIDTH = 256;

/**
 * Writes a PNG with eight frames of each video, evenly spaced over the shorter of the two: those of `before` above those of `after`.
 *
 * @throws LatentSyncError when a video cannot be read or the picture not be written, or `aborted`.
 */
export async function writeContactSheet(
  path: string,
  videos: { before: string; after: string },
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await using before = await openVideo(videos.before);
  await using after = await openVideo(videos.after);
  const seconds = Math.min(before.info.durationSeconds, after.info.durationSeconds);
  const images: Image8[] = [];
  for (const video of [before, after]) {
    for (let column = 0; column < COLUMNS; column++) {
      throwIfAborted(options.signal);
      images.push(await frameAt(video, (seconds * (column + 0.5)) / COLUMNS));
    }
  }
  await writePng(path, contactSheet(images, { columns: COLUMNS, cellWidth: CELL_WIDTH }));
}

/** Returns the frame that is shown at a time. */
async function frameAt(video: VideoReader, seconds: number): Promise<Image8> {
  // The first frame from there on begins within the length of one.
  const startSeconds = Math.max(0, seconds - 1 / video.info.frameRate);
  for await (const { width, height, data } of video.frames({ startSeconds }))
    return createImage8(width, height, 4, data);
  throw new Error(`There is no frame at ${seconds.toFixed(2)} s.`);
}
