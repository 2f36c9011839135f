// SigmaSchedule: the noise levels of a loop and the place in it, for the schedulers that work with noise levels.

/** Returns α and σ of a variance-preserving sample whose noise-to-signal ratio is `sigma`: α² + σ² = 1. */
export function alphaSigmaOf(sigma: number): { alpha: number; sigma: number } {
  const alpha = 1 / Math.sqrt(sigma * sigma + 1);
  return { alpha, sigma: sigma * alpha };
}

/** Returns half the log signal-to-noise ratio λ = ln(α/σ); infinite for a clean sample. */
export function lambdaOf(sigma: number): number {
  return -Math.log(sigma);
}

/** Timesteps with the noise level of each, the level after the last, and the step that comes next. */
export class SigmaSchedule {
  readonly timesteps: readonly number[];
  /** One more than timesteps: the last is where the loop ends. */
  readonly sigmas: Float32Array;
  #next: number | undefined;

  constructor(timesteps: readonly number[], sigmas: readonly number[]) {
    this.timesteps = timesteps;
    this.sigmas = Float32Array.from(sigmas);
  }

  /**
   * Returns the index of a timestep.
   *
   * @throws RangeError when the timestep is not in the schedule.
   */
  indexOf(timestep: number): number {
    const index = this.timesteps.indexOf(timestep);
    if (index < 0) throw new RangeError(`Timestep ${timestep} is not one of the scheduler's timesteps.`);
    return index;
  }

  /** Returns the index of the timestep that comes next; a loop may begin anywhere. */
  currentIndex(timestep: number): number {
    return this.timesteps[this.#next ?? -1] === timestep ? (this.#next ?? 0) : this.indexOf(timestep);
  }

  /**
   * Moves on by one step and returns the index of the step taken.
   *
   * @throws RangeError when the timestep is not the next one.
   */
  advance(timestep: number): number {
    const index = this.currentIndex(timestep);
    if (this.#next !== undefined && index !== this.#next) {
      throw new RangeError(
        `step() must be called with timestep ${this.timesteps[this.#next] ?? 'none'} next (got ${timestep}).\n` +
          'Call setTimesteps() to begin a new loop.',
      );
    }
    this.#next = index + 1;
    return index;
  }
}
