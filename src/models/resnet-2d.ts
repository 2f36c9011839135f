// ResnetBlock2D, Downsample2D: the autoencoder's residual block and downsampler on images [N, C, H, W].
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Module } from '../nn/module.ts';
import { GroupNorm } from '../nn/norm.ts';

/** Two convolutions, each after a norm and SiLU, plus a shortcut, which carries the whole signal: in float32 in every graph. */
export class ResnetBlock2D extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  readonly conv_shortcut: Conv2d | undefined;

  constructor(inChannels: number, outChannels: number, { groups, epsilon }: { groups: number; epsilon: number }) {
    super();
    this.norm1 = new GroupNorm(groups, inChannels, epsilon);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.norm2 = new GroupNorm(groups, outChannels, epsilon);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1 });
    this.conv_shortcut = inChannels === outChannels ? undefined : new Conv2d(inChannels, outChannels, 1);
  }

  /**
   * [N, in, H, W] → [N, out, H, W]
   *
   * @param options.dtype - keeps all layers in float32 in an int8 graph.
   */
  forward(g: Graph, x: Value, options: { dtype?: 'float32' } = {}): Value {
    let hidden = this.conv1.forward(g, g.silu(this.norm1.forward(g, x)), options);
    hidden = this.conv2.forward(g, g.silu(this.norm2.forward(g, hidden)), options);
    return g.add(this.conv_shortcut ? this.conv_shortcut.forward(g, x, { dtype: 'float32' }) : x, hidden);
  }
}

/** Halves height and width by a convolution that sees a row and a column of zeros at the bottom and right; in float32 in every graph. */
export class Downsample2D extends Module {
  readonly conv: Conv2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { stride: 2, padding: [0, 0, 1, 1] });
  }

  /** [N, C, H, W] → [N, C, H/2, W/2] */
  forward(g: Graph, x: Value): Value {
    return this.conv.forward(g, x, { dtype: 'float32' });
  }
}
