// The pictures of a video file, as pixels to compare.
import { openVideo } from '../../src/media/input-file-node.ts';

/** Returns the RGBA bytes of every frame. */
export async function picturesOf(path: string): Promise<Buffer[]> {
  await using video = await openVideo(path);
  const pictures: Buffer[] = [];
  for await (const { data } of video.frames()) pictures.push(Buffer.from(data.slice()));
  return pictures;
}
