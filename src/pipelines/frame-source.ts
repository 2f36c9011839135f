// The frames of the output before lip-sync: the video once, cut, or played forward and backward until long enough.
import { frameCount, ROWS_PER_SECOND } from '../audio/feature-windows.ts';
import type { VideoFrameData, VideoInfo, VideoReader } from '../media/video-reader.ts';
import type { OutputLength } from './lipsync-options.ts';

/** How the output's frames follow from the video's. */
export interface FramePlan {
  /** Constant rate of the output; undefined: the frames keep their own, uneven times. */
  fps: number | undefined;
  /** Frames of the output; fewer where {@link FramePlan.endSeconds} comes first. */
  frameCount: number;
  /** Frames that begin at or after this time of the video are omitted; undefined: none are. */
  endSeconds?: number;
}

/** What {@link planFrames} depends on. */
export interface FramePlanOptions {
  length: OutputLength;
  /** Rows of the audio's features, 50 per second. */
  audioRows: number;
  /** Requested constant rate; undefined: the video's own. */
  fps: number | undefined;
  /** Counts frames as the reference does. */
  reference: boolean;
}

/** Returns how many frames the output has, and at which rate. */
export function planFrames(info: VideoInfo, options: FramePlanOptions): FramePlan {
  const { length, audioRows, reference } = options;
  const fps = options.fps ?? (info.variableFrameRate ? undefined : info.frameRate);
  if (fps === undefined) return planUnevenFrames(info, length, audioRows / ROWS_PER_SECOND);
  const ofVideo = Math.max(1, Math.round(info.durationSeconds * fps));
  const ofAudio = frameCount(audioRows, fps, { reference });
  const counts: Record<OutputLength, number> = { audio: ofAudio, video: ofVideo, shortest: Math.min(ofAudio, ofVideo) };
  return { fps, frameCount: counts[length] };
}

/** Frames at uneven times are cut by time; frames after the video's end come at its average rate. */
function planUnevenFrames(
  { frameCount: own, frameRate, durationSeconds }: VideoInfo,
  length: OutputLength,
  audioSeconds: number,
): FramePlan {
  if (length === 'video' || (length === 'shortest' && audioSeconds >= durationSeconds)) {
    return { fps: undefined, frameCount: own };
  }
  if (audioSeconds < durationSeconds) return { fps: undefined, frameCount: own, endSeconds: audioSeconds };
  const repeated = (audioSeconds - durationSeconds) * frameRate;
  return { fps: undefined, frameCount: own + Math.ceil(repeated - 1e-6) }; // less a little: rounding adds no frame
}

/**
 * Yields the frames of a plan. A video that is too short continues backward from its end, then forward again; the times of its
 * frames keep rising.
 */
export async function* outputFrames(
  video: VideoReader,
  { fps, frameCount: wanted, endSeconds, signal }: FramePlan & { signal?: AbortSignal },
): AsyncGenerator<VideoFrameData> {
  const { info } = video;
  const durationSeconds = 1 / (fps ?? info.frameRate);
  const options = {
    ...(fps !== undefined && { fps }),
    ...(endSeconds !== undefined && { endSeconds }),
    ...(signal && { signal }),
  };
  let count = 0;
  let firstPass = { frames: 0, seconds: 0 };
  for (let reversed = false; ; reversed = !reversed) {
    const before = count;
    for await (const frame of video.frames({ ...options, reversed })) {
      if (count === wanted) return;
      // The first pass keeps the file's own times, which may be uneven.
      if (before === 0) yield { ...frame, index: count };
      else {
        const timestampSeconds = firstPass.seconds + (count - firstPass.frames) * durationSeconds;
        yield { ...frame, index: count, timestampSeconds, durationSeconds };
      }
      count++;
    }
    if (count === wanted || count === before || endSeconds !== undefined) return;
    if (before === 0) firstPass = { frames: count, seconds: fps === undefined ? info.durationSeconds : count / fps };
  }
}
