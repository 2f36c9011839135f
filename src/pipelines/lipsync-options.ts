// Options of a lip-sync job: what they mean, their defaults, and the checks on them.
import { knownModels } from '../hub/model-registry.ts';
import {
  checkEncoding,
  encodingPresets,
  videoCodecs,
  type EncodingPreset,
  type VideoCodec,
} from '../media/encoded-formats.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { OnMediaWarning } from '../media/media-warning.ts';
import { containerOf } from '../media/output-containers.ts';
import { streamOptions, type Deinterlacing } from '../media/stream-options.ts';
import { linearDTypes, type LinearDType } from '../onnx/linear-dtype.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import type { Device } from '../runtime/runtime.ts';
import { schedulerNames, type SchedulerName } from '../schedulers/scheduler.ts';
import { OptionError } from '../util/assert.ts';
import { checkOptions, defineOptions } from '../util/option-table.ts';
import type { OnProgress } from '../util/progress.ts';
import { excerptOf, timeOf, type Excerpt } from '../util/times.ts';
import { option, wording } from '../util/wording.ts';
import type { LipsyncModelDefaults } from './lipsync-model.ts';
import type { Extension, OutputLength, TimelineOptions } from './timeline.ts';

/** Milliseconds by which the speech can be moved. */
const LONGEST_OFFSET = 3_600_000;

/** The choices for {@link LipsyncOptions.length}. */
const outputLengths: readonly OutputLength[] = ['audio', 'video', 'shortest'];

/** The choices for {@link LipsyncOptions.extend}. */
const extensions: readonly Extension[] = ['pingpong', 'loop', 'hold'];

/** A lip-sync job. */
export interface LipsyncOptions {
  /** The person: a path, a URL (`file:`, `http:` or `https:`), a `Blob` or `File`, or the bytes of a file. */
  video: MediaInput;
  /** The speech, in the same forms. */
  audio: MediaInput;
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
  /** Denoising steps, 1 to 999. Default: the model's. */
  steps?: number;
  /** How strongly the audio shapes the lips, 0 to 10; 1 or less turns guidance off and halves the time. Default: the model's. */
  guidanceScale?: number;
  /** Seed of the noise, an integer, 0 or more. Default: the model's. */
  seed?: number;
  /** Default `ddim`. */
  scheduler?: SchedulerName;
  /** The whole UNet runs at every N-th step, 1 to 1000, and only its last layer in between. Default 1. */
  deepCacheInterval?: number;
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
  /** Loses nothing of the pictures, as far as the codec holds their format: outside the mask they are the source's to the last bit. Default false. */
  lossless?: boolean;
  /** How much time the encoder takes to make the file smaller. Default `fast`. */
  encodingPreset?: EncodingPreset;
  /** Seconds from key frame to key frame, at most, 0.01 to 600. Every 10 s there is one in any case. Default 2. */
  keyframes?: number;
  /** Does what the official code does, defects included. Default false. */
  reference?: boolean;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /**
   * How the UNet's linear layers compute. With the official models on the CPU, `int8` takes less time and memory; the result
   * is close to that of `float32`, but not the same. Default `float32`.
   */
  dtype?: LinearDType;
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
  /** Stops the job at once. Its output does not appear. */
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** Hears, while the job runs, of everything that is lost or put right in its files. The result lists the same. */
  onWarning?: OnMediaWarning;
}

const fileOptions = defineOptions({
  video: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: 'Video of the person, a file or a URL: MP4, MOV, MKV, WebM, or most other formats.',
  },
  audio: {
    type: 'input',
    group: 'Files',
    value: 'FILE',
    required: true,
    text: 'Audio of the speech, a file or a URL. For a video, its audio track is used.',
  },
  output: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    short: 'o',
    required: true,
    essential: true,
    text: 'File to write: MP4 (named .mp4 or .m4v), MOV, MKV or WebM.',
  },
  report: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    text: 'Report to write when the job is done: every frame, times and warnings (.json), or the same as a page (.html).',
  },
  ...streamOptions,
});

