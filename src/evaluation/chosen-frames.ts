// Frames of a video that are chosen by their numbers in the file.
import type { VideoImage, VideoReader } from '../media/video-reader.ts';

/** Yields the frames with these ascending numbers, the first frame being 0. */
export function chosenFrames(
  video: VideoReader,
  numbers: readonly number[],
  signal?: AbortSignal,
): AsyncIterable<VideoImage> {
  const { timestamps } = video;
  const schedule = {
    count: numbers.length,
    sourceIndex: (slot: number) => numbers[slot],
    timestamp: (slot: number) => timestamps[numbers[slot]],
    duration: () => 0,
  };
  return video.images({ schedule, signal });
}
