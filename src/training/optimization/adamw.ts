// AdamW over one flat vector of parameters, with gradient clipping and a moving average of the parameters.
import { checkNumber } from '../../util/assert.ts';
import type { ParameterLayout } from '../parameter-layout.ts';

/** Options of {@link AdamW}. */
export interface AdamWOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Share of a weight that a learning rate of 1 takes away at each step; biases and norms do not decay. Default 0.01. */
  weightDecay?: number;
}

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2): p ← p − lr·(λ·p + m̂ / (√v̂ + ε)).
 */
export class AdamW {
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  /** Steps taken. */
  steps = 0;
  readonly #layout: ParameterLayout;
  readonly #options: Required<AdamWOptions>;

  /** @throws RangeError when an option is out of range. */
  constructor(layout: ParameterLayout, options: AdamWOptions = {}) {
    this.#layout = layout;
    this.moment1 = new Float32Array(layout.size);
    this.moment2 = new Float32Array(layout.size);
    this.#options = {
      beta1: checkNumber('options.beta1', options.beta1 ?? 0.9, 0, 1),
      beta2: checkNumber('options.beta2', options.beta2 ?? 0.999, 0, 1),
      epsilon: checkNumber('options.epsilon', options.epsilon ?? 1e-8, 0, 1),
      weightDecay: checkNumber('options.weightDecay', options.weightDecay ?? 0.01, 0, 1),
    };
  }

  /** Moves the parameters by one step against their gradients; both are vectors in the order of the layout. */
  step(parameters: Float32Array, gradients: Float32Array, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    this.steps++;
    const correction1 = 1 - beta1 ** this.steps;
    const correction2 = 1 - beta2 ** this.steps;
    const { moment1, moment2 } = this;
    for (const { shape, offset, size } of this.#layout.entries.values()) {
      const kept = 1 - learningRate * (shape.length > 1 ? weightDecay : 0);
      for (let i = offset; i < offset + size; i++) {
        const gradient = gradients[i];
        const m = beta1 * moment1[i] + (1 - beta1) * gradient;
        const v = beta2 * moment2[i] + (1 - beta2) * gradient * gradient;
        moment1[i] = m;
        moment2[i] = v;
        parameters[i] =
          kept * parameters[i] - (learningRate * (m / correction1)) / (Math.sqrt(v / correction2) + epsilon);
      }
    }
  }
}

/** Adds scaled gradients to others. */
export function addScaled(sum: Float32Array, gradients: Float32Array, scale: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] += scale * gradients[i];
}

/** Scales gradients down to a norm when theirs is greater, and returns the norm that they had. */
export function clipGradientNorm(gradients: Float32Array, maximum: number): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += gradients[i] * gradients[i]; // an iterator takes seven times as long
  const norm = Math.sqrt(sum);
  if (norm > maximum) {
    const scale = maximum / norm;
    for (let i = 0; i < gradients.length; i++) gradients[i] *= scale;
  }
  return norm;
}

/**
 * Moves an average toward the parameters: a ← d·a + (1 − d)·p. In the first steps d is smaller, (1 + n) / (10 + n) after n
 * steps, so that the start is soon forgotten.
 */
export function updateAverage(average: Float32Array, parameters: Float32Array, decay: number, steps: number): void {
  const share = 1 - Math.min(decay, (1 + steps) / (10 + steps));
  for (let i = 0; i < average.length; i++) average[i] += share * (parameters[i] - average[i]);
}