/** The options of {@link LipsyncOptions} that decide which networks are loaded, and where they run. */
export const lipsyncOpenOptions = defineOptions({
  model: {
    type: 'path',
    group: 'Model',
    value: 'NAME|DIR',
    names: knownModels.map(({ name }) => name),
    default: 'tiny',
    essential: true,
    text: 'tiny, 1.5, 1.6, or the folder of a model.',
  },
  dtype: {
    type: 'choice',
    group: 'Model',
    choices: linearDTypes,
    default: 'float32',
    text: "Type of the UNet's linear layers. With 1.5 and 1.6 on the CPU, int8 saves time and memory.",
  },
  insightface: {
    type: 'path',
    group: 'Model',
    value: 'DIR',
    text:
      "Folder with InsightFace's det_10g.onnx and 2d106det.onnx, to use instead of the bundled face networks. " +
      'Their license does not allow commercial use.',
  },
  device: { ...runtimeOptions.device, essential: true },
  threads: runtimeOptions.threads,
});

/** The options of {@link LipsyncOptions} that may differ from job to job on the same networks. */
const lipsyncRunOptions = defineOptions({
  ...fileOptions,
  steps: {
    type: 'integer',
    group: 'Quality and speed',
    min: 1,
    max: 999,
    defaultText: "the model's (20 for 1.5 and 1.6)",
    essential: true,
    text: 'Denoising steps. More steps take longer.',
  },
  guidanceScale: {
    type: 'number',
    group: 'Quality and speed',
    flag: 'guidance',
    min: 0,
    max: 10,
    defaultText: "the model's (1.5 for 1.5 and 1.6)",
    essential: true,
    text: 'How strongly the audio shapes the lips. 1 or less turns guidance off and halves the time.',
  },
  deepCacheInterval: {
    type: 'integer',
    group: 'Quality and speed',
    flag: 'deepcache',
    min: 1,
    max: 1000,
    default: 1,
    text: 'Run the whole UNet only at every N-th step, and reuse its deep features in between.',
  },
  scheduler: {
    type: 'choice',
    group: 'Quality and speed',
    choices: schedulerNames,
    default: 'ddim',
    text: 'Method that removes the noise.',
  },
  seed: {
    type: 'integer',
    group: 'Quality and speed',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    defaultText: "the model's (1247 for tiny, 1.5, and 1.6)",
    text: 'Seed of the noise. The same seed gives the same video.',
  },
  reference: {
    type: 'flag',
    group: 'Quality and speed',
    text: 'Do what the official code does, defects included.',
  },
  fps: {
    type: 'number',
    group: 'Output video',
    min: 1,
    max: 120,
    defaultText: "the video's",
    text: 'Frames per second of the output.',
  },
  quality: {
    type: 'number',
    group: 'Output video',
    min: 0,
    max: 51,
    default: 17,
    essential: true,
    text: 'Constant quality of the pictures, for every codec as x264 counts it: 0 is lossless, 51 the worst.',
  },
  codec: {
    type: 'choice',
    group: 'Output video',
    choices: videoCodecs,
    defaultText: 'h264 for 8 bits, hevc for more, vp9 in WebM',
    essential: true,
    text: 'Codec of the pictures.',
  },
  lossless: {
    type: 'flag',
    group: 'Output video',
    text: 'Lose nothing of the pictures, as far as the codec holds their format.',
  },
  encodingPreset: {
    type: 'choice',
    group: 'Output video',
    flag: 'preset-encode',
    choices: encodingPresets,
    default: 'fast',
    text: 'How much time the encoder takes to make the file smaller.',
  },
  keyframes: {
    type: 'number',
    group: 'Output video',
    value: 'SECONDS',
    min: 0.01,
    max: 600,
    default: 2,
    text: 'Seconds from key frame to key frame, at most. Every 10 s there is one in any case.',
  },
  colorMatch: {
    type: 'flag',
    group: 'Output video',
    default: true,
    text: 'Give what is drawn the color and light of the frame around it. In reference mode, never.',
  },
  detail: {
    type: 'flag',
    group: 'Output video',
    default: true,
    text: 'Keep the fine structure of the skin where the frame shows the same as what is drawn, and draw lips as crisply. In reference mode, never.',
  },
  length: {
    type: 'choice',
    group: 'Time',
    choices: outputLengths,
    defaultText: 'audio, but for inserted speech the last of both',
    essential: true,
    text: 'Where the output ends: with the speech, with the video, or with the first of both.',
  },
  extend: {
    type: 'choice',
    group: 'Time',
    choices: extensions,
    default: 'pingpong',
    text:
      "What is shown when the speech goes on after the video's end: the video backward and forward, the video from its beginning, " +
      'or its last frame; each at a sharp, still moment near the ends.',
  },
  start: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Use the video from this time on: seconds, or [hh:]mm:ss[.mmm].',
  },
  end: { type: 'time', group: 'Time', value: 'TIME', text: 'Use the video up to this time.' },
  at: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Insert the speech at this time of the video. Before it and after it, picture and sound of the video stay as they are.',
  },
  audioStart: {
    type: 'time',
    group: 'Time',
    value: 'TIME',
    text: 'Use the audio from this time on.',
  },
  audioOffset: {
    type: 'number',
    group: 'Time',
    value: 'MS',
    min: -LONGEST_OFFSET,
    max: LONGEST_OFFSET,
    default: 0,
    text: 'Move the speech, sound and lips, by so many milliseconds: later, or earlier where the number is below 0.',
  },
  mix: {
    type: 'number',
    group: 'Time',
    value: 'LEVEL',
    min: 0,
    max: 1,
    default: 0,
    text: "Keep the video's own sound under the speech, so loud: 0 is silent, 1 as it is.",
  },
  preview: {
    type: 'excerpt',
    group: 'Time',
    value: 'SECONDS[@TIME]',
    text: 'Make only a piece of the output, from TIME of the output on, or from the beginning of the speech.',
  },
  journal: {
    type: 'choice',
    group: 'Machine',
    choices: ['keep', 'none'],
    default: 'keep',
    text: 'What an interrupted job leaves: keep what it has finished, so that the same command goes on from there, or none.',
  },
  workDir: {
    type: 'path',
    group: 'Machine',
    value: 'DIR',
    text: 'Folder for what interrupted jobs leave, instead of that of the output.',
  },
  fresh: {
    type: 'flag',
    group: 'Machine',
    text: 'Start anew, even if an interrupted job has left something to go on with.',
  },
  cache: {
    type: 'flag',
    group: 'Machine',
    default: true,
    text: 'Keep tracked and encoded faces and audio features on disk, for the next job with the same video or audio.',
  },
});

