// What DPM-Solver++ and UniPC share: the schedule of noise levels, and outputs turned into clean samples.
import { linearCombination } from './linear-combination.ts';
import {
  interpolated,
  karrasSigmas,
  roundHalfEven,
  sigmasOf,
  spacedTimesteps,
  timestepOfSigma,
} from './noise-schedule.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { alphaSigmaOf, SigmaSchedule } from './sigma-schedule.ts';

/** Returns the schedule before a loop is set up: every training timestep, falling. */
export function trainingSchedule(alphasCumprod: Float32Array): SigmaSchedule {
  const sigmas = sigmasOf(alphasCumprod).reverse();
  const timesteps = Array.from(sigmas, (_, i) => sigmas.length - 1 - i);
  return new SigmaSchedule(timesteps, [...sigmas, 0]);
}

/**
 * Returns the timesteps and noise levels of a loop.
 *
 * @throws RangeError when the steps do not fit into the training timesteps.
 */
export function multistepSchedule(
  config: SchedulerConfig,
  alphasCumprod: Float32Array,
  numInferenceSteps: number,
): SigmaSchedule {
  const { numTrainTimesteps, stepsOffset, timestepSpacing = 'linspace', useKarrasSigmas } = config;
  const trainSigmas = sigmasOf(alphasCumprod);
  let timesteps = spacedTimesteps(timestepSpacing, {
    numTrainTimesteps,
    numInferenceSteps,
    stepsOffset,
    endCounts: true,
    rounded: true,
  });
  let sigmas = timesteps.map((timestep) => interpolated(trainSigmas, timestep));
  if (useKarrasSigmas) {
    sigmas = karrasSigmas(trainSigmas[trainSigmas.length - 1], trainSigmas[0], numInferenceSteps);
    timesteps = sigmas.map((sigma) => roundHalfEven(timestepOfSigma(sigma, trainSigmas)));
  }
  return new SigmaSchedule(timesteps, [...sigmas, config.finalSigmasType === 'zero' ? 0 : trainSigmas[0]]);
}

/** Returns the clean sample that a network's output stands for at a noise level. */
export function cleanSampleOf(
  predictionType: SchedulerConfig['predictionType'],
  noisePred: Float32Array,
  sample: Float32Array,
  level: number,
): Float32Array {
  const { alpha, sigma } = alphaSigmaOf(level);
  if (predictionType === 'sample') return noisePred;
  if (predictionType === 'v_prediction') {
    return linearCombination([
      [alpha, sample],
      [-sigma, noisePred],
    ]);
  }
  return linearCombination([
    [1 / alpha, sample],
    [-sigma / alpha, noisePred],
  ]);
}

/** Returns a clean sample with the noise of a level, at variance 1. */
export function withNoise(original: Float32Array, noise: Float32Array, level: number): Float32Array {
  const { alpha, sigma } = alphaSigmaOf(level);
  return linearCombination([
    [alpha, original],
    [sigma, noise],
  ]);
}
