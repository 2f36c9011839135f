// Scheduler: the numbers of a denoising loop. The scheduler owns the mathematics, the pipeline owns the loop.
import type { SchedulerConfig } from './scheduler-config.ts';

/** The names of the schedulers. */
export const schedulerNames = ['ddim', 'dpmpp2m', 'dpmpp2m_karras', 'unipc', 'euler'] as const;

/** A scheduler's name. */
export type SchedulerName = (typeof schedulerNames)[number];

/**
 * A sampler of a diffusion model, named and numbered as in diffusers. Arrays are flat float32 of any one shape.
 *
 * @example
 * scheduler.setTimesteps(20);
 * let latents = noise.map((value) => value * scheduler.initNoiseSigma);
 * for (const timestep of scheduler.timesteps) {
 *   const noisePred = await unet(scheduler.scaleModelInput(latents, timestep), timestep);
 *   latents = scheduler.step(noisePred, timestep, latents);
 * }
 */
export interface Scheduler {
  readonly config: SchedulerConfig;
  /** Π(1 − beta) up to each training timestep, [numTrainTimesteps]. */
  readonly alphasCumprod: Float32Array;
  /** The timesteps of the loop, falling; all training timesteps until {@link setTimesteps} is called. */
  readonly timesteps: readonly number[];
  /** Standard deviation of the noise that the loop starts from. */
  readonly initNoiseSigma: number;
  /**
   * Starts a new loop of that many steps.
   *
   * @throws RangeError when the steps do not fit into the training timesteps.
   */
  setTimesteps(numInferenceSteps: number): void;
  /** Returns what the network is given for a sample; the sample itself for most schedulers. */
  scaleModelInput(sample: Float32Array, timestep: number): Float32Array;
  /**
   * Returns the sample of the next, less noisy timestep. Multistep schedulers need the timesteps in order.
   *
   * @param noisePred - the network's output (see `predictionType`).
   * @param sample - the current sample, not scaled.
   * @throws RangeError when the lengths differ or the timestep is not the next one.
   */
  step(noisePred: Float32Array, timestep: number, sample: Float32Array): Float32Array;
  /** Returns a clean sample with the noise of a timestep (one of {@link timesteps}; any training one for DDIM). */
  addNoise(original: Float32Array, noise: Float32Array, timestep: number): Float32Array;
}