/** Every option of {@link LipsyncOptions}. */
export const lipsyncOptions = { ...fileOptions, ...lipsyncOpenOptions, ...lipsyncRunOptions } as const;

/** What {@link LipsyncOptions} says of the networks and where they run; the rest may differ from job to job. */
export type LipsyncOpenOptions = Pick<
  LipsyncOptions,
  'model' | 'device' | 'dtype' | 'threads' | 'insightface' | 'deepCacheInterval' | 'signal' | 'onProgress'
>;

/** What {@link LipsyncOptions} says of one job on networks that are loaded. */
export type LipsyncRunOptions = Omit<LipsyncOptions, 'model' | 'device' | 'dtype' | 'threads' | 'insightface'>;

/** The options of a job with every default in its place. */
export interface ResolvedLipsyncOptions {
  numInferenceSteps: number;
  guidanceScale: number;
  seed: number;
  scheduler: SchedulerName;
  deepCacheInterval: number;
  length: TimelineOptions['length'];
  extend: Extension;
  /** Undefined: the start of the video. */
  startSeconds?: number;
  /** Undefined: the end of the video. */
  endSeconds?: number;
  /** Undefined: where the output begins, and the sound of the video is not kept. */
  atSeconds?: number;
  audioStartSeconds: number;
  audioOffsetSeconds: number;
  mix: number;
  preview?: Excerpt;
  reference: boolean;
  colorMatch: boolean;
  detail: boolean;
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
  checkOptions({ ...lipsyncOpenOptions, deepCacheInterval: lipsyncRunOptions.deepCacheInterval }, options);
  const { device, dtype } = options;
  if (dtype === 'int8' && device !== undefined && device !== 'cpu') {
    throw new OptionError(
      'dtype',
      wording`be float32 when ${option('device')} is ${device}: int8 runs only on the CPU`,
      dtype,
    );
  }
}

