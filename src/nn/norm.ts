// LayerNorm over the last axis, GroupNorm over images or over the images of several frames, BatchNorm with stored statistics.
import { divideDim, fixedDim, type Dim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Module, Parameter } from './module.ts';

/** Normalizes each row. */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #epsilon: number;

  constructor(channels: number, epsilon = 1e-5) {
    super();
    this.weight = new Parameter([channels]);
    this.bias = new Parameter([channels]);
    this.#epsilon = epsilon;
  }

  /** [rows, channels] → [rows, channels] */
  forward(g: Graph, x: Value): Value {
    return g.layerNormalization(x, this.weight.value(g), this.bias.value(g), this.#epsilon);
  }
}

/** What a GroupNorm normalizes over. */
export interface GroupNormScope {
  /** Consecutive images that share statistics: the frames of a clip. Default 1: every image has its own. */
  frames?: Dim;
  /** [1, C], or one row per clip: added to every pixel of the channels before the normalization. */
  shift?: Value;
}

/** Groups of fewer values have their variance taken from deviations: as mean squares it would be lost in rounding. */
const SMALL_GROUP = 1024;

/**
 * Normalizes groups of channels of [N,C,H,W].
 *
 * The statistics come from each channel's mean and mean square, so that the image is read twice and written once,
 * however many images share them, without a transposition.
 */
export class GroupNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #groups: number;
  readonly #epsilon: number;

  constructor(groups: number, channels: number, epsilon = 1e-5) {
    super();
    if (channels % groups !== 0) throw new RangeError(`${channels} channels cannot form ${groups} groups.`);
    this.weight = new Parameter([channels]);
    this.bias = new Parameter([channels]);
    this.#groups = groups;
    this.#epsilon = epsilon;
  }

  /** [N,C,H,W] → [N,C,H,W] */
  forward(g: Graph, x: Value, { frames = 1, shift }: GroupNormScope = {}): Value {
    const [images, channels, height, width] = x.shape;
    const groups = this.#groups;
    const perGroup = fixedDim(channels, 'The channel count') / groups;
    const pixels = fixedDim(height, 'The height') * fixedDim(width, 'The width');
    const clips = divideDim(images, frames);
    const grouped = [clips, frames, groups, perGroup];
    const flat = g.reshape(x, [images, channels, pixels]);

    const added = shift && g.reshape(shift, [shift.shape[0], 1, groups, perGroup]);
    const channelMean = g.reshape(g.reduceMean(flat, [2]), grouped); // [clips, frames, groups, C/groups]
    const mean = added ? g.add(channelMean, added) : channelMean;
    const groupMean = g.reduceMean(mean, [1, 3]); // [clips, 1, groups, 1]
    const center = added ? g.sub(groupMean, added) : groupMean;
    let variance: Value;
    if (perGroup * pixels < SMALL_GROUP) {
      const deviations = g.sub(g.reshape(x, [...grouped, pixels]), g.reshape(center, [...center.shape, 1]));
      variance = g.reshape(g.reduceMean(g.mul(deviations, deviations), [1, 3, 4]), groupMean.shape);
    } else {
      let meanSquare = g.reshape(g.mul(g.reduceSumSquare(flat, [2]), g.float(1 / pixels)), grouped);
      if (added) meanSquare = g.add(meanSquare, g.mul(added, g.add(channelMean, mean))); // (x + a)² = x² + a·(2x + a)
      variance = g.sub(g.reduceMean(meanSquare, [1, 3]), g.mul(groupMean, groupMean));
    }
    const scale = g.mul(
      this.weight.value(g, [groups, perGroup]),
      g.reciprocal(g.sqrt(g.add(g.clip(variance, 0, 3e38), g.float(this.#epsilon)))),
    );
    const offset = g.sub(this.bias.value(g, [groups, perGroup]), g.mul(center, scale));

    const perChannel = [clips, 1, channels, 1];
    const clip = g.reshape(x, [clips, frames, channels, pixels]);
    const normalized = g.add(g.mul(clip, g.reshape(scale, perChannel)), g.reshape(offset, perChannel));
    return g.reshape(normalized, x.shape);
  }
}

/** Normalizes channels of [N,C,…] by statistics from training. */
export class BatchNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
  readonly #epsilon: number;

  constructor(channels: number, epsilon = 1e-5) {
    super();
    this.weight = new Parameter([channels]);
    this.bias = new Parameter([channels]);
    this.running_mean = new Parameter([channels]);
    this.running_var = new Parameter([channels]);
    this.#epsilon = epsilon;
  }

  /** [N,C,…] → [N,C,…] */
  forward(g: Graph, x: Value): Value {
    return g.batchNormalization(x, {
      weight: this.weight.value(g),
      bias: this.bias.value(g),
      mean: this.running_mean.value(g),
      variance: this.running_var.value(g),
      epsilon: this.#epsilon,
    });
  }
}

/** Returns whether a key counts the steps of a BatchNorm's training, which nothing here uses. */
export function isTrainingCounter(key: string): boolean {
  return key.endsWith('.num_batches_tracked');
}
