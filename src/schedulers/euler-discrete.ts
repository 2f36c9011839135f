// EulerDiscreteScheduler: Euler's method on samples that are not scaled to variance 1 (Karras et al. 2022, algorithm 1).
import { LatentSyncError } from '../util/errors.ts';
import { option, wording } from '../util/wording.ts';
import { linearCombination } from './linear-combination.ts';
import { trainingSchedule } from './multistep.ts';
import {
  alphasCumprodOf,
  interpolated,
  karrasSigmas,
  sigmasOf,
  spacedTimesteps,
  timestepOfSigma,
} from './noise-schedule.ts';
import type { Scheduler } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { SigmaSchedule } from './sigma-schedule.ts';

/** First order, with fractional timesteps; the sample is the clean one plus sigma times noise. */
export class EulerDiscreteScheduler implements Scheduler {
  readonly config: SchedulerConfig;
  readonly alphasCumprod: Float32Array;
  #schedule;

  /** @throws LatentSyncError `config-invalid` for the prediction type `sample`. */
  constructor(config: SchedulerConfig) {
    if (config.predictionType === 'sample') {
      throw new LatentSyncError(
        'config-invalid',
        'The Euler scheduler supports the prediction_type epsilon and v_prediction (got sample).',
        { remedy: wording`Use the DDIM scheduler: ${option('scheduler', 'ddim')}.` },
      );
    }
    this.config = config;
    this.alphasCumprod = alphasCumprodOf(config);
    this.#schedule = trainingSchedule(this.alphasCumprod);
  }

  get timesteps(): readonly number[] {
    return this.#schedule.timesteps;
  }

  get initNoiseSigma(): number {
    const largest = this.#schedule.sigmas[0];
    return this.config.timestepSpacing === 'leading' ? Math.sqrt(largest * largest + 1) : largest;
  }

  setTimesteps(numInferenceSteps: number): void {
    const { numTrainTimesteps, stepsOffset, timestepSpacing = 'linspace', useKarrasSigmas } = this.config;
    const trainSigmas = sigmasOf(this.alphasCumprod);
    let timesteps = spacedTimesteps(timestepSpacing, {
      numTrainTimesteps,
      numInferenceSteps,
      stepsOffset,
      endCounts: false,
      rounded: false,
    }).map(Math.fround);
    let sigmas = timesteps.map((timestep) => interpolated(trainSigmas, timestep));
    if (useKarrasSigmas) {
      sigmas = karrasSigmas(sigmas[0], sigmas[sigmas.length - 1], numInferenceSteps);
      timesteps = sigmas.map((sigma) => Math.fround(timestepOfSigma(sigma, trainSigmas)));
    }
    const last = this.config.finalSigmasType === 'zero' ? 0 : trainSigmas[0];
    this.#schedule = new SigmaSchedule(timesteps, [...sigmas, last]);
  }

  scaleModelInput(sample: Float32Array, timestep: number): Float32Array {
    const sigma = this.#schedule.sigmas[this.#schedule.currentIndex(timestep)];
    return linearCombination([[1 / Math.sqrt(sigma * sigma + 1), sample]]);
  }

  step(noisePred: Float32Array, timestep: number, sample: Float32Array): Float32Array {
    const index = this.#schedule.advance(timestep);
    const sigma = this.#schedule.sigmas[index];
    const change = this.#schedule.sigmas[index + 1] - sigma;
    if (this.config.predictionType === 'epsilon') {
      return linearCombination([
        [1, sample],
        [change, noisePred],
      ]);
    }
    // The noise that a velocity stands for: v / √(σ² + 1) + x·σ / (σ² + 1).
    const variance = sigma * sigma + 1;
    return linearCombination([
      [1 + (change * sigma) / variance, sample],
      [change / Math.sqrt(variance), noisePred],
    ]);
  }

  addNoise(original: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    const sigma = this.#schedule.sigmas[this.#schedule.indexOf(timestep)];
    return linearCombination([
      [1, original],
      [sigma, noise],
    ]);
  }
}
