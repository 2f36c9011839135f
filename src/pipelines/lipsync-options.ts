// Options of a lip-sync job: what they mean, their defaults, and the checks on them.
import { checkEncoding, type EncodingPreset, type VideoCodec } from '../media/encoded-formats.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { OnMediaWarning } from '../media/media-warning.ts';
import { containerOf } from '../media/output-containers.ts';
import type { Deinterlacing } from '../media/stream-options.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import type { Device } from '../runtime/runtime.ts';
import type { SchedulerName } from '../schedulers/scheduler.ts';
import { OptionError } from '../util/assert.ts';
import { checkOptions, type OptionDefinition } from '../util/option-table.ts';
import type { OnProgress } from '../util/progress.ts';
import { excerptOf, timeOf, type Excerpt } from '../util/times.ts';
import { option, wording } from '../util/wording.ts';
import { denoisingSteps, type DenoisingSettings } from './denoising-path.ts';
import { faceStretchOf } from './faces/face-option.ts';
import type { Judge } from './judge.ts';
import type { SilentMouth } from './lanes.ts';
import type { LipsyncModelDefaults } from './lipsync-model.ts';
import { lipsyncOpenOptions, lipsyncOptions, lipsyncRunOptions } from './lipsync-option-table.ts';
import { checkSpeakers, resolveSpeakers, type SpeakerOption, type Speaker, type SpeechOption } from './speakers.ts';
import type { Extension, OutputLength, TimelineOptions } from './timeline.ts';
import type { QuietMouth } from './window-plan.ts';

