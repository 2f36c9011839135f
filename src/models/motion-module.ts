// VanillaTemporalModule: every pixel attends over the frames of its clip, [B·F, C, H, W] → the same.
import { divideDim, productOf, type Dim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Attention, FeedForward } from '../nn/attention.ts';
import { Linear } from '../nn/linear.ts';
import { Module, Parameter } from '../nn/module.ts';
import { GroupNorm, LayerNorm } from '../nn/norm.ts';
import { imagesOf, tokensOf } from './transformer-3d.ts';

const NORM_GROUPS = 32;
const NORM_EPSILON = 1e-6;

/** Options of the motion modules, as `motion_module_kwargs` of the configuration. */
export interface MotionModuleOptions {
  numAttentionHeads: number;
  numTransformerBlock: number;
  /** Attention layers in a block; all are temporal self-attention. */
  attentionLayers: number;
  temporalPositionEncoding: boolean;
  /** Most frames that the position table has a row for. */
  temporalPositionEncodingMaxLen: number;
  /** The attention is this many times narrower than the image's channels. */
  temporalAttentionDimDiv: number;
}

/** Adds to each frame a learnt row that tells its place in the window. */
export class PositionalEncoding extends Module {
  readonly pe: Parameter;

  constructor(maxLength: number, channels: number) {
    super();
    this.pe = new Parameter([1, maxLength, channels]);
  }

  /** [sequences, F, C] → [sequences, F, C] */
  forward(g: Graph, x: Value): Value {
    return g.add(x, g.takeFirst(this.pe.value(g), 1, x, 1));
  }
}

/** Self-attention over the frames of one pixel. */
export class VersatileAttention extends Attention {
  readonly pos_encoder: PositionalEncoding | undefined;

  constructor(channels: number, options: MotionModuleOptions) {
    super(channels, { heads: options.numAttentionHeads });
    this.pos_encoder = options.temporalPositionEncoding
      ? new PositionalEncoding(options.temporalPositionEncodingMaxLen, channels)
      : undefined;
  }

  /** [sequences·F, C] → [sequences·F, C] */
  override forward(g: Graph, x: Value, sequences: Dim): Value {
    if (!this.pos_encoder) return super.forward(g, x, sequences);
    const frames = divideDim(x.shape[0], sequences);
    const placed = this.pos_encoder.forward(g, g.reshape(x, [sequences, frames, x.shape[1]]));
    return super.forward(g, g.reshape(placed, x.shape), sequences);
  }
}

/** Attention layers over time, then a perceptron, each added to what came in. */
export class TemporalTransformerBlock extends Module {
  readonly attention_blocks: readonly VersatileAttention[];
  readonly norms: readonly LayerNorm[];
  readonly ff: FeedForward;
  readonly ff_norm: LayerNorm;

  constructor(channels: number, options: MotionModuleOptions) {
    super();
    const layers = Array.from({ length: options.attentionLayers });
    this.attention_blocks = layers.map(() => new VersatileAttention(channels, options));
    this.norms = layers.map(() => new LayerNorm(channels));
    this.ff = new FeedForward(channels);
    this.ff_norm = new LayerNorm(channels);
  }

  /** [sequences·F, C] → [sequences·F, C] */
  forward(g: Graph, x: Value, sequences: Dim): Value {
    let hidden = x;
    for (const [index, attention] of this.attention_blocks.entries()) {
      hidden = g.add(attention.forward(g, this.norms[index].forward(g, hidden), sequences), hidden);
    }
    return g.add(this.ff.forward(g, this.ff_norm.forward(g, hidden)), hidden);
  }
}

/** Transformer over time, the same at every pixel, added to its input. */
export class TemporalTransformer3DModel extends Module {
  readonly norm: GroupNorm;
  readonly proj_in: Linear;
  readonly transformer_blocks: readonly TemporalTransformerBlock[];
  readonly proj_out: Linear;

  constructor(channels: number, options: MotionModuleOptions) {
    super();
    const { numAttentionHeads, temporalAttentionDimDiv, numTransformerBlock } = options;
    const inner = numAttentionHeads * Math.floor(Math.floor(channels / numAttentionHeads) / temporalAttentionDimDiv);
    this.norm = new GroupNorm(NORM_GROUPS, channels, NORM_EPSILON);
    this.proj_in = new Linear(channels, inner);
    this.transformer_blocks = Array.from(
      { length: numTransformerBlock },
      () => new TemporalTransformerBlock(inner, options),
    );
    this.proj_out = new Linear(inner, channels);
  }

  /** [B·F, C, H, W] → [B·F, C, H, W] */
  forward(g: Graph, x: Value, frames: Dim): Value {
    const [images, , height, width] = x.shape;
    const clips = divideDim(images, frames);
    const pixels = productOf([height, width]);
    let hidden = this.proj_in.forward(g, tokensOf(g, this.norm.forward(g, x))); // [B·F·H·W, inner]
    const inner = hidden.shape[1];
    const rows = hidden.shape;
    hidden = g.transpose(g.reshape(hidden, [clips, frames, pixels, inner]), [0, 2, 1, 3]); // [B,F,HW,C] → [B,HW,F,C]
    hidden = g.reshape(hidden, rows);
    const sequences = productOf([clips, pixels]);
    for (const block of this.transformer_blocks) hidden = block.forward(g, hidden, sequences);
    hidden = g.transpose(g.reshape(hidden, [clips, pixels, frames, inner]), [0, 2, 1, 3]); // [B,HW,F,C] → [B,F,HW,C]
    hidden = this.proj_out.forward(g, g.reshape(hidden, rows));
    return g.add(imagesOf(g, hidden, x), x);
  }
}

/** Attention over time at every pixel. */
export class VanillaTemporalModule extends Module {
  readonly temporal_transformer: TemporalTransformer3DModel;

  constructor(channels: number, options: MotionModuleOptions) {
    super();
    this.temporal_transformer = new TemporalTransformer3DModel(channels, options);
  }

  /** [B·F, C, H, W] → [B·F, C, H, W] */
  forward(g: Graph, x: Value, frames: Dim): Value {
    return this.temporal_transformer.forward(g, x, frames);
  }
}
