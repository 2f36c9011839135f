// The frames of the output before lip-sync: the video once, cut, or played forwards and backwards until long enough.
import type { VideoFrameData, VideoReader } from '../media/video-reader.ts';

/** How the output's frames follow from the video's. */
export interface FramePlan {
  /** Constant rate of the output; undefined: the frames keep their own times. */
  fps: number | undefined;
  /** Frames of the output. */
  frameCount: number;
  signal?: AbortSignal | undefined;
}

/** Returns the number of frames that a video has at a constant rate, or of its own. */
export function videoFrameCount({ info }: VideoReader, fps: number | undefined): number {
  return fps === undefined ? info.frameCount : Math.max(1, Math.round(info.durationSeconds * fps));
}

/**
 * Yields `plan.frameCount` frames. A video that is too short goes on backwards from its end, then forwards again; its
 * frames get times that go on rising.
 */
export async function* outputFrames(video: VideoReader, plan: FramePlan): AsyncGenerator<VideoFrameData> {
  const signal = plan.signal ? { signal: plan.signal } : {};
  const rate = plan.fps ?? video.info.frameRate;
  let count = 0;
  for (let reversed = false; ; reversed = !reversed) {
    const before = count;
    const startSeconds = before / rate;
    const fps = plan.fps === undefined ? {} : { fps: plan.fps };
    for await (const frame of video.frames({ ...fps, ...signal, reversed })) {
      if (count === plan.frameCount) return;
      // The first pass keeps the file's own times, which may be uneven.
      const timestampSeconds = before === 0 ? frame.timestampSeconds : startSeconds + (count - before) / rate;
      yield { ...frame, index: count, timestampSeconds };
      count++;
    }
    if (count === plan.frameCount || count === before) return;
  }
}