/** A lip-sync job. */
export interface LipsyncOptions {
  /** The person: a path, a URL (`file:`, `http:` or `https:`), a `Blob` or `File`, or the bytes of a file. */
  video: MediaInput;
  /** The speech, in the same forms. It must be given, unless `speakers` are. */
  audio?: MediaInput;
  /** File to write: MP4 (.mp4 or .m4v), MOV, MKV or WebM, as its name says. A file that is there is replaced once the new one is complete. */
  output: string;
  /** Number of the video stream in its file, 0 or more. Default: the best one. */
  videoStream?: number;
  /** Number of the audio stream in its file, 0 or more. Default: the best one. */
  audioStream?: number;
  /**
   * `auto`: frames of the video that are marked as interlaced become whole pictures. `on`: all frames, where the mark is missing.
   * `off`: none, where the mark is wrong. Default `auto`.
   */
  deinterlace?: Deinterlacing;
  /** `tiny`, `1.5`, `1.6`, or the folder of a model. Default `tiny`. */
  model?: string;
  /**
   * Named settings of the denoising, for official models: `reference`, as their authors publish them; `balanced`, `fast` and `fastest`, with
   * fewer passes of the networks. Other options take precedence over it. docs/presets.md has what each costs. Default: none.
   */
  preset?: 'reference' | 'balanced' | 'fast' | 'fastest';
  /** Denoising steps, 1 to 999. Default: the model's. */
  steps?: number;
  /** How strongly the audio shapes the lips, 0 to 10; 1 or less turns guidance off and halves the time. Default: the model's. */
  guidanceScale?: number;
  /** Guidance begins at this fraction of the steps, 0 to 1. Default: the model's; beside `guidanceEnd`, 0. */
  guidanceStart?: number;
  /** Guidance ends at this fraction of the steps, 0 to 1. Default: the model's; beside `guidanceStart`, 1. */
  guidanceEnd?: number;
  /**
   * The pass without audio, which guidance needs, runs at every N-th guided step, 1 to 1000; in between, the difference that it made is used
   * again. Default: the model's.
   */
  unconditionalInterval?: number;
  /** Seed of the noise, an integer, 0 or more. Default: the model's. */
  seed?: number;
  /** Default: the model's. */
  scheduler?: SchedulerName;
  /** The whole UNet runs at every N-th step, 1 to 1000, and only its last layer in between. Default 1. */
  deepCacheInterval?: number;
  /**
   * In place of an interval: the whole UNet runs when the latents have changed by this share since it ran last, 0 to 1; 0 means at every
   * step. Default 0.
   */
  deepCacheThreshold?: number;
  /**
   * Below 1, the denoising starts from the faces as they are, with as much noise as belongs to a later step, and only this share of the
   * steps is run; mouths keep something of what the video says. 0 to 1, above 0. Default 1.
   */
  strength?: number;
  /**
   * Whose lips follow the speech. In every shot the `largest` face, or that on the `left`, on the `right` or in the `center`; the person
   * with a number that `findFaces` gives; the person whom a picture shows, by its path; or `all` (at most 16 at a time, the largest ones).
   * Several values choose several people, and each may be limited to a stretch of the video: `2@0:10-0:20`. Default `largest`.
   */
  face?: string | number | readonly (string | number)[];
  /**
   * Several people, each of whom speaks with a recording of their own, 1 to 32, in place of `audio`. A face that two of them name at
   * the same time follows the first of the two that is heard. Each may be written as text as well: `2=anna.wav@0:10-0:20`.
   */
  speakers?: readonly (Speaker | string)[];
  /**
   * What the mouths of all others do while somebody is heard. `keep`: they move as they do in the video. `still`: they are drawn
   * closed. Default `keep`.
   */
  silent?: 'keep' | 'still';
  /**
   * The sound of the output in place of the speech, such as a finished mix of voices and music. It begins when the speech does, or with the
   * output where there are `speakers`, whose recordings are mixed otherwise.
   */
  sound?: MediaInput;
  /**
   * File with the places of the face, .csv or .json, in place of looking for it: for drawn faces and animals, which are not found. Its
   * format is in docs/points.md.
   */
  points?: string;
  /** What becomes of a video in which nobody is to be lip-synced: `error`, or `copy`, the same pictures with the speech. Default `error`. */
  noFace?: 'error' | 'copy';
  /** Frames per second of the output, 1 to 120. Default: the video's. */
  fps?: number;
  /**
   * Where the output ends: `audio`, where the speech does; `video`, where the video does; `shortest`, at the first of these. Default:
   * audio, but for inserted speech the last of both.
   */
  length?: OutputLength;
  /**
   * What is shown when the speech goes on after the video's end. `pingpong`: the video backward, then forward again. `loop`: the video
   * from its beginning. `hold`: its last frame. Each at a sharp, still moment up to 0.5 s away from the video's ends. Default `pingpong`.
   */
  extend?: Extension;
  /**
   * The part of the video that is used begins with the frame shown at this time: seconds, or `[hh:]mm:ss[.mmm]`, from the start of
   * the file.
   */
  start?: number | string;
  /** The part of the video that is used ends before the frame that appears at this time. */
  end?: number | string;
  /**
   * Time of the video at which the speech begins. The speech is inserted: before it and after it, picture and sound of the video stay
   * as they are. Without it, the speech begins with the output and is its only sound.
   */
  at?: number | string;
  /** The speech begins at this time of the audio; what is before is left out. */
  audioStart?: number | string;
  /**
   * The speech, sound and lips, comes so many milliseconds later, or earlier where this is below 0, -3600000 to 3600000. Default 0.
   */
  audioOffset?: number;
  /**
   * How loud the sound of the video stays under the speech, 0 to 1: 0 silences it, 1 leaves it as it is. Without `at`, all of the output has it as
   * loud as that, as far as the video goes before it repeats. Default 0.
   */
  mix?: number;
  /** Makes only a piece of the output: seconds, or `SECONDS@TIME`, with a time of the output. It begins with the speech if no time is given. */
  preview?: number | string;
  /** Codec of the output's pictures. Default: h264 for 8 bits, hevc for more, vp9 in WebM. */
  codec?: VideoCodec;
  /** Constant quality, for every codec as x264 counts it: 0 (lossless) to 51. Default 17. */
  quality?: number;
  /** Gives what is drawn the color and light of the frame around it. Default true; with `reference`, always false. */
  colorMatch?: boolean;
  /** Gives what is drawn the fine structure of the frame, where both show the same, and crisp lips. Default true; with `reference`, always false. */
  detail?: boolean;
  /**
   * What the mouth does where nobody speaks in the audio. `keep`: it stays as it is in the video; nothing is drawn there. `close`: it is
   * drawn closed. `draw`: it is drawn from whatever sounds, music and noise included. Default `keep`; with `reference`, always `draw`.
   */
  quiet?: QuietMouth;
  /** Loses nothing of the pictures, as far as the codec holds their format: outside the mask they are the source's to the last bit. Default false. */
  lossless?: boolean;
  /** How much time the encoder takes to make the file smaller. Default `fast`. */
  encodingPreset?: EncodingPreset;
  /** Seconds from key frame to key frame, at most, 0.01 to 600. Every 10 s there is one in any case. Default 2. */
  keyframes?: number;
  /** Does what the official code does, defects included. Default false. */
  reference?: boolean;
  /**
   * What turns faces into latents and back: `kl`, the model's own autoencoder; with an official model, also `taesd`, the tiny one, or the
   * folder of its files, which takes a fraction of the time and draws less detail. Default `kl`.
   */
  vae?: string;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /**
   * How the large layers of the UNet and the autoencoder compute. With the official models on the CPU, `int8` takes less time and memory; the result
   * is close to that of `float32`, but not the same. Default `float32`.
   */
  dtype?: LayerDType;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  /** Folder with InsightFace's `det_10g.onnx` and `2d106det.onnx`, to be used instead of the bundled face networks. */
  insightface?: string;
  /** Keeps tracked and encoded faces and audio features on disk, for the next job with the same video or audio. Default true. */
  cache?: boolean;
  /** Report to write when the job is done, named .json or .html. By default none is written. */
  report?: string;
  /**
   * `keep`: an interrupted job leaves what it has finished in a hidden folder beside the output, and the same job goes on from there.
   * `none`: it leaves nothing. Default `keep`.
   */
  journal?: 'keep' | 'none';
  /** Folder for what interrupted jobs leave, instead of that of the output. */
  workDir?: string;
  /** Starts anew, even if an interrupted job has left something. Default false. */
  fresh?: boolean;
  /** Judges lips and sound, for `check`, `autoOffset` and `bestOf`: `videoJudge` of `latentsync/evaluation` makes one. */
  judge?: Judge;
  /**
   * When the output is written, it is judged by its own sound: the result says whether the agreement is at least this, 0 to 100, and lips and
   * sound are within 60 ms. It is in the judge's measure, which may be a correlation up to 1. Without it, nothing is judged.
   */
  check?: number;
  /**
   * The judge measures by how much the video's own sound is late or early against its lips, and all sound is moved by as much: that sound, where
   * it is heard, and the speech, which is taken to be timed by it. Up to 60 ms are left as they are. Default false.
   */
  autoOffset?: boolean;
  /**
   * Every window of frames is drawn with so many seeds, from `seed` on, 1 to 16, and the drawing stays whose mouths the judge rates the best. Drawing takes as
   * many times as long. A job that goes on where it was interrupted must have the same judge. Default 1.
   */
  bestOf?: number;
  /** Stops the job at once. Its output does not appear. */
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** Hears, while the job runs, of everything that is lost or put right in its files. The result lists the same. */
  onWarning?: OnMediaWarning;
}

