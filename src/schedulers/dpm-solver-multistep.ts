// DPMSolverMultistepScheduler: DPM-Solver++ (2M), Lu et al. 2022 (arXiv 2211.01095), over the clean sample.
import { LatentSyncError } from '../util/errors.ts';
import { option, wording } from '../util/wording.ts';
import { linearCombination } from './linear-combination.ts';
import { cleanSampleOf, multistepSchedule, trainingSchedule, withNoise } from './multistep.ts';
import { alphasCumprodOf } from './noise-schedule.ts';
import type { Scheduler } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { alphaSigmaOf, lambdaOf } from './sigma-schedule.ts';

/** Loops shorter than this end with lower orders when `lowerOrderFinal` is set. */
const SHORT_LOOP = 15;

/** A second-order solver that uses the two latest outputs; about 20 steps do what DDIM does in 50. */
export class DPMSolverMultistepScheduler implements Scheduler {
  readonly config: SchedulerConfig;
  readonly alphasCumprod: Float32Array;
  readonly initNoiseSigma = 1;
  #schedule;
  #previousCleanSample: Float32Array | undefined;

  /** @throws LatentSyncError `config-invalid` when `solverOrder` is above 2. */
  constructor(config: SchedulerConfig) {
    if (config.solverOrder > 2) {
      throw new LatentSyncError(
        'config-invalid',
        `DPM-Solver++ supports solver_order 1 and 2 (got ${config.solverOrder}).`,
        { remedy: wording`Use the UniPC scheduler for order 3: ${option('scheduler', 'unipc')}.` },
      );
    }
    this.config = config;
    this.alphasCumprod = alphasCumprodOf(config);
    this.#schedule = trainingSchedule(this.alphasCumprod);
  }

  get timesteps(): readonly number[] {
    return this.#schedule.timesteps;
  }

  setTimesteps(numInferenceSteps: number): void {
    this.#schedule = multistepSchedule(this.config, this.alphasCumprod, numInferenceSteps);
    this.#previousCleanSample = undefined;
  }

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  /** Returns whether the step that ends at the index after `index` is of first order. */
  #isFirstOrder(index: number): boolean {
    const { solverOrder, lowerOrderFinal, eulerAtFinal, finalSigmasType } = this.config;
    if (solverOrder === 1 || this.#previousCleanSample === undefined) return true;
    const steps = this.timesteps.length;
    const lowerAtEnd = eulerAtFinal || finalSigmasType === 'zero' || (lowerOrderFinal && steps < SHORT_LOOP);
    return index === steps - 1 && lowerAtEnd;
  }

  step(noisePred: Float32Array, timestep: number, sample: Float32Array): Float32Array {
    const index = this.#schedule.advance(timestep);
    const { sigmas } = this.#schedule;
    const cleanSample = cleanSampleOf(this.config.predictionType, noisePred, sample, sigmas[index]);

    const target = alphaSigmaOf(sigmas[index + 1]);
    const current = alphaSigmaOf(sigmas[index]);
    const lambda = lambdaOf(sigmas[index]);
    const h = lambdaOf(sigmas[index + 1]) - lambda;
    const growth = Math.expm1(-h); // e^−h − 1
    const keep = target.sigma / current.sigma;
    const previous = this.#previousCleanSample;
    const firstOrder = this.#isFirstOrder(index);
    this.#previousCleanSample = cleanSample;
    if (firstOrder || previous === undefined) {
      return linearCombination([
        [keep, sample],
        [-target.alpha * growth, cleanSample],
      ]);
    }
    // The clean sample's slope by finite difference: D1 = (m0 − m1) / r.
    const ratio = (lambda - lambdaOf(sigmas[index - 1])) / h;
    const slope =
      (this.config.solverType === 'heun' ? target.alpha * (growth / h + 1) : -0.5 * target.alpha * growth) / ratio;
    return linearCombination([
      [keep, sample],
      [-target.alpha * growth + slope, cleanSample],
      [-slope, previous],
    ]);
  }

  addNoise(original: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    return withNoise(original, noise, this.#schedule.sigmas[this.#schedule.indexOf(timestep)]);
  }
}