/** What the official code does not have. */
const notOfReference = ['extend', 'start', 'end', 'at', 'audioStart', 'audioOffset', 'mix', 'preview'] as const;

/**
 * Checks what can be checked without opening a file.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function checkLipsyncOptions(options: LipsyncOptions): void {
  checkOptions(lipsyncRunOptions, options);
  checkLipsyncOpenOptions(options);
  const { fps, start, end, reference } = options;
  const container = containerOf(options.output);
  if (container) checkEncoding(options, container);
  const endSeconds = timeOf(end);
  if (endSeconds !== undefined && endSeconds <= (timeOf(start) ?? 0)) {
    throw new OptionError('end', start === undefined ? 'be above 0' : wording`be after ${option('start')}`, end);
  }
  for (const name of reference ? notOfReference : []) {
    const value = options[name];
    if (value === undefined || value === lipsyncOptions.extend.default) continue;
    throw new OptionError(name, wording`be left out with ${option('reference')}, which has no such option`, value);
  }
  for (const name of ['colorMatch', 'detail'] as const) {
    if (!reference || !options[name]) continue;
    throw new OptionError(name, wording`be left out with ${option('reference')}, which has no such option`, true);
  }
  if (reference && fps !== undefined && fps !== 25) {
    throw new OptionError('fps', wording`be left out with ${option('reference')}: the reference works at 25 fps`, fps);
  }
}

/** Returns the options with the model's defaults for those left out. */
export function resolveLipsyncOptions(
  options: LipsyncRunOptions,
  defaults: LipsyncModelDefaults,
): ResolvedLipsyncOptions {
  return {
    numInferenceSteps: options.steps ?? defaults.numInferenceSteps,
    guidanceScale: options.guidanceScale ?? defaults.guidanceScale,
    seed: options.seed ?? defaults.seed,
    scheduler: options.scheduler ?? lipsyncOptions.scheduler.default,
    deepCacheInterval: options.deepCacheInterval ?? lipsyncOptions.deepCacheInterval.default,
    length: options.length ?? (options.at === undefined ? 'audio' : 'longest'),
    extend: options.extend ?? lipsyncOptions.extend.default,
    startSeconds: timeOf(options.start),
    endSeconds: timeOf(options.end),
    atSeconds: timeOf(options.at),
    audioStartSeconds: timeOf(options.audioStart) ?? 0,
    audioOffsetSeconds: (options.audioOffset ?? lipsyncOptions.audioOffset.default) / 1000,
    mix: options.mix ?? lipsyncOptions.mix.default,
    preview: excerptOf(options.preview),
    reference: options.reference ?? false,
    colorMatch: !options.reference && (options.colorMatch ?? lipsyncOptions.colorMatch.default),
    detail: !options.reference && (options.detail ?? lipsyncOptions.detail.default),
    fps: options.fps,
    quality: options.quality,
    codec: options.codec,
    lossless: options.lossless,
    encodingPreset: options.encodingPreset,
    keyframes: options.keyframes,
  };
}