/** What {@link LipsyncOptions} says of the networks and where they run; the rest may differ from job to job. */
export type LipsyncOpenOptions = Pick<
  LipsyncOptions,
  | 'model'
  | 'preset'
  | 'vae'
  | 'device'
  | 'dtype'
  | 'threads'
  | 'insightface'
  | 'deepCacheInterval'
  | 'deepCacheThreshold'
  | 'signal'
  | 'onProgress'
>;

/** What {@link LipsyncOptions} says of one job on networks that are loaded. */
export type LipsyncRunOptions = Omit<
  LipsyncOptions,
  'model' | 'preset' | 'vae' | 'device' | 'dtype' | 'threads' | 'insightface'
>;

/** The options of a job with every default in its place. */
export interface ResolvedLipsyncOptions extends Required<DenoisingSettings> {
  seed: number;
  bestOf: number;
  length: TimelineOptions['length'];
  extend: Extension;
  /** Undefined: the start of the video. */
  startSeconds?: number;
  /** Undefined: the end of the video. */
  endSeconds?: number;
  /** What is heard, at least one. */
  speeches: readonly SpeechOption[];
  /** Whose lips follow it. */
  speakers: readonly SpeakerOption[];
  /** Whether they are given as `speakers`, and not by `audio` and `face`. */
  hasSpeakers: boolean;
  /** Whether speech is inserted: around it, picture and sound of the video stay as they are. */
  inserts: boolean;
  audioStartSeconds: number;
  audioOffsetSeconds: number;
  /** By how much the video's own sound is moved to come earlier; `audioOffsetSeconds` has it, too. */
  ownSoundLateSeconds: number;
  mix: number;
  preview?: Excerpt;
  reference: boolean;
  noFace: 'error' | 'copy';
  silent: SilentMouth;
  colorMatch: boolean;
  detail: boolean;
  quiet: QuietMouth;
  /** Undefined: the video's own. */
  fps: number | undefined;
  /** Undefined: the writer's defaults. */
  quality: number | undefined;
  codec: VideoCodec | undefined;
  lossless: boolean | undefined;
  encodingPreset: EncodingPreset | undefined;
  keyframes: number | undefined;
}

