// Transformer3DModel: every frame's pixels attend to each other and to that frame's audio, [B·F, C, H, W] → the same.
import { productOf } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Attention, FeedForward } from '../nn/attention.ts';
import { Conv2d } from '../nn/conv.ts';
import { Module } from '../nn/module.ts';
import { GroupNorm, LayerNorm } from '../nn/norm.ts';

const NORM_EPSILON = 1e-6;

/** Options of {@link Transformer3DModel}. */
export interface TransformerOptions {
  heads: number;
  groups: number;
  crossAttentionDim: number;
  /** Whether the pixels attend to the audio. */
  addAudioLayer: boolean;
}

/** Self-attention, attention to the audio, feed-forward: each after a norm and with a shortcut. */
export class BasicTransformerBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attn1: Attention;
  readonly norm2: LayerNorm | undefined;
  readonly attn2: Attention | undefined;
  readonly norm3: LayerNorm;
  readonly ff: FeedForward;

  constructor(channels: number, { heads, crossAttentionDim, addAudioLayer }: TransformerOptions) {
    super();
    this.norm1 = new LayerNorm(channels);
    this.attn1 = new Attention(channels, { heads });
    this.norm2 = addAudioLayer ? new LayerNorm(channels) : undefined;
    this.attn2 = addAudioLayer ? new Attention(channels, { heads, crossAttentionDim }) : undefined;
    this.norm3 = new LayerNorm(channels);
    this.ff = new FeedForward(channels);
  }

  /**
   * [B·F·H·W, C] → [B·F·H·W, C]
   *
   * @param images - B·F.
   * @param encoderHiddenStates - the frames' audio tokens, [B·F·tokens, D].
   */
  forward(g: Graph, x: Value, images: Value['shape'][number], encoderHiddenStates: Value): Value {
    let hidden = g.add(this.attn1.forward(g, this.norm1.forward(g, x), images), x);
    if (this.norm2 && this.attn2) {
      hidden = g.add(this.attn2.forward(g, this.norm2.forward(g, hidden), images, encoderHiddenStates), hidden);
    }
    return g.add(this.ff.forward(g, this.norm3.forward(g, hidden)), hidden);
  }
}

/** A transformer over the pixels of each frame, between two 1×1 convolutions. */
export class Transformer3DModel extends Module {
  readonly norm: GroupNorm;
  readonly proj_in: Conv2d;
  readonly transformer_blocks: readonly [BasicTransformerBlock];
  readonly proj_out: Conv2d;

  constructor(channels: number, options: TransformerOptions) {
    super();
    this.norm = new GroupNorm(options.groups, channels, NORM_EPSILON);
    this.proj_in = new Conv2d(channels, channels, 1);
    this.transformer_blocks = [new BasicTransformerBlock(channels, options)];
    this.proj_out = new Conv2d(channels, channels, 1);
  }

  /** [B·F, C, H, W] → [B·F, C, H, W] */
  forward(g: Graph, x: Value, encoderHiddenStates: Value): Value {
    const images = x.shape[0];
    let hidden = tokensOf(g, this.norm.forward(g, x)); // [B·F, C, H, W] → [B·F·H·W, C]
    hidden = pointwise(g, this.proj_in, hidden);
    for (const block of this.transformer_blocks) hidden = block.forward(g, hidden, images, encoderHiddenStates);
    hidden = pointwise(g, this.proj_out, hidden);
    return g.add(imagesOf(g, hidden, x), x); // [B·F·H·W, C] → [B·F, C, H, W]
  }
}

/** A 1×1 convolution on tokens, [rows, in] → [rows, out]: the linear layer that it is. */
function pointwise(g: Graph, conv: Conv2d, tokens: Value): Value {
  const [outChannels, inChannels] = conv.weight.shape;
  return g.gemm(tokens, conv.weight.value(g, [outChannels, inChannels]), conv.bias?.value(g));
}

/** [N, C, H, W] → [N·H·W, C] */
export function tokensOf(g: Graph, x: Value): Value {
  const [images, channels, height, width] = x.shape;
  const pixels = productOf([height, width]);
  const rows = g.transpose(g.reshape(x, [images, channels, pixels]), [0, 2, 1]); // [N, C, H·W] → [N, H·W, C]
  return g.reshape(rows, [productOf([images, pixels]), channels]);
}

/** [N·H·W, C] → [N, C, H, W], in the shape of `like` */
export function imagesOf(g: Graph, tokens: Value, like: Value): Value {
  const [images, channels, height, width] = like.shape;
  const rows = g.reshape(tokens, [images, productOf([height, width]), channels]);
  return g.reshape(g.transpose(rows, [0, 2, 1]), like.shape); // [N, H·W, C] → [N, C, H·W]
}
