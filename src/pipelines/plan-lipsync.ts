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
import type { SpeechTime } from './speech-placement.ts';
import { Timeline } from './timeline.ts';

/** Frame rate that the reference converts everything to. */
const REFERENCE_FPS = 25;

/** The open files of a job. */
export interface LipsyncInputs {
  video: VideoReader;
  /** The recordings that lips follow, as `settings.speeches` numbers them. */
  audios: readonly AudioReader[];
  /** What is heard in their place. */
  sound?: AudioReader;
  /** The video's own sound, which is kept where the speech is inserted, or under it. */
  ownSound?: AudioReader;
}

/** What is known of a speech. */
export interface PlannedSpeech {
  /** Its recording, from where it is used. */
  readonly sound: AudioReader;
  readonly measure: AudioMeasure;
  /** The rows of its features with which lips move, in order; undefined: all. */
  readonly spoken?: readonly FeatureRows[];
}

/** What is known about a job before anything is drawn. */
export interface LipsyncPlan {
  /** Where the video repeats, another seam is chosen when its frames are known. */
  readonly timeline: Timeline;
  /** The speeches of the timeline. */
  readonly speeches: readonly PlannedSpeech[];
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
  { video, audios }: Pick<LipsyncInputs, 'video' | 'audios'>,
  settings: ResolvedLipsyncOptions,
  { networks, features, signal, onProgress }: PlanLipsyncOptions,
): Promise<LipsyncPlan> {
  const { fps, reference, quiet } = settings;
  const measured: { time: SpeechTime; sound: AudioReader; measure: AudioMeasure }[] = [];
  for (const { audio, ...time } of settings.speeches) {
    checkAudioStart(audios[audio], settings);
    const sound = speechOf(audios[audio], settings);
    const measure = await measureAudio(sound, signal);
    measured.push({ time: { ...time, rows: featureRowCount(measure.melFrames) }, sound, measure });
  }
  const timeline = new Timeline(video, {
    ...settings,
    speeches: measured.map(({ time }) => time),
    speechOption: settings.hasSpeakers ? 'speakers' : 'at',
    fps: reference ? REFERENCE_FPS : fps,
  });
  if (quiet === 'draw') return { timeline, speeches: measured };
  const speeches: PlannedSpeech[] = [];
  for (const { time, sound, measure } of measured) {
    const seconds = time.rows / ROWS_PER_SECOND;
    const openVad = (): Promise<SileroVad> => networks.vad({ seconds, signal });
    const spans = await detectSpeech(sound, measure, { openVad, cache: features, signal, onProgress });
    speeches.push({ sound, measure, spoken: lipRows(spans, seconds) });
  }
  const isHeard = speeches.some(({ spoken }, speech) => meetsRows(spoken!, timeline.heardRows(speech)));
  if (quiet === 'keep' && !isHeard) {
    const hasSpeech = speeches.some(({ spoken }) => spoken!.length > 0);
    throw noSpeechError(audios.map(({ name }) => name).join(', '), hasSpeech);
  }
  return { timeline, speeches };
}

function checkAudioStart({ info }: AudioReader, { audioStartSeconds }: ResolvedLipsyncOptions): void {
  if (audioStartSeconds === 0 || audioStartSeconds < info.durationSeconds) return;
  const rule = `be before the end of the audio, ${Number(info.durationSeconds.toFixed(3))} s`;
  throw new OptionError('audioStart', rule, audioStartSeconds);
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

/** Returns how many faces are redrawn if each speaker is seen all the time. */
export function drawnFaceCount(
  { timeline, speeches }: LipsyncPlan,
  { quiet, speakers }: Pick<ResolvedLipsyncOptions, 'quiet' | 'speakers'>,
): number {
  const share = timeline.frameCount / (timeline.durationSeconds * ROWS_PER_SECOND);
  return speakers.reduce((sum, { speech }) => {
    const heard = timeline.heardRows(speech);
    const { spoken } = speeches[speech];
    const stretches = spoken && quiet === 'keep' ? spoken : [heard];
    const rows = stretches.map(({ from, to }) => Math.max(0, Math.min(heard.to, to) - Math.max(heard.from, from)));
    return sum + Math.min(timeline.frameCount, Math.round(share * rows.reduce((total, count) => total + count, 0)));
  }, 0);
}