/**
 * Checks what {@link LipsyncOpenOptions} says, as far as that needs no file.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function checkLipsyncOpenOptions(options: LipsyncOpenOptions): void {
  const { deepCacheInterval, deepCacheThreshold } = lipsyncRunOptions;
  checkOptions({ ...lipsyncOpenOptions, deepCacheInterval, deepCacheThreshold }, options);
  const { device, dtype, preset, model = lipsyncOpenOptions.model.default } = options;
  if (preset !== undefined && model === lipsyncOpenOptions.model.default) {
    throw new OptionError(
      'preset',
      wording`be left out with model ${model}: its own settings are its fastest without loss`,
      preset,
    );
  }
  if (dtype === 'int8' && device !== undefined && device !== 'cpu') {
    throw new OptionError(
      'dtype',
      wording`be float32 when ${option('device')} is ${device}: int8 runs only on the CPU`,
      dtype,
    );
  }
}

/** What the official code does not have. */
const notOfReference = [
  'face',
  'points',
  'speakers',
  'silent',
  'sound',
  'noFace',
  'extend',
  'start',
  'end',
  'at',
  'audioStart',
  'audioOffset',
  'autoOffset',
  'bestOf',
  'mix',
  'preview',
  'vae',
  'preset',
  'guidanceStart',
  'guidanceEnd',
  'unconditionalInterval',
  'deepCacheThreshold',
  'strength',
] as const;

/**
 * Checks what can be checked without opening a file.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function checkLipsyncOptions(options: LipsyncOptions): void {
  checkOptions(lipsyncRunOptions, options);
  checkSpeakers(options);
  checkLipsyncOpenOptions(options);
  const { fps, start, end, reference, quiet } = options;
  const container = containerOf(options.output);
  if (container) checkEncoding(options, container);
  const endSeconds = timeOf(end);
  if (endSeconds !== undefined && endSeconds <= (timeOf(start) ?? 0)) {
    throw new OptionError('end', start === undefined ? 'be above 0' : wording`be after ${option('start')}`, end);
  }
  for (const name of reference ? notOfReference : []) {
    const value = options[name];
    const definition: OptionDefinition = lipsyncOptions[name];
    const isDefault =
      value === definition.default || (Array.isArray(value) && value.every((item) => item === definition.default));
    if (value === undefined || isDefault) continue;
    throw new OptionError(name, wording`be left out with ${option('reference')}, which has no such option`, value);
  }
  checkPointsAlone(options);
  checkGuidance(options);
  for (const name of ['colorMatch', 'detail'] as const) {
    if (!reference || !options[name]) continue;
    throw new OptionError(name, wording`be left out with ${option('reference')}, which has no such option`, true);
  }
  if (reference && quiet !== undefined && quiet !== 'draw') {
    throw new OptionError('quiet', wording`be left out with ${option('reference')}, which always draws`, quiet);
  }
  if (reference && fps !== undefined && fps !== 25) {
    throw new OptionError('fps', wording`be left out with ${option('reference')}: the reference works at 25 fps`, fps);
  }
}

/** Checks that nothing is said about guidance that is turned off. */
function checkGuidance({ guidanceScale, ...options }: LipsyncOptions): void {
  if (guidanceScale === undefined || guidanceScale > 1) return;
  for (const name of ['guidanceStart', 'guidanceEnd', 'unconditionalInterval'] as const) {
    if (options[name] === undefined) continue;
    const rule = wording`be left out with ${option('guidanceScale', guidanceScale)}, which turns guidance off`;
    throw new OptionError(name, rule, options[name]);
  }
}

