// How a model was meant to be used: the sections `data` and `run` of its configuration, checked.
import { schedulerNames } from '../schedulers/scheduler.ts';
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { LipsyncModelDefaults } from './lipsync-model.ts';

/** What a number must be. */
interface Range {
  readonly minimum: number;
  readonly maximum: number;
  /** Whether fractions are allowed too. */
  readonly fractional?: boolean;
}

const ranges = {
  resolution: { minimum: 8, maximum: 8192 },
  num_frames: { minimum: 1, maximum: 1024 },
  video_fps: { minimum: 1, maximum: 120, fractional: true },
  inference_steps: { minimum: 1, maximum: 999 },
  guidance_scale: { minimum: 0, maximum: 10, fractional: true },
  guidance_start: { minimum: 0, maximum: 1, fractional: true },
  guidance_end: { minimum: 0, maximum: 1, fractional: true },
  unconditional_interval: { minimum: 1, maximum: 1000 },
  seed: { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
} satisfies Record<string, Range>;

const audioContext: Range = { minimum: 0, maximum: 100 };

/**
 * Returns the defaults of a model; fields that the configuration omits have the official values.
 *
 * @param config - content of `config.yaml`.
 * @param source - its path, for messages.
 * @throws LatentSyncError `config-invalid` naming the field, the rule and the value.
 */
export function parseLipsyncModelDefaults(config: Record<string, unknown>, source: string): LipsyncModelDefaults {
  const fail = (path: string, rule: string, value: unknown): never => {
    throw new LatentSyncError(
      'config-invalid',
      wording`"${path}" in ${source} must be ${rule} (got ${shownValue(value)}).`,
      { remedy: 'Use the configuration file that belongs to the model.' },
    );
  };
  const section = (name: string): ReadonlyMap<string, unknown> => {
    const value = config[name] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) return fail(name, 'a mapping', value);
    return new Map(Object.entries(value));
  };
  const data = section('data');
  const run = section('run');
  const number = (name: 'data' | 'run', key: keyof typeof ranges, fallback: number): number => {
    const value = (name === 'data' ? data : run).get(key) ?? fallback;
    return isNumberIn(value, ranges[key]) ? value : fail(`${name}.${key}`, ruleOf(ranges[key]), value);
  };
  const context = data.get('audio_feat_length') ?? [2, 2];
  if (!Array.isArray(context) || context.length !== 2 || !context.every((value) => isNumberIn(value, audioContext))) {
    return fail('data.audio_feat_length', `two values, each ${ruleOf(audioContext)}`, context);
  }
  const scheduler = schedulerNames.find((name) => name === (run.get('scheduler') ?? 'ddim'));
  return {
    resolution: number('data', 'resolution', 256),
    numFrames: number('data', 'num_frames', 16),
    videoFps: number('data', 'video_fps', 25),
    audioFeatLength: [context[0], context[1]] as [number, number],
    numInferenceSteps: number('run', 'inference_steps', 20),
    scheduler: scheduler ?? fail('run.scheduler', `one of ${schedulerNames.join(', ')}`, run.get('scheduler')),
    guidanceScale: number('run', 'guidance_scale', 1.5),
    guidanceStart: number('run', 'guidance_start', 0),
    guidanceEnd: number('run', 'guidance_end', 1),
    unconditionalInterval: number('run', 'unconditional_interval', 1),
    seed: number('run', 'seed', 1247),
  };
}

function isNumberIn(value: unknown, { minimum, maximum, fractional = false }: Range): value is number {
  if (typeof value !== 'number' || !(fractional ? Number.isFinite(value) : Number.isInteger(value))) return false;
  return value >= minimum && value <= maximum;
}

function ruleOf({ minimum, maximum, fractional = false }: Range): string {
  return `${fractional ? 'a number' : 'an integer'} from ${minimum} to ${maximum}`;
}
