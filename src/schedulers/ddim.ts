// DDIMScheduler: deterministic denoising implicit models (Song et al. 2021), eta 0.
import { linearCombination } from './linear-combination.ts';
import { alphasCumprodOf, spacedTimesteps } from './noise-schedule.ts';
import type { Scheduler } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';

/** The reference's sampler; it keeps no state between steps, so any timestep may be asked for at any time. */
export class DDIMScheduler implements Scheduler {
  readonly config: SchedulerConfig;
  readonly alphasCumprod: Float32Array;
  readonly initNoiseSigma = 1;
  timesteps: readonly number[];
  #numInferenceSteps: number;

  constructor(config: SchedulerConfig) {
    this.config = config;
    this.alphasCumprod = alphasCumprodOf(config);
    this.#numInferenceSteps = config.numTrainTimesteps;
    this.timesteps = Array.from({ length: config.numTrainTimesteps }, (_, i) => config.numTrainTimesteps - 1 - i);
  }

  setTimesteps(numInferenceSteps: number): void {
    const { numTrainTimesteps, stepsOffset, timestepSpacing = 'leading' } = this.config;
    this.timesteps = spacedTimesteps(timestepSpacing, {
      numTrainTimesteps,
      numInferenceSteps,
      stepsOffset,
      endCounts: false,
      rounded: true,
    });
    this.#numInferenceSteps = numInferenceSteps;
  }

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  /** Returns Π(1 − beta) at a timestep; below zero, at the loop's end. */
  #alphaAt(timestep: number): number {
    if (timestep < 0) return this.config.setAlphaToOne ? 1 : this.alphasCumprod[0];
    if (!Number.isInteger(timestep) || timestep >= this.alphasCumprod.length) {
      throw new RangeError(`timestep must be an integer below ${this.alphasCumprod.length} (got ${timestep}).`);
    }
    return this.alphasCumprod[timestep];
  }

  step(noisePred: Float32Array, timestep: number, sample: Float32Array): Float32Array {
    const { predictionType, clipSample, clipSampleRange, numTrainTimesteps } = this.config;
    const alphaProd = this.#alphaAt(timestep);
    const previousTimestep = timestep - Math.floor(numTrainTimesteps / this.#numInferenceSteps);
    const previousAlphaProd = this.#alphaAt(previousTimestep);
    const alpha = Math.sqrt(alphaProd);
    const sigma = Math.sqrt(1 - alphaProd);

    let cleanSample: Float32Array;
    let noise: Float32Array;
    if (predictionType === 'epsilon') {
      noise = noisePred;
      cleanSample = linearCombination([
        [1 / alpha, sample],
        [-sigma / alpha, noisePred],
      ]);
    } else if (predictionType === 'sample') {
      cleanSample = noisePred;
      noise = linearCombination([
        [1 / sigma, sample],
        [-alpha / sigma, noisePred],
      ]);
    } else {
      cleanSample = linearCombination([
        [alpha, sample],
        [-sigma, noisePred],
      ]);
      noise = linearCombination([
        [alpha, noisePred],
        [sigma, sample],
      ]);
    }
    if (clipSample) {
      cleanSample = cleanSample.map((value) => Math.min(Math.max(value, -clipSampleRange), clipSampleRange));
    }
    // Equation 12 of the paper with eta 0.
    return linearCombination([
      [Math.sqrt(previousAlphaProd), cleanSample],
      [Math.sqrt(1 - previousAlphaProd), noise],
    ]);
  }

  addNoise(original: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    const alphaProd = this.#alphaAt(Math.max(timestep, 0));
    return linearCombination([
      [Math.sqrt(alphaProd), original],
      [Math.sqrt(1 - alphaProd), noise],
    ]);
  }
}
