// What the denoising does at each of its steps: which passes of the UNet run, and what of earlier steps is used again.
import type { SchedulerName } from '../schedulers/scheduler.ts';
import { checkInteger, checkNumber, OptionError } from '../util/assert.ts';
import { option, wording } from '../util/wording.ts';

/** How windows are denoised. */
export interface DenoisingSettings {
  scheduler: SchedulerName;
  numInferenceSteps: number;
  /** How far to go from the prediction without audio to that with it and beyond; at most 1 means no guidance. */
  guidanceScale: number;
  /** Guidance begins at this fraction of the steps, rounded to whole steps. Default 0. */
  guidanceStart?: number;
  /** Guidance ends at this fraction of the steps (Kynkäänniemi et al. 2024). Default 1. */
  guidanceEnd?: number;
  /**
   * The pass without audio runs at every N-th guided step; in between, the difference that it made is used again (Lv et al. 2024,
   * FasterCache). Default 1.
   */
  unconditionalInterval?: number;
  /** The whole UNet runs at every N-th step, only its last layer in between (Ma et al. 2023). Default 1. */
  deepCacheInterval?: number;
  /**
   * In place of an interval: the whole UNet runs when the latents have changed by this share since it ran last (as in TeaCache, Liu et
   * al. 2024). Default: 0, at every step.
   */
  deepCacheThreshold?: number;
  /**
   * How much noise the denoising starts from: 1, pure noise; less, the latents of the faces as they are with noise of an earlier step, of
   * which only the share of the steps that this number gives is run. Default 1.
   */
  strength?: number;
}

/** One step of the denoising. */
export interface DenoisingStep {
  /** Its position among the scheduler's timesteps. */
  readonly index: number;
  /**
   * The step whose whole passes its shallow ones build on; the step itself: its passes are whole. Undefined: that is decided by how the
   * latents have changed.
   */
  readonly deepFrom: number | undefined;
  /** Whether the prediction is guided, by a pass without audio at this step or by the difference that the last one made. */
  readonly guidance: 'none' | 'computed' | 'reused';
}

/** Whether these settings need the UNet in the two parts of DeepCache. */
export function usesDeepCache({
  deepCacheInterval = 1,
  deepCacheThreshold = 0,
}: Pick<DenoisingSettings, 'deepCacheInterval' | 'deepCacheThreshold'>): boolean {
  return deepCacheInterval > 1 || deepCacheThreshold > 0;
}

/**
 * Returns the steps of the denoising.
 *
 * @throws RangeError for a setting out of range, or that makes no sense with another.
 */
export function denoisingSteps(settings: Omit<DenoisingSettings, 'scheduler'>): DenoisingStep[] {
  const {
    numInferenceSteps: steps,
    guidanceScale,
    guidanceStart = 0,
    guidanceEnd = 1,
    unconditionalInterval = 1,
    deepCacheInterval = 1,
    deepCacheThreshold = 0,
    strength = 1,
  } = settings;
  checkInteger('options.numInferenceSteps', steps, 1, 1000);
  checkNumber('options.guidanceScale', guidanceScale, 0, 100);
  checkInteger('options.unconditionalInterval', unconditionalInterval, 1, 1000);
  checkInteger('options.deepCacheInterval', deepCacheInterval, 1, 1000);
  for (const [name, value] of Object.entries({ guidanceStart, guidanceEnd, deepCacheThreshold, strength })) {
    checkNumber(`options.${name}`, value, 0, 1);
  }
  if (guidanceStart > guidanceEnd) {
    throw new OptionError('guidanceStart', wording`be at most ${option('guidanceEnd', guidanceEnd)}`, guidanceStart);
  }
  if (deepCacheThreshold > 0 && deepCacheInterval > 1) {
    throw new OptionError(
      'deepCacheThreshold',
      wording`be left out with ${option('deepCacheInterval')}`,
      deepCacheThreshold,
    );
  }
  const run = Math.floor(steps * strength + ROUNDING);
  if (run < 1) {
    throw new OptionError('strength', `be at least 1/${steps} with ${steps} steps, so that one is run`, strength);
  }
  const [firstGuided, pastGuided] = [guidanceStart, guidanceEnd].map((fraction) => Math.round(fraction * run));
  return Array.from({ length: run }, (_, step): DenoisingStep => {
    const isGuided = guidanceScale > 1 && step >= firstGuided && step < pastGuided;
    const isComputed = (step - firstGuided) % unconditionalInterval === 0;
    return {
      index: steps - run + step,
      deepFrom: deepCacheThreshold > 0 ? undefined : step - (step % deepCacheInterval),
      guidance: isGuided ? (isComputed ? 'computed' : 'reused') : 'none',
    };
  });
}

/** 0.29·100 is a little less than 29. */
const ROUNDING = 1e-9;

/** Returns how many passes of the UNet these settings take; where the latents decide, the most. */
export function passCounts(settings: Omit<DenoisingSettings, 'scheduler'>): { whole: number; shallow: number } {
  const counts = { whole: 0, shallow: 0 };
  const last: Partial<Record<'conditional' | 'unconditional', number>> = {};
  for (const [step, { deepFrom = step, guidance }] of denoisingSteps(settings).entries()) {
    for (const branch of ['conditional', ...(guidance === 'computed' ? (['unconditional'] as const) : [])] as const) {
      counts[last[branch] === deepFrom ? 'shallow' : 'whole']++;
      last[branch] = deepFrom;
    }
  }
  return counts;
}