/** Checks that nothing else says whose lips follow the speech where a points file does. */
export function checkPointsAlone(options: Pick<LipsyncOptions, 'points' | 'face' | 'speakers'>): void {
  const { points, face = 'largest', speakers } = options;
  if (points === undefined) return;
  const rule = wording`be left out with ${option('points')}, which gives the places of one face`;
  if (speakers !== undefined) throw new OptionError('speakers', rule, speakers);
  if ([face].flat().some((value) => faceStretchOf(value).face !== 'largest')) throw new OptionError('face', rule, face);
}

/** Checks that no networks are given to look for faces where a points file takes their place. */
export function checkNoSearch({ points, insightface }: Pick<LipsyncOptions, 'points' | 'insightface'>): void {
  if (points === undefined || insightface === undefined) return;
  throw new OptionError(
    'insightface',
    wording`be left out with ${option('points')}: no face is looked for`,
    insightface,
  );
}

/**
 * Returns the options with the model's defaults for those left out.
 *
 * @throws OptionError for a setting of the denoising that does not fit the others.
 */
export function resolveLipsyncOptions(
  options: LipsyncRunOptions,
  defaults: LipsyncModelDefaults,
): ResolvedLipsyncOptions {
  const { speeches, speakers } = resolveSpeakers(options);
  const inserts = speeches.some(({ atSeconds }) => atSeconds !== undefined);
  return {
    ...resolveDenoising(options, defaults),
    seed: options.seed ?? defaults.seed,
    bestOf: options.bestOf ?? lipsyncOptions.bestOf.default,
    length: options.length ?? (inserts ? 'longest' : 'audio'),
    extend: options.extend ?? lipsyncOptions.extend.default,
    startSeconds: timeOf(options.start),
    endSeconds: timeOf(options.end),
    speeches,
    speakers,
    hasSpeakers: options.speakers !== undefined,
    inserts,
    audioStartSeconds: timeOf(options.audioStart) ?? 0,
    audioOffsetSeconds: (options.audioOffset ?? lipsyncOptions.audioOffset.default) / 1000,
    ownSoundLateSeconds: 0, // until it is measured
    mix: options.mix ?? lipsyncOptions.mix.default,
    preview: excerptOf(options.preview),
    reference: options.reference ?? false,
    silent: options.silent ?? lipsyncOptions.silent.default,
    noFace: options.noFace ?? lipsyncOptions.noFace.default,
    colorMatch: !options.reference && (options.colorMatch ?? lipsyncOptions.colorMatch.default),
    quiet: options.reference ? 'draw' : (options.quiet ?? lipsyncOptions.quiet.default),
    detail: !options.reference && (options.detail ?? lipsyncOptions.detail.default),
    fps: options.fps,
    quality: options.quality,
    codec: options.codec,
    lossless: options.lossless,
    encodingPreset: options.encodingPreset,
    keyframes: options.keyframes,
  };
}

/** Returns how windows are denoised, with the model's defaults for options left out. */
function resolveDenoising(options: LipsyncRunOptions, defaults: LipsyncModelDefaults): Required<DenoisingSettings> {
  // The official code has but steps and a scale.
  const own: Partial<LipsyncModelDefaults> = options.reference ? {} : defaults;
  // Either end of the path that is given makes it another one than the model's.
  const part = options.guidanceStart === undefined && options.guidanceEnd === undefined ? own : {};
  const settings = {
    numInferenceSteps: options.steps ?? defaults.numInferenceSteps,
    guidanceScale: options.guidanceScale ?? defaults.guidanceScale,
    scheduler: options.scheduler ?? own.scheduler ?? 'ddim',
    guidanceStart: options.guidanceStart ?? part.guidanceStart ?? 0,
    guidanceEnd: options.guidanceEnd ?? part.guidanceEnd ?? 1,
    unconditionalInterval: options.unconditionalInterval ?? own.unconditionalInterval ?? 1,
    deepCacheInterval: options.deepCacheInterval ?? lipsyncOptions.deepCacheInterval.default,
    deepCacheThreshold: options.deepCacheThreshold ?? lipsyncOptions.deepCacheThreshold.default,
    strength: options.strength ?? lipsyncOptions.strength.default,
  };
  denoisingSteps(settings); // refuses what does not fit
  return settings;
}
