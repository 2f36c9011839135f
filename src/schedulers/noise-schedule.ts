// Noise schedules: betas, their cumulated alphas, and the timesteps and noise levels of an inference loop.
import { checkInteger } from '../util/assert.ts';
import type { SchedulerConfig, TimestepSpacing } from './scheduler-config.ts';

const float32 = Math.fround;

/** Returns the nearest integer, ties to even. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Returns `count` float32 values from `start` to `end`, counted from the nearer end as PyTorch's linspace does. */
function linspaceFloat32(start: number, end: number, count: number): Float32Array {
  const first = float32(start);
  const last = float32(end);
  const step = float32(float32(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) ? first + step * i : last - step * (count - 1 - i),
  );
}

function betasOf(config: SchedulerConfig): Float32Array {
  const { numTrainTimesteps: count, betaStart, betaEnd } = config;
  if (config.trainedBetas) return Float32Array.from(config.trainedBetas);
  if (config.betaSchedule === 'linear') return linspaceFloat32(betaStart, betaEnd, count);
  if (config.betaSchedule === 'scaled_linear') {
    return linspaceFloat32(Math.sqrt(betaStart), Math.sqrt(betaEnd), count).map((root) => root * root);
  }
  // Nichol and Dhariwal (2021), equation 17.
  const alphaBar = (time: number) => Math.cos(((time + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
  );
}

/** Returns Π(1 − beta) up to each training timestep, [numTrainTimesteps], rounded to float32 where PyTorch rounds. */
export function alphasCumprodOf(config: SchedulerConfig): Float32Array {
  let product = 1;
  return betasOf(config).map((beta) => (product *= float32(1 - beta)));
}

/** Returns the noise level √((1 − α)/α) of each training timestep, rising. */
export function sigmasOf(alphasCumprod: Float32Array): Float32Array {
  return alphasCumprod.map((alpha) => Math.sqrt(float32(float32(1 - alpha) / alpha)));
}

/** Options of {@link spacedTimesteps}. */
export interface SpacingOptions {
  numTrainTimesteps: number;
  numInferenceSteps: number;
  stepsOffset: number;
  /** Whether the schedule's end (timestep 0) counts as one of the points, as the multistep solvers want it. */
  endCounts: boolean;
  /** Whether `linspace` timesteps are rounded to integers. */
  rounded: boolean;
}

/**
 * Returns the timesteps of a loop, falling.
 *
 * @throws RangeError when there are more steps than training timesteps, or the offset moves one beyond them.
 */
export function spacedTimesteps(spacing: TimestepSpacing, options: SpacingOptions): number[] {
  const { numTrainTimesteps, numInferenceSteps, stepsOffset, endCounts, rounded } = options;
  const points = numInferenceSteps + (endCounts ? 1 : 0);
  checkInteger('numInferenceSteps', numInferenceSteps, 1, numTrainTimesteps - (endCounts ? 1 : 0));
  const falling = (timestepAt: (i: number) => number) =>
    Array.from({ length: numInferenceSteps }, (_, i) => timestepAt(points - 1 - i));
  if (spacing === 'linspace') {
    const last = numTrainTimesteps - 1;
    const step = points === 1 ? 0 : last / (points - 1);
    const timesteps = falling((i) => (i === points - 1 && i > 0 ? last : i * step));
    return rounded ? timesteps.map(roundHalfEven) : timesteps;
  }
  if (spacing === 'trailing') {
    const step = numTrainTimesteps - numTrainTimesteps / numInferenceSteps - numTrainTimesteps;
    return Array.from({ length: numInferenceSteps }, (_, i) => roundHalfEven(numTrainTimesteps + i * step) - 1);
  }
  const ratio = Math.floor(numTrainTimesteps / points);
  const timesteps = falling((i) => i * ratio + stepsOffset);
  if (timesteps[0] >= numTrainTimesteps) {
    throw new RangeError(
      `steps_offset ${stepsOffset} moves timestep ${timesteps[0] - stepsOffset} beyond the ${numTrainTimesteps} ` +
        `trained ones: use fewer than ${numInferenceSteps} steps, or a smaller offset.`,
    );
  }
  return timesteps;
}

/** Returns the value of a table at a fractional index, by linear interpolation. */
export function interpolated(table: Float32Array, index: number): number {
  const low = Math.min(Math.floor(index), table.length - 2);
  return (table[low + 1] - table[low]) * (index - low) + table[low];
}

/** Returns falling noise levels whose 7th roots are evenly spaced (Karras et al. 2022, equation 5). */
export function karrasSigmas(sigmaMax: number, sigmaMin: number, count: number): number[] {
  const rho = 7;
  const from = sigmaMax ** (1 / rho);
  const to = sigmaMin ** (1 / rho);
  return Array.from({ length: count }, (_, i) => (from + (count === 1 ? 0 : i / (count - 1)) * (to - from)) ** rho);
}

/** Returns the fractional training timestep that has a noise level, by interpolation of the logarithms. */
export function timestepOfSigma(sigma: number, trainSigmas: Float32Array): number {
  const logOf = (index: number) => float32(Math.log(trainSigmas[index]));
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  let low = 0;
  let high = trainSigmas.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (logOf(middle) <= logSigma) low = middle;
    else high = middle;
  }
  const weight = (logOf(low) - logSigma) / float32(logOf(low) - logOf(low + 1));
  return low + Math.min(Math.max(weight, 0), 1);
}
