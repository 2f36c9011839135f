// planLipsync: open files → what the output will be, known before anything is drawn or even loaded: its frames, and where lips move.
import { featureRowCount, ROWS_PER_SECOND, type FeatureRows } from '../audio/feature-windows.ts';
import { lipRows, meetsRows } from '../audio/speech-spans.ts';
import type { FeatureStore } from '../hub/feature-store.ts';
import type { AudioReader } from '../media/audio-reader.ts';
import type { VideoReader } from '../media/video-reader.ts';
import type { SileroVad } from '../models/silero-vad.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';
import { measureAudio, type AudioMeasure } from './audio/audio-features.ts';
import { shiftedSound } from './audio/placed-sound.ts';
import { detectSpeech } from './audio/speech-detection.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { LoadedNetworks } from './loaded-networks.ts';
import { Timeline } from './timeline.ts';

/** Frame rate that the reference converts everything to. */
const REFERENCE_FPS = 25;

/** The open files of a job. */
export interface LipsyncInputs {
  video: VideoReader;
  audio: AudioReader;
  /** The video's own sound, which is kept where the speech is inserted, or under it. */
  ownSound?: AudioReader;
}

/** What is known about a job before anything is drawn. */
export interface LipsyncPlan {
  readonly measure: AudioMeasure;
  /** Where the video repeats, another seam is chosen when its frames are known. */
  readonly timeline: Timeline;
  /** The rows of the features with which lips move, in order; undefined: all. */
  readonly spoken?: readonly FeatureRows[];
}

/** What {@link planLipsync} listens with. */
export interface PlanLipsyncOptions {
  networks: Pick<LoadedNetworks, 'vad'>;
  /** Where to keep what was heard; by default nowhere. */
  features?: FeatureStore;
  signal?: AbortSignal;
  /** Stage `speech`, in rows of features, unless `settings.quiet` is `draw`. */
  onProgress?: OnProgress;
}

/**
 * Reads the audio, finds out where somebody speaks, and returns what the output will be.
 *
 * @throws LatentSyncError `audio-empty`, `audio-too-short` or `audio-silent`; `no-speech` when nothing would be drawn because nobody speaks.
 */
export async function planLipsync(
  { video, audio }: LipsyncInputs,
  settings: ResolvedLipsyncOptions,
  { networks, features, signal, onProgress }: PlanLipsyncOptions,
): Promise<LipsyncPlan> {
  const { fps, reference } = settings;
  const { durationSeconds } = audio.info;
  if (settings.audioStartSeconds > 0 && settings.audioStartSeconds >= durationSeconds) {
    const rule = `be before the end of the audio, ${Number(durationSeconds.toFixed(3))} s`;
    throw new OptionError('audioStart', rule, settings.audioStartSeconds);
  }
  const speech = speechOf(audio, settings);
  const measure = await measureAudio(speech, signal);
  const audioRows = featureRowCount(measure.melFrames);
  const timeline = new Timeline(video, {
    ...settings,
    audioRows,
    fps: reference ? REFERENCE_FPS : fps,
  });
  if (settings.quiet === 'draw') return { measure, timeline };
  const openVad = (): Promise<SileroVad> => networks.vad({ signal });
  const spans = await detectSpeech(speech, measure, { openVad, cache: features, signal, onProgress });
  const spoken = lipRows(spans, audioRows / ROWS_PER_SECOND);
  if (settings.quiet === 'keep' && !meetsRows(spoken, timeline.heardRows))
    throw noSpeechError(audio.name, spoken.length > 0);
  return { measure, timeline, spoken };
}

function noSpeechError(name: string, hasSpeech: boolean): LatentSyncError {
  const where = hasSpeech ? wording`the part of ${name} that is heard` : name;
  return new LatentSyncError('no-speech', wording`Nobody speaks in ${where}.`, {
    remedy: wording`Set ${option('quiet', 'draw')} to have the mouth follow any sound, such as singing that is not taken for speech.`,
  });
}

/** Returns the part of the audio that is used. Where its file begins with a picture, so does its time. */
export function speechOf(
  audio: AudioReader,
  { audioStartSeconds, reference }: Pick<ResolvedLipsyncOptions, 'audioStartSeconds' | 'reference'>,
): AudioReader {
  return shiftedSound(audio, (reference ? 0 : audio.leadSeconds) - audioStartSeconds);
}

/** Returns the number of frames in which a face is redrawn if there is one. */
export function drawnFrameCount(
  { timeline, spoken }: LipsyncPlan,
  { quiet }: Pick<ResolvedLipsyncOptions, 'quiet'>,
): number {
  if (!spoken || quiet !== 'keep') return timeline.frameCount;
  const { from, to } = timeline.heardRows;
  const rows = spoken.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
  return Math.round((timeline.frameCount * rows) / (to - from));
}
