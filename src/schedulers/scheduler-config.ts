// Scheduler configurations: diffusers' scheduler_config.json (snake_case, defaults by class) as checked camelCase options.
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';

/** What the network's output means: the noise, the clean sample, or the velocity of Salimans and Ho (2022). */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction';

/** How inference timesteps are spread over the training ones: table 2 of Lin et al. (2024), arXiv 2305.08891. */
export type TimestepSpacing = 'leading' | 'linspace' | 'trailing';

/** Options of all schedulers; each class reads those that concern it. */
export interface SchedulerConfig {
  /** Training timesteps. Default 1000. */
  numTrainTimesteps: number;
  /** First beta. Default 0.0001. */
  betaStart: number;
  /** Last beta. Default 0.02. */
  betaEnd: number;
  /** How betas run from first to last. Default `linear`. */
  betaSchedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
  /** The betas themselves, instead of a schedule. */
  trainedBetas: readonly number[] | undefined;
  /** Default `epsilon`. */
  predictionType: PredictionType;
  /** Default `leading` for DDIM, `linspace` for the others. */
  timestepSpacing: TimestepSpacing | undefined;
  /** Added to every timestep with `leading` spacing. Default 0. */
  stepsOffset: number;
  /** DDIM: clips the predicted clean sample to ±clipSampleRange. Default true. */
  clipSample: boolean;
  /** DDIM. Default 1. */
  clipSampleRange: number;
  /** DDIM: the last step goes to a noise-free sample instead of that of timestep 0. Default true. */
  setAlphaToOne: boolean;
  /** DPM-Solver++, UniPC, Euler: noise levels of Karras et al. (2022). Default false. */
  useKarrasSigmas: boolean;
  /** DPM-Solver++, UniPC, Euler: the noise level after the last step: none, or that of timestep 0. Default `zero`. */
  finalSigmasType: 'zero' | 'sigma_min';
  /** DPM-Solver++ (1 or 2) and UniPC (1 to 3). Default 2. */
  solverOrder: number;
  /** DPM-Solver++: `midpoint` (default) or `heun`; UniPC: `bh2` (default) or `bh1`. */
  solverType: 'midpoint' | 'heun' | 'bh1' | 'bh2' | undefined;
  /** DPM-Solver++ and UniPC: lower order in the last steps. Default true. */
  lowerOrderFinal: boolean;
  /** DPM-Solver++: first order in the last step. Default false. */
  eulerAtFinal: boolean;
  /** UniPC: indices of steps after which no correction is made. Default none. */
  disableCorrector: readonly number[];
}

/** SchedulerFields that would change the result and that we do not implement, with the values that leave them off. */
const offValues: Readonly<Record<string, readonly unknown[]>> = {
  algorithm_type: ['dpmsolver++', 'deis'],
  dynamic_shifting: [false],
  interpolation_type: ['linear'],
  lambda_min_clipped: [-Infinity, '-inf', '-Infinity'],
  predict_x0: [true],
  rescale_betas_zero_snr: [false],
  sigma_max: [],
  sigma_min: [],
  solver_p: [],
  thresholding: [false],
  timestep_type: ['discrete'],
  use_beta_sigmas: [false],
  use_dynamic_shifting: [false],
  use_exponential_sigmas: [false],
  use_flow_sigmas: [false],
  use_lu_lambdas: [false],
  variance_type: ['fixed_small', 'fixed_large'],
};

/** What to do about a configuration that cannot be used. */
export const CORRECT_CONFIG = 'Correct scheduler_config.json.';

function invalid(key: string, rule: string, value: unknown): LatentSyncError {
  return new LatentSyncError('config-invalid', `The scheduler's ${key} must be ${rule} (got ${shownValue(value)}).`, {
    remedy: CORRECT_CONFIG,
  });
}

/** Reads one configuration object field by field; absent and null fields take the default. */
class SchedulerFields {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new LatentSyncError('config-invalid', 'A scheduler configuration must be a JSON object.');
    }
    this.#json = json as Record<string, unknown>;
  }

  get(key: string): unknown {
    return this.#json[key] ?? undefined;
  }

  number(key: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.get(key) ?? fallback;
    if (typeof value === 'number' && value >= minimum && value <= maximum) return value;
    throw invalid(key, `a number from ${minimum} to ${maximum}`, value);
  }

  integer(key: string, fallback: number, minimum: number, maximum: number): number {
    const value = this.number(key, fallback, minimum, maximum);
    if (Number.isInteger(value)) return value;
    throw invalid(key, 'an integer', value);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.get(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw invalid(key, 'true or false', value);
  }

  word<T extends string>(key: string, words: readonly T[]): T | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) throw invalid(key, `one of ${words.join(', ')}`, value);
    return found;
  }

  numbers(key: string): readonly number[] | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
    throw invalid(key, 'a list of numbers', value);
  }
}

/**
 * Returns the options of a `scheduler_config.json`, with diffusers' defaults for absent fields.
 * SchedulerFields that belong to other schedulers or to the file itself (`_class_name`) are ignored, as diffusers does.
 *
 * @throws LatentSyncError `config-invalid` for a value out of range, or one that asks for what no scheduler here does.
 */
export function parseSchedulerConfig(json: unknown): SchedulerConfig {
  const fields = new SchedulerFields(json);
  for (const [key, allowed] of Object.entries(offValues)) {
    const value = fields.get(key);
    if (value !== undefined && !allowed.includes(value)) {
      throw new LatentSyncError(
        'config-invalid',
        `The scheduler option ${key} = ${shownValue(value)} is not supported.`,
        { remedy: wording`Remove it, or choose another ${option('scheduler')}.` },
      );
    }
  }
  const trainedBetas = fields.numbers('trained_betas');
  if (trainedBetas && (trainedBetas.length === 0 || trainedBetas.some((beta) => !(beta > 0 && beta < 1)))) {
    throw invalid('trained_betas', 'numbers between 0 and 1', trainedBetas);
  }
  return {
    numTrainTimesteps: trainedBetas?.length ?? fields.integer('num_train_timesteps', 1000, 2, 1_000_000),
    betaStart: fields.number('beta_start', 0.0001, 0, 1),
    betaEnd: fields.number('beta_end', 0.02, 0, 1),
    betaSchedule: fields.word('beta_schedule', ['linear', 'scaled_linear', 'squaredcos_cap_v2']) ?? 'linear',
    trainedBetas,
    predictionType: fields.word('prediction_type', ['epsilon', 'sample', 'v_prediction']) ?? 'epsilon',
    timestepSpacing: fields.word('timestep_spacing', ['leading', 'linspace', 'trailing']),
    stepsOffset: fields.integer('steps_offset', 0, 0, 1_000_000),
    clipSample: fields.boolean('clip_sample', true),
    clipSampleRange: fields.number('clip_sample_range', 1, 0, Infinity),
    setAlphaToOne: fields.boolean('set_alpha_to_one', true),
    useKarrasSigmas: fields.boolean('use_karras_sigmas', false),
    finalSigmasType: fields.word('final_sigmas_type', ['zero', 'sigma_min']) ?? 'zero',
    solverOrder: fields.integer('solver_order', 2, 1, 3),
    solverType: fields.word('solver_type', ['midpoint', 'heun', 'bh1', 'bh2']),
    lowerOrderFinal: fields.boolean('lower_order_final', true),
    eulerAtFinal: fields.boolean('euler_at_final', false),
    disableCorrector: fields.numbers('disable_corrector') ?? [],
  };
}
