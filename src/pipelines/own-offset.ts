// The own sound of a video may be late or early against its lips: how much, as a judge finds it, and a job whose sounds are moved by as much.
import type { MediaInput } from '../media/media-input.ts';
import type { MediaWarning } from '../media/media-warning.ts';
import type { VideoReader } from '../media/video-reader.ts';
import { OptionError } from '../util/assert.ts';
import { TOGETHER_MS, type Judge, type JudgeTask } from './judge.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';

/** Seconds of the part that is shown by which the offset is told, at most. */
const MEASURED_SECONDS = 120;

/** What {@link withOwnOffset} goes by. */
export interface OwnOffsetOptions extends Pick<JudgeTask, 'videoStream' | 'deinterlace' | 'signal' | 'onProgress'> {
  judge: Judge;
  /** The video, and the same opened. */
  video: MediaInput;
  reader: Pick<VideoReader, 'info' | 'name'>;
  /** Hears that the offset cannot be told. */
  warn: (warning: MediaWarning) => void;
}

/**
 * Returns the settings with all sound moved by the offset of the video's own: that sound, and the speech, which is taken to be timed by it.
 * Where lips and sound are together, or nothing can be told, they stay as they are.
 *
 * @throws OptionError when the video has no sound.
 */
export async function withOwnOffset(
  settings: ResolvedLipsyncOptions,
  { judge, video, reader, warn, ...task }: OwnOffsetOptions,
): Promise<ResolvedLipsyncOptions> {
  if (!reader.info.hasAudio) throw new OptionError('autoOffset', 'be left out: the video has no sound', true);
  const { startSeconds: start = 0, endSeconds = Infinity, audioOffsetSeconds } = settings;
  const end = Math.min(endSeconds, start + MEASURED_SECONDS);
  const { soundLateMs, isReliable, reasons } = await judge.judge(video, { ...task, start, end });
  if (soundLateMs === undefined || !isReliable) {
    const { name } = reader;
    const message = `${name}: whether its sound is late or early cannot be told, so it stays as it is. ${reasons.join(' ')}`;
    warn({ kind: 'offset-unknown', file: name, message });
    return settings;
  }
  if (Math.abs(soundLateMs) <= TOGETHER_MS) return settings;
  // Whole milliseconds: the job's key holds them.
  const ownSoundLateSeconds = Math.round(soundLateMs) / 1000;
  return { ...settings, ownSoundLateSeconds, audioOffsetSeconds: audioOffsetSeconds - ownSoundLateSeconds };
}
