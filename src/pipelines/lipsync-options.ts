// Options of a lip-sync job: what they mean, their defaults, and the checks on them.
import { knownModels } from '../hub/model-registry.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { OnMediaWarning } from '../media/media-warning.ts';
import { streamOptions, type Deinterlacing } from '../media/stream-options.ts';
import { linearDTypes, type LinearDType } from '../onnx/linear-dtype.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import type { Device } from '../runtime/runtime.ts';
import { schedulerNames, type SchedulerName } from '../schedulers/scheduler.ts';
import { OptionError } from '../util/assert.ts';
import { checkOptions, defineOptions } from '../util/option-table.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';
import type { LipsyncModelDefaults } from './lipsync-model.ts';

/** How long the output is. */
export type OutputLength = 'audio' | 'video' | 'shortest';

/** The choices for {@link LipsyncOptions.length}. */
const outputLengths: readonly OutputLength[] = ['audio', 'video', 'shortest'];

/** A lip-sync job. */
export interface LipsyncOptions {
  /** The person: a path, a URL (`file:`, `http:` or `https:`), a `Blob` or `File`, or the bytes of a file. */
  video: MediaInput;
  /** The speech, in the same forms. */
  audio: MediaInput;
  /** MP4 file to write, named .mp4 or .m4v. A file that is there is replaced once the new one is complete. */
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
   * `audio`: as long as the audio; a shorter video is played backward and forward. `video`: as long as the video.
   * `shortest`: as long as the shorter of the two. Default `audio`.
   */
  length?: OutputLength;
  /** Constant quality of the output's H.264, 0 (lossless) to 51. Default 17. */
  quality?: number;
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
  /** Keeps the tracked faces and the audio features on disk, for the next job with the same video or audio. Default true. */
  cache?: boolean;
  /** Stops the job at once and leaves nothing of its output. */
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
    text: 'MP4 file to write, named .mp4 or .m4v.',
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
  length: {
    type: 'choice',
    group: 'Output video',
    choices: outputLengths,
    default: 'audio',
    essential: true,
    text:
      'Length of the output: that of the audio, of the video, or of the shorter one. A video that is shorter than the audio is ' +
      'played backward and forward.',
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
    text: 'Constant quality of the H.264 video, as x264 counts it: 0 is lossless, 51 the worst.',
  },
  cache: {
    type: 'flag',
    group: 'Machine',
    default: true,
    text: 'Keep tracked faces and audio features on disk, for the next job with the same video or audio.',
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
  length: OutputLength;
  reference: boolean;
  /** Undefined: the video's own. */
  fps: number | undefined;
  /** Undefined: the writer's default. */
  quality: number | undefined;
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

/**
 * Checks what can be checked without opening a file.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function checkLipsyncOptions(options: LipsyncOptions): void {
  checkOptions(lipsyncRunOptions, options);
  checkLipsyncOpenOptions(options);
  const { fps } = options;
  if (options.reference && fps !== undefined && fps !== 25) {
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
    length: options.length ?? lipsyncOptions.length.default,
    reference: options.reference ?? false,
    fps: options.fps,
    quality: options.quality,
  };
}
