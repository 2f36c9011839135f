// Options of a lip-sync job: what they mean, their defaults, and the checks on them.
import { linearDTypes, type LinearDType } from '../onnx/int8-linear.ts';
import type { Device } from '../runtime/runtime.ts';
import { devices } from '../runtime/runtime.ts';
import { schedulerNames, type SchedulerName } from '../schedulers/create-scheduler.ts';
import { checkInteger, checkNumber, checkOneOf, OptionError } from '../util/assert.ts';
import type { OnProgress } from '../util/progress.ts';
import { option, wording } from '../util/wording.ts';
import type { LipsyncModelDefaults } from './lipsync-model.ts';

/** How long the output is. */
export type OutputLength = 'audio' | 'video' | 'shortest';

/** The choices for {@link LipsyncOptions.length}. */
export const outputLengths: readonly OutputLength[] = ['audio', 'video', 'shortest'];

/** A lip-sync job. */
export interface LipsyncOptions {
  /** File with the person. */
  video: string;
  /** File with the speech; its first audio track is taken. */
  audio: string;
  /** MP4 file to write, named .mp4 or .m4v. A file that is there is replaced once the new one is complete. */
  output: string;
  /** `tiny`, `1.5`, `1.6`, or a folder with the official files. Default `tiny`. */
  model?: string;
  /** Denoising steps, 1 to 999. Default: the model's. */
  steps?: number;
  /** How strongly the audio shapes the lips, 0 to 10; at most 1 means no guidance and half the time. Default: the model's. */
  guidanceScale?: number;
  /** Seed of the noise, a whole number. Default: the model's. */
  seed?: number;
  /** Default `ddim`. */
  scheduler?: SchedulerName;
  /** The whole UNet runs every so many steps, its last layer alone between them. Default 1: always. */
  deepCacheInterval?: number;
  /** Frames a second of the output, 1 to 120. Default: those of the video. */
  fps?: number;
  /**
   * `audio` (default): as long as the audio; a shorter video is played backwards and forwards. `video`: as long as the
   * video. `shortest`: as long as the shorter of both.
   */
  length?: OutputLength;
  /** Constant quality of the output's H.264, 0 (lossless) to 51. Default 17. */
  quality?: number;
  /** Does what the official code does, its defects included. Default false. */
  reference?: boolean;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /**
   * How the UNet's linear layers compute. `int8` takes less time and memory on the CPU with the official models, the result
   * is close to but not the same as that of `float32`. Default `float32`.
   */
  dtype?: LinearDType;
  /** Threads of the networks. Default: all physical cores. */
  threads?: number;
  /** Folder with InsightFace's `det_10g.onnx` and `2d106det.onnx`, to be used instead of the bundled face networks. */
  insightface?: string;
  /** Keeps audio features on disk for the next time. Default true. */
  featureCache?: boolean;
  /** Stops the job at once; nothing is left of its output. */
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Options with every default in its place. */
export interface ResolvedLipsyncOptions {
  steps: number;
  guidanceScale: number;
  seed: number;
  scheduler: SchedulerName;
  deepCacheInterval: number;
  length: OutputLength;
  dtype: LinearDType;
  reference: boolean;
}

/**
 * Checks what can be checked without opening a file.
 *
 * @throws RangeError naming the option, the rule and the value.
 */
export function checkLipsyncOptions(options: LipsyncOptions): void {
  for (const key of ['video', 'audio', 'output'] as const) {
    if (options[key] === '') throw new OptionError(key, 'be the path of a file', '');
  }
  for (const key of ['model', 'insightface'] as const) {
    if (options[key] === '') throw new OptionError(key, 'not be empty');
  }
  const { steps, guidanceScale, seed, scheduler, deepCacheInterval, fps, length, quality, device, dtype, threads } =
    options;
  if (steps !== undefined) checkInteger('options.steps', steps, 1, 999);
  if (guidanceScale !== undefined) checkNumber('options.guidanceScale', guidanceScale, 0, 10);
  if (seed !== undefined) checkInteger('options.seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (scheduler !== undefined) checkOneOf('options.scheduler', scheduler, schedulerNames);
  if (deepCacheInterval !== undefined) checkInteger('options.deepCacheInterval', deepCacheInterval, 1, 1000);
  if (fps !== undefined) checkNumber('options.fps', fps, 1, 120);
  if (length !== undefined) checkOneOf('options.length', length, outputLengths);
  if (quality !== undefined) checkNumber('options.quality', quality, 0, 51);
  if (device !== undefined) checkOneOf('options.device', device, devices);
  if (dtype !== undefined) checkOneOf('options.dtype', dtype, linearDTypes);
  if (dtype === 'int8' && device !== undefined && device !== 'cpu') {
    throw new OptionError(
      'dtype',
      wording`be float32 when ${option('device')} is ${device}: int8 runs only on the CPU`,
      dtype,
    );
  }
  if (threads !== undefined) checkInteger('options.threads', threads, 1, 1024);
  if (options.reference && fps !== undefined && fps !== 25) {
    throw new OptionError('fps', wording`be left out with ${option('reference')}: the reference works at 25 fps`, fps);
  }
}

/** Returns the options with the model's defaults for those left out. */
export function resolveLipsyncOptions(options: LipsyncOptions, defaults: LipsyncModelDefaults): ResolvedLipsyncOptions {
  return {
    steps: options.steps ?? defaults.numInferenceSteps,
    guidanceScale: options.guidanceScale ?? defaults.guidanceScale,
    seed: options.seed ?? defaults.seed,
    scheduler: options.scheduler ?? 'ddim',
    deepCacheInterval: options.deepCacheInterval ?? 1,
    length: options.length ?? 'audio',
    dtype: options.dtype ?? 'float32',
    reference: options.reference ?? false,
  };
}
