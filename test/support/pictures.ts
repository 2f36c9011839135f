// The pictures of a video file, as bytes to compare.
import { readPlanes } from './in-process-media.ts';

/** Returns the planes of every frame, its luma first, one byte per pixel. */
export async function picturesOf(path: string): Promise<Buffer[]> {
  const { read } = await readPlanes(path);
  return read.map(({ buffer }) => Buffer.from(buffer));
}
