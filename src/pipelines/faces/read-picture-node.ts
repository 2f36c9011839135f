// The picture of a person who is chosen by it.
import { openVideo } from '../../media/input-file-node.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';
import { OptionError } from '../../util/assert.ts';

/** Returns a picture, or the first frame of a video, RGBA. */
export async function readPicture(path: string, signal: AbortSignal | undefined): Promise<Image8> {
  await using video = await openVideo(path, { signal });
  for await (const { width, height, data } of video.frames({ signal })) return createImage8(width, height, 4, data);
  throw new OptionError('face', 'be a picture with something in it', path);
}
