// ResnetBlock3D, Downsample3D, Upsample3D: images of all frames at once, [B·F, C, H, W].
import { fixedDim, type Dim } from '../onnx/dim.ts';
import { convDoubled } from '../onnx/doubled-convolution.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { GroupNorm } from '../nn/norm.ts';

/** How the timestep enters a residual block: added before the second norm, or as a scale and a shift after it. */
export type ResnetTimeScaleShift = 'default' | 'scale_shift';

/** Options that the residual blocks of a network share. */
export interface ResnetOptions {
  timeEmbedDim: number;
  groups: number;
  epsilon: number;
  timeScaleShift: ResnetTimeScaleShift;
  /** The block's result is divided by this. */
  outputScaleFactor: number;
}

/**
 * Two convolutions, each after a norm and SiLU, plus a shortcut; the timestep enters between them. The shortcut carries the whole
 * signal: it computes in float32 in every graph.
 */
export class ResnetBlock3D extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly time_emb_proj: Linear;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  readonly conv_shortcut: Conv2d | undefined;
  readonly #outChannels: number;
  readonly #options: ResnetOptions;

  constructor(inChannels: number, outChannels: number, options: ResnetOptions) {
    super();
    const { groups, epsilon, timeEmbedDim } = options;
    this.norm1 = new GroupNorm(groups, inChannels, epsilon);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.time_emb_proj = new Linear(timeEmbedDim, options.timeScaleShift === 'default' ? outChannels : 2 * outChannels);
    this.norm2 = new GroupNorm(groups, outChannels, epsilon);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1 });
    this.conv_shortcut = inChannels === outChannels ? undefined : new Conv2d(inChannels, outChannels, 1);
    this.#outChannels = outChannels;
    this.#options = options;
  }

  /**
   * [B·F, in, H, W] → [B·F, out, H, W]
   *
   * @param temb - SiLU of the timestep embedding, [1, timeEmbedDim], or one row per clip.
   * @param frames - images that share the norms' statistics.
   */
  forward(g: Graph, x: Value, temb: Value, frames: Dim): Value {
    let hidden = g.silu(this.norm1.forward(g, x, { frames }));
    hidden = this.conv1.forward(g, hidden);
    const time = this.time_emb_proj.forward(g, temb); // [1 or B, out or 2·out]
    if (this.#options.timeScaleShift === 'default') {
      hidden = this.norm2.forward(g, hidden, { frames, shift: time });
    } else {
      const [scale, shift] = g.split(g.reshape(time, [1, 2 * this.#outChannels, 1, 1]), 1, [
        this.#outChannels,
        this.#outChannels,
      ]);
      hidden = this.norm2.forward(g, hidden, { frames });
      hidden = g.add(g.mul(hidden, g.add(scale, g.float(1))), shift);
    }
    hidden = this.conv2.forward(g, g.silu(hidden));
    const shortcut = this.conv_shortcut ? this.conv_shortcut.forward(g, x, { dtype: 'float32' }) : x;
    const sum = g.add(shortcut, hidden);
    const { outputScaleFactor } = this.#options;
    return outputScaleFactor === 1 ? sum : g.mul(sum, g.float(1 / outputScaleFactor));
  }
}

/** Halves height and width by a convolution. The whole signal passes through it: it computes in float32 in every graph. */
export class Downsample3D extends Module {
  readonly conv: Conv2d;

  constructor(channels: number, padding: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { stride: 2, padding });
  }

  /** [N, C, H, W] → [N, C, H/2, W/2] */
  forward(g: Graph, x: Value): Value {
    return this.conv.forward(g, x, { dtype: 'float32' });
  }
}

/** Enlarges by repeating pixels, then convolves. */
export class Upsample3D extends Module {
  readonly conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { padding: 1 });
  }

  /**
   * [N, C, H, W] → [N, C, height, width]
   *
   * @param options.size - height and width; default: twice the size.
   * @param options.dtype - keeps the layer in float32 in an int8 graph.
   */
  forward(
    g: Graph,
    x: Value,
    options: { size?: readonly [height: Dim | undefined, width: Dim | undefined]; dtype?: 'float32' } = {},
  ): Value {
    const { size, dtype } = options;
    const [from, to] = [
      [x.shape[2], x.shape[3]],
      [size?.[0], size?.[1]],
    ];
    const [height, width] = from.map((dim, axis) => fixedDim(to[axis] ?? 2 * fixedDim(dim, 'The size'), 'The size'));
    if (height === 2 * Number(from[0]) && width === 2 * Number(from[1])) {
      return convDoubled(g, x, this.conv.weight.value(g), this.conv.bias?.value(g), { dtype });
    }
    return this.conv.forward(g, g.resizeNearest(x, height, width), { dtype });
  }
}
