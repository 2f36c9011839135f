// ResnetBlock3D, Downsample3D, Upsample3D: images of all frames at once, [B·F, C, H, W].
import type { Dim } from '../onnx/dim.ts';
import { fixedDim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { GroupNorm } from '../nn/norm.ts';
import { Tensor } from '../tensor/tensor.ts';

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

/** Enlarges by repeating pixels, then convolves. The whole signal passes through it: it computes in float32 in every graph. */
export class Upsample3D extends Module {
  readonly conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { padding: 1 });
  }

  /** [N, C, H, W] → [N, C, height, width]; default: twice the size. */
  forward(g: Graph, x: Value, size?: readonly [height: Dim | undefined, width: Dim | undefined]): Value {
    const [from, to] = [
      [x.shape[2], x.shape[3]],
      [size?.[0], size?.[1]],
    ];
    const [height, width] = from.map((dim, axis) => fixedDim(to[axis] ?? 2 * fixedDim(dim, 'The size'), 'The size'));
    if (height === 2 * Number(from[0]) && width === 2 * Number(from[1])) return this.#doubled(g, x);
    return this.conv.forward(g, g.resizeNearest(x, height, width), { dtype: 'float32' });
  }

  /**
   * Twice the size: of the three rows under the kernel, two repeat the same row of x, so that their weights can be added
   * beforehand, and likewise for columns. A kernel of 2×2 remains for each of the four places in a doubled pixel: 16
   * multiplications in place of 36.
   */
  #doubled(g: Graph, x: Value): Value {
    const [images, , height, width] = x.shape;
    const { weight, bias } = this.conv;
    const [channels, inChannels] = weight.shape;
    const merged = g.matmul(weight.value(g, [channels * inChannels, 9]), g.constant(MERGED_TAPS));
    const kernels = g.split(g.reshape(merged, [channels, inChannels, 4, 2, 2]), 2, [1, 1, 1, 1]);
    const parts = kernels.map((kernel, place) => {
      const [row, column] = [place >> 1, place & 1];
      const taps = g.reshape(kernel, [channels, inChannels, 2, 2]);
      return g.conv(x, taps, bias?.value(g), { padding: [1 - row, 1 - column, row, column], dtype: 'float32' });
    });
    const places = g.reshape(g.concat(parts, 1), [images, 2, 2, channels, height, width]);
    const doubled = g.transpose(places, [0, 3, 4, 1, 5, 2]); // [N,2,2,C,H,W] → [N,C,H,2,W,2]
    return g.reshape(doubled, [images, channels, 2 * Number(height), 2 * Number(width)]);
  }
}

/**
 * For each of nine taps, 1 where it is part of a tap of one of the four kernels of 2×2: [9, 16]. Along an axis, the first place in a
 * doubled pixel sees the first of three taps alone and adds up the other two; the second place adds up the first two.
 */
const MERGED_TAPS = ((): Tensor<'float32'> => {
  const parts = [
    [0, 1, 1],
    [0, 0, 1],
  ];
  const table = Tensor.float32([9, 16]);
  for (let place = 0; place < 4; place++) {
    for (let tap = 0; tap < 9; tap++) {
      const row = parts[place >> 1][Math.floor(tap / 3)];
      const column = parts[place & 1][tap % 3];
      table.data[tap * 16 + place * 4 + row * 2 + column] = 1;
    }
  }
  return table;
})();
