// Timestep embeddings: a step number → sinusoids → two linear layers.
import { Tensor } from '../tensor/tensor.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';

/**
 * Sinusoids of a timestep: half sines and half cosines at frequencies 10000^(−i / (half − shift)).
 *
 * @param timesteps - [N, 1]
 * @param flipSinToCos - cosines first.
 * @returns [N, channels]
 */
export function timestepSinusoids(
  g: Graph,
  timesteps: Value,
  channels: number,
  { flipSinToCos, frequencyShift }: { flipSinToCos: boolean; frequencyShift: number },
): Value {
  const half = Math.floor(channels / 2);
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp((-Math.log(10000) * i) / (half - frequencyShift)),
  );
  const angles = g.mul(timesteps, g.constant(new Tensor('float32', [1, half], frequencies))); // [N, half]
  const sine = g.sin(angles);
  const cosine = g.cos(angles);
  const sinusoids = g.concat(flipSinToCos ? [cosine, sine] : [sine, cosine], 1);
  if (channels % 2 === 0) return sinusoids;
  return g.concat([sinusoids, g.mul(timesteps, g.float(0))], 1);
}

/** Two linear layers with SiLU between. */
export class TimestepEmbedding extends Module {
  readonly linear_1: Linear;
  readonly linear_2: Linear;

  constructor(channels: number, timeEmbedDim: number) {
    super();
    this.linear_1 = new Linear(channels, timeEmbedDim);
    this.linear_2 = new Linear(timeEmbedDim, timeEmbedDim);
  }

  /** [N, channels] → [N, timeEmbedDim] */
  forward(g: Graph, sample: Value): Value {
    return this.linear_2.forward(g, g.silu(this.linear_1.forward(g, sample)));
  }
}

/** Returns the sinusoid position table of a transformer: sines in even columns, cosines in odd ones; [length, channels]. */
export function positionTable(length: number, channels: number): Float32Array {
  const table = new Float32Array(length * channels);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < channels; i += 2) {
      const angle = position * Math.exp((-Math.log(10000) * i) / channels);
      table[position * channels + i] = Math.sin(angle);
      if (i + 1 < channels) table[position * channels + i + 1] = Math.cos(angle);
    }
  }
  return table;
}
