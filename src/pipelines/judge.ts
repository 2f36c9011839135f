// Judge: whom a job asks whether lips and sound agree, and what it makes of the answer. latentsync/evaluation has one; the job knows no way of its own.
import type { AudioReader } from '../media/audio-reader.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { StreamOptions } from '../media/stream-options.ts';
import { OptionError } from '../util/assert.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';

/** How lips and sound of a video agree, in the measure of a {@link Judge}. */
export interface LipSync {
  /** How well the lips follow the sound where both match best; undefined where that cannot be told. */
  readonly agreement: number | undefined;
  /** By how much the sound is late there; below 0: early. Undefined where they match nowhere, or that cannot be told. */
  readonly soundLateMs: number | undefined;
  /** Whether what `soundLateMs` says can be relied on. */
  readonly isReliable: boolean;
  /** Why, in sentences. */
  readonly reasons: readonly string[];
}

/** What a {@link Judge} is to look at. */
export interface JudgeTask extends Pick<StreamOptions, 'videoStream' | 'deinterlace'> {
  /** Seconds from the start of the file, or `[hh:]mm:ss[.mmm]`; the part of the video that is judged. Default: all of it. */
  start?: number | string;
  end?: number | string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** A speech that drawn lips follow. */
export interface RatedSpeech {
  readonly sound: AudioReader;
  /** Frames of its log-mel spectrogram, 100 per second, and the greatest value in it. */
  readonly measure: { readonly melFrames: number; readonly maximum: number };
}

/** What a drawn face hears: a row of the features of a speech, 50 per second. */
export interface HeardRow {
  readonly speech: number;
  readonly row: number;
}

/** Rates drawings of the same faces. Disposing it frees what it works with. */
export interface DrawingRater extends AsyncDisposable {
  /**
   * Returns how well mouths follow what they hear: the more, the better. The same drawing always rates the same.
   *
   * @param faces - [F, 3, R, R] within ±1.
   * @param heard - what each of them hears; undefined: nothing.
   */
  rate(
    faces: Tensor<'float32'>,
    heard: readonly (HeardRow | undefined)[],
    signal: AbortSignal | undefined,
  ): Promise<number>;
}

/** Judges whether lips and sound agree. */
export interface Judge {
  /** What `agreement` is: `correlation`. */
  readonly measure: string;
  /** The most that it can be; Infinity where it has no bound. */
  readonly mostAgreement: number;
  /**
   * Judges a video by its own sound. That it has no face, or no sound, makes it one of which nothing can be told.
   *
   * @throws LatentSyncError when the video cannot be read; `aborted` when the signal fires.
   */
  judge(video: MediaInput, task: JudgeTask): Promise<LipSync>;
  /**
   * Opens what rates drawings of lips that follow some speeches.
   *
   * @throws LatentSyncError when a speech cannot be read; `aborted` when the signal fires.
   */
  openRater(speeches: readonly RatedSpeech[], options: { signal?: AbortSignal }): Promise<DrawingRater>;
}

/** Milliseconds within which lips and sound count as together: one frame and a half. */
export const TOGETHER_MS = 60;

/** What a job that was to check its output found. */
export interface SyncCheck extends LipSync {
  /** Whether the lips follow the sound as well as was asked for, within 60 ms. */
  readonly passed: boolean;
  /** What was asked for. */
  readonly minimum: number;
  /** What it is measured in, as the judge calls it. */
  readonly measure: string;
}

/** Returns what becomes of a judgment where an agreement was asked for. */
export function checkedSync(judged: LipSync, minimum: number, { measure }: Pick<Judge, 'measure'>): SyncCheck {
  const { agreement = -Infinity, soundLateMs = Infinity } = judged;
  return { ...judged, passed: agreement >= minimum && Math.abs(soundLateMs) <= TOGETHER_MS, minimum, measure };
}

/** What {@link LipsyncOptions} leaves to a judge. */
export interface JudgedOptions {
  judge?: Judge;
  check?: number;
  autoOffset?: boolean;
  bestOf?: number;
}

/**
 * Checks that there is a judge for what only a judge can do, and that it can say as much as is asked for.
 *
 * @throws OptionError
 */
export function checkJudge({ judge, check, autoOffset, bestOf }: JudgedOptions): void {
  for (const [name, value] of Object.entries({ check, autoOffset, bestOf })) {
    if (value === undefined || value === false || (name === 'bestOf' && value === 1) || judge) continue;
    throw new OptionError(name, wording`be left out without ${option('judge')}`, value);
  }
  if (judge && check !== undefined && check > judge.mostAgreement) {
    const rule = wording`be at most ${judge.mostAgreement}, as a ${judge.measure} is`;
    throw new OptionError('check', rule, check);
  }
}
