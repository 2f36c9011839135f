// I3D: clip [B,3,T,224,224] of −1 … 1 → logits [B,400] of the actions of Kinetics-400, which are the features of FVD.
import { fixedDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv3d } from '../nn/conv.ts';
import { Module, nameParameters, type Layer } from '../nn/module.ts';
import { BatchNorm } from '../nn/norm.ts';
import { checkInteger } from '../util/assert.ts';

/** Side of the frames. */
export const I3D_SIDE = 224;

/** With fewer frames, fewer than two positions in time are left for the average. */
const FEWEST_FRAMES = 9;

const CLASSES = 400;

/** As in TensorFlow, from which the weights are. */
const NORM_EPSILON = 1e-3;

/** Sizes along time, height and width. */
export type Size3 = readonly [number, number, number];

const ONE: Size3 = [1, 1, 1];
const TWO: Size3 = [2, 2, 2];
const THREE: Size3 = [3, 3, 3];

/** Zeros that make an output of ⌈size / stride⌉, the odd one at the end, as TensorFlow's `SAME`: all begins, then all ends. */
function samePadding(x: Value, kernel: Size3, stride: Size3): number[] {
  const totals = kernel.map((extent, axis) => {
    const size = fixedDim(x.shape[axis + 2], 'The size of a clip');
    return Math.max(0, (Math.ceil(size / stride[axis]) - 1) * stride[axis] + extent - size);
  });
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

/** Greatest values, of which zeros around the input are some: all values are at least 0. */
function samePool(g: Graph, x: Value, kernel: Size3, stride: Size3): Value {
  return g.maxPool(x, kernel, { stride, padding: samePadding(x, kernel, stride) });
}

/** A convolution, normalized by channels, of which what is above 0 counts. */
export class Unit3D extends Module {
  readonly conv3d: Conv3d;
  readonly batch3d: BatchNorm;
  readonly #kernel: Size3;
  readonly #stride: Size3;

  constructor(inChannels: number, outChannels: number, kernel: Size3 = ONE, stride: Size3 = ONE) {
    super();
    this.conv3d = new Conv3d(inChannels, outChannels, kernel, { bias: false });
    this.batch3d = new BatchNorm(outChannels, NORM_EPSILON);
    this.#kernel = kernel;
    this.#stride = stride;
  }

  /** [B, in, T, H, W] → [B, out, ⌈T/stride⌉, ⌈H/stride⌉, ⌈W/stride⌉] */
  forward(g: Graph, x: Value): Value {
    const padding = samePadding(x, this.#kernel, this.#stride);
    const hidden = g.conv(x, this.conv3d.weight.value(g), undefined, { stride: this.#stride, padding });
    return g.relu(this.batch3d.forward(g, hidden));
  }
}

const pool: Layer = { forward: (g, x) => samePool(g, x, THREE, ONE) };

function inTurn(g: Graph, layers: readonly Layer[], x: Value): Value {
  return layers.reduce((hidden, layer) => layer.forward(g, hidden), x);
}

/** Four ways to look at the same, side by side. */
export class InceptionBlock3D extends Module {
  readonly branch_0: Unit3D;
  readonly branch_1: readonly Layer[];
  readonly branch_2: readonly Layer[];
  readonly branch_3: readonly Layer[];

  /** @param channels - of the first branch; into and out of the 3×3×3 of the second and of the third; of the last. */
  constructor(inChannels: number, channels: readonly [number, number, number, number, number, number]) {
    super();
    const [single, into1, out1, into2, out2, pooled] = channels;
    this.branch_0 = new Unit3D(inChannels, single);
    this.branch_1 = [new Unit3D(inChannels, into1), new Unit3D(into1, out1, THREE)];
    this.branch_2 = [new Unit3D(inChannels, into2), new Unit3D(into2, out2, THREE)];
    this.branch_3 = [pool, new Unit3D(inChannels, pooled)];
  }

  /** [B, in, T, H, W] → [B, the sum of the branches' channels, T, H, W] */
  forward(g: Graph, x: Value): Value {
    const { branch_0, branch_1, branch_2, branch_3 } = this;
    return g.concat(
      [branch_0.forward(g, x), inTurn(g, branch_1, x), inTurn(g, branch_2, x), inTurn(g, branch_3, x)],
      1,
    );
  }
}

/** What tells one class from another: a linear map of every position in time, with the weights of a convolution. */
export class Logits3D extends Module {
  readonly conv3d: Conv3d;

  constructor(inChannels: number, classes: number) {
    super();
    this.conv3d = new Conv3d(inChannels, classes, ONE);
  }

  /** [B, in, T, 1, 1] → [B, classes, T, 1, 1] */
  forward(g: Graph, x: Value): Value {
    return this.conv3d.forward(g, x);
  }
}

/**
 * The network of actions in videos (Carreira and Zisserman 2017, "Quo Vadis, Action Recognition?", the Inception-v1 of RGB frames), whose
 * logits are the features of the Fréchet video distance (Unterthiner et al. 2018). Keys are those of the PyTorch port that
 * `i3d_torchscript.pt` was made from.
 */
export class I3D extends Module {
  readonly conv3d_1a_7x7 = new Unit3D(3, 64, [7, 7, 7], TWO);
  readonly conv3d_2b_1x1 = new Unit3D(64, 64);
  readonly conv3d_2c_3x3 = new Unit3D(64, 192, THREE);
  readonly mixed_3b = new InceptionBlock3D(192, [64, 96, 128, 16, 32, 32]);
  readonly mixed_3c = new InceptionBlock3D(256, [128, 128, 192, 32, 96, 64]);
  readonly mixed_4b = new InceptionBlock3D(480, [192, 96, 208, 16, 48, 64]);
  readonly mixed_4c = new InceptionBlock3D(512, [160, 112, 224, 24, 64, 64]);
  readonly mixed_4d = new InceptionBlock3D(512, [128, 128, 256, 24, 64, 64]);
  readonly mixed_4e = new InceptionBlock3D(512, [112, 144, 288, 32, 64, 64]);
  readonly mixed_4f = new InceptionBlock3D(528, [256, 160, 320, 32, 128, 128]);
  readonly mixed_5b = new InceptionBlock3D(832, [256, 160, 320, 32, 128, 128]);
  readonly mixed_5c = new InceptionBlock3D(832, [384, 192, 384, 48, 128, 128]);
  readonly conv3d_0c_1x1 = new Logits3D(1024, CLASSES);

  constructor() {
    super();
    nameParameters(this);
  }

  /** RGB [B, 3, T, 224, 224] → [B, 400] */
  forward(g: Graph, clip: Value): Value {
    let x = this.conv3d_1a_7x7.forward(g, clip); // [B, 64, T/2, 112, 112]
    x = samePool(g, x, [1, 3, 3], [1, 2, 2]); // [B, 64, T/2, 56, 56]
    x = this.conv3d_2b_1x1.forward(g, x);
    x = this.conv3d_2c_3x3.forward(g, x);
    x = samePool(g, x, [1, 3, 3], [1, 2, 2]); // [B, 192, T/2, 28, 28]
    x = this.mixed_3b.forward(g, x);
    x = this.mixed_3c.forward(g, x);
    x = samePool(g, x, THREE, TWO); // [B, 480, T/4, 14, 14]
    x = this.mixed_4b.forward(g, x);
    x = this.mixed_4c.forward(g, x);
    x = this.mixed_4d.forward(g, x);
    x = this.mixed_4e.forward(g, x);
    x = this.mixed_4f.forward(g, x);
    x = samePool(g, x, TWO, TWO); // [B, 832, T/8, 7, 7]
    x = this.mixed_5b.forward(g, x);
    x = this.mixed_5c.forward(g, x);

    // The mean of two positions in time and all in the picture, for each two that are neighbors.
    x = g.reduceMean(x, [3, 4]); // [B, 1024, T/8, 1, 1]
    const last = fixedDim(x.shape[2], 'The length of a clip') - 1;
    x = g.mul(g.add(g.slice(x, 2, 0, last), g.slice(x, 2, 1, last + 1)), g.float(0.5));
    x = g.reduceMean(this.conv3d_0c_1x1.forward(g, x), [2]); // [B, 400, 1, 1, 1]
    return g.reshape(x, [x.shape[0], CLASSES]);
  }
}

/**
 * Returns the graph `clip` [1, 3, frames, 224, 224] → `logits` [1, 400].
 *
 * @param frames - at least 9; sixteen in the official evaluation.
 */
export function i3dGraph(model: I3D, frames = 16): Graph {
  checkInteger('frames', frames, FEWEST_FRAMES, 1024);
  const g = new Graph();
  g.output('logits', model.forward(g, g.input('clip', [1, 3, frames, I3D_SIDE, I3D_SIDE])));
  return g;
}
