// UniPCMultistepScheduler: predictor and corrector of one family, Zhao et al. 2023 (arXiv 2302.04867), over the clean sample.
import { LatentSyncError } from '../util/errors.ts';
import type { Term } from './linear-combination.ts';
import { linearCombination } from './linear-combination.ts';
import { cleanSampleOf, multistepSchedule, trainingSchedule, withNoise } from './multistep.ts';
import { alphasCumprodOf } from './noise-schedule.ts';
import type { Scheduler } from './scheduler.ts';
import { CORRECT_CONFIG, type SchedulerConfig } from './scheduler-config.ts';
import { alphaSigmaOf, lambdaOf } from './sigma-schedule.ts';

/** Solves a small dense system by elimination with partial pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let r = column + 1; r < size; r++) if (Math.abs(rows[r][column]) > Math.abs(rows[pivot][column])) pivot = r;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let r = 0; r < size; r++) {
      if (r === column) continue;
      const factor = rows[r][column] / rows[column][column];
      for (let c = column; c <= size; c++) rows[r][c] -= factor * rows[column][c];
    }
  }
  return rows.map((row, i) => row[size] / row[i]);
}

/** The update before it is applied: what the corrector needs to redo the step with the newer output. */
interface LastStep {
  sample: Float32Array;
  order: number;
}

/** Predicts with the latest outputs, then corrects each sample with the output found there, at no further network call. */
export class UniPCMultistepScheduler implements Scheduler {
  readonly config: SchedulerConfig;
  readonly alphasCumprod: Float32Array;
  readonly initNoiseSigma = 1;
  #schedule;
  /** Clean samples of the latest steps, the newest last; at most `solverOrder`. */
  #cleanSamples: Float32Array[] = [];
  #lastStep: LastStep | undefined;

  /** @throws LatentSyncError `config-invalid` for options whose last step would divide by zero. */
  constructor(config: SchedulerConfig) {
    if (
      config.finalSigmasType === 'zero' ? !config.lowerOrderFinal && config.solverOrder > 1 : config.useKarrasSigmas
    ) {
      throw new LatentSyncError(
        'config-invalid',
        'UniPC needs lower_order_final with final_sigmas_type zero, and final_sigmas_type zero with Karras sigmas.',
        { remedy: CORRECT_CONFIG },
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
    this.#cleanSamples = [];
    this.#lastStep = undefined;
  }

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  /**
   * Returns the sample at `index + 1` from that at `index`. `newer` is the clean sample predicted at `index + 1`,
   * known to the corrector only; `#cleanSamples` ends with that of `index`.
   */
  #update(index: number, sample: Float32Array, order: number, newer?: Float32Array): Float32Array {
    const { sigmas } = this.#schedule;
    const target = alphaSigmaOf(sigmas[index + 1]);
    const lambda = lambdaOf(sigmas[index]);
    const h = lambdaOf(sigmas[index + 1]) - lambda;
    const growth = Math.expm1(-h);
    const scale = this.config.solverType === 'bh1' ? -h : growth; // B(h)

    // Points of support: older outputs at relative times r < 0, and the newer one at 1.
    const older = Array.from({ length: order - 1 }, (_, i) => this.#cleanSamples[this.#cleanSamples.length - 2 - i]);
    const times = older.map((_, i) => (lambdaOf(sigmas[index - 1 - i]) - lambda) / h);
    const support: [number, Float32Array][] = older.map((values, i) => [times[i], values]);
    if (newer) support.push([1, newer]);

    // Weights that make the update exact for polynomials: Σ ρ r^(k−1) = k!·φ(k+1)·h / B(h).
    const rights: number[] = [];
    let phi = growth / -h - 1;
    let factorial = 1;
    for (let k = 1; k <= support.length; k++) {
      rights.push((phi * factorial) / scale);
      factorial *= k + 1;
      phi = phi / -h - 1 / factorial;
    }
    const powers = rights.map((_, k) => support.map(([time]) => time ** k));
    // A single point takes the weight ½, as the authors' code does.
    const weights = support.length === 1 ? [0.5] : solve(powers, rights);

    const latest = this.#cleanSamples[this.#cleanSamples.length - 1];
    let latestFactor = -target.alpha * growth;
    const terms: Term[] = support.map(([time, values], i) => {
      const factor = (-target.alpha * scale * weights[i]) / time;
      latestFactor -= factor;
      return [factor, values];
    });
    const keep = target.sigma / alphaSigmaOf(sigmas[index]).sigma;
    return linearCombination([[keep, sample], [latestFactor, latest], ...terms]);
  }

  step(noisePred: Float32Array, timestep: number, sample: Float32Array): Float32Array {
    const { predictionType, solverOrder, lowerOrderFinal, disableCorrector } = this.config;
    const index = this.#schedule.advance(timestep);
    const cleanSample = cleanSampleOf(predictionType, noisePred, sample, this.#schedule.sigmas[index]);
    let corrected = sample;
    if (this.#lastStep && !disableCorrector.includes(index - 1)) {
      corrected = this.#update(index - 1, this.#lastStep.sample, this.#lastStep.order, cleanSample);
    }
    this.#cleanSamples = [...this.#cleanSamples, cleanSample].slice(-solverOrder);
    const stepsLeft = this.timesteps.length - index;
    const order = Math.min(lowerOrderFinal ? stepsLeft : solverOrder, this.#cleanSamples.length);
    this.#lastStep = { sample: corrected, order };
    return this.#update(index, corrected, order);
  }

  addNoise(original: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    return withNoise(original, noise, this.#schedule.sigmas[this.#schedule.indexOf(timestep)]);
  }
}
