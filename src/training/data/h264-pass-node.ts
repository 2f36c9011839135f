// A passage through H.264: frames [H,W,4] are encoded and decoded again, as a phone, a meeting or a platform does.
import { join } from 'node:path';
import { openVideo } from '../../media/input-file-node.ts';
import { createVideo } from '../../media/video-file-writer-node.ts';
import type { VideoImage } from '../../media/video-reader.ts';
import { TemporaryFolder } from '../../util/temporary-paths-node.ts';

/** Options of {@link throughH264}. */
export interface H264PassOptions {
  width: number;
  height: number;
  frameRate: number;
  /** x264's constant rate factor: 0 is lossless, 51 the worst. */
  crf: number;
  signal?: AbortSignal;
}

/** Yields as many frames as there were, in the same order and at the same times. */
export async function* throughH264(
  frames: AsyncIterable<VideoImage>,
  { width, height, frameRate, crf, signal }: H264PassOptions,
): AsyncGenerator<VideoImage> {
  await using folder = await TemporaryFolder.create('latentsync-h264-');
  const path = join(folder.path, 'pass.mp4');
  {
    await using writer = await createVideo(path, { width, height, frameRate, quality: crf });
    for await (const { data, ...times } of frames) await writer.add({ ...times, data: data.data });
    await writer.finish();
  }
  await using video = await openVideo(path, { signal });
  yield* video.images({ signal });
}
