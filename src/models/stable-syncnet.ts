// StableSyncNet: frames with stacked channels [B,48,128,256] and a mel spectrogram [B,1,80,52] → unit embeddings [B,D], cosine [B].
import { fixedDim, formatDim, formatShape, productOf, sameDim, symbolicDim } from '../onnx/dim.ts';
import { Graph, type Padding } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Attention, FeedForward } from '../nn/attention.ts';
import { Conv2d } from '../nn/conv.ts';
import { Module, nameParameters, Parameter, type Layer } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { NORM_NUM_GROUPS, type DownEncoder2DConfig, type StableSyncNetConfig } from './stable-syncnet-config.ts';
import { imagesOf, tokensOf } from './transformer-3d.ts';

const GROUP_NORM_EPSILON = 1e-6;
const ATTENTION_HEADS = 8;

/** Least length that an embedding is divided by, so that one of all zeros stays so. */
const MIN_NORM = 1e-12;

/**
 * Normalizes groups of channels of [B,C,H,W].
 *
 * The last blocks leave groups of two or three numbers. Their variance is the mean square of the deviations: the mean square
 * less the squared mean would lose its digits where the numbers nearly agree.
 */
class GroupNorm2D extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(channels: number) {
    super();
    this.weight = new Parameter([channels]);
    this.bias = new Parameter([channels]);
  }

  /** [B, C, H, W] → [B, C, H, W] */
  forward(g: Graph, x: Value): Value {
    const [batch, ...image] = x.shape;
    const channels = fixedDim(image[0], 'The channel count');
    const size = fixedDim(productOf(image), 'The image size') / NORM_NUM_GROUPS;
    const groups = g.reshape(x, [batch, NORM_NUM_GROUPS, size]); // [B, C, H, W] → [B, groups, C/groups·H·W]
    const centered = g.sub(groups, g.reduceMean(groups, [2]));
    const variance = g.mul(g.reduceSumSquare(centered, [2]), g.float(1 / size)); // [B, groups, 1]
    const deviation = g.sqrt(g.add(variance, g.float(GROUP_NORM_EPSILON)));

    const perGroup = [1, NORM_NUM_GROUPS, channels / NORM_NUM_GROUPS];
    const scale = g.mul(this.weight.value(g, perGroup), g.reciprocal(deviation)); // [B, groups, C/groups]
    const normalized = g.mul(g.reshape(centered, x.shape), g.reshape(scale, [batch, channels, 1, 1]));
    return g.add(normalized, this.bias.value(g, [1, channels, 1, 1]));
  }
}

/** Two convolutions, each after a norm and SiLU, plus a shortcut; then, at most, a strided convolution. */
class SyncNetResnetBlock2D extends Module {
  readonly norm1: GroupNorm2D;
  readonly conv1: Conv2d;
  readonly norm2: GroupNorm2D;
  readonly conv2: Conv2d;
  readonly conv_shortcut: Conv2d | undefined;
  readonly downsample_conv: Conv2d | undefined;

  constructor(inChannels: number, outChannels: number, stride: readonly [number, number] | undefined) {
    super();
    this.norm1 = new GroupNorm2D(inChannels);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.norm2 = new GroupNorm2D(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1 });
    this.conv_shortcut = inChannels === outChannels ? undefined : new Conv2d(inChannels, outChannels, 1);
    this.downsample_conv =
      stride && new Conv2d(outChannels, outChannels, 3, { stride, padding: downsamplePadding(stride) });
  }

  /** [B, in, H, W] → [B, out, H/vertical, W/horizontal] */
  forward(g: Graph, x: Value): Value {
    let hidden = this.conv1.forward(g, g.silu(this.norm1.forward(g, x)));
    hidden = this.conv2.forward(g, g.silu(this.norm2.forward(g, hidden)));
    hidden = g.add(this.conv_shortcut ? this.conv_shortcut.forward(g, x) : x, hidden);
    return this.downsample_conv ? this.downsample_conv.forward(g, hidden) : hidden;
  }
}

/** Zeros at the bottom and right, and before an axis that keeps its size; of two such axes, only the vertical one. */
function downsamplePadding([vertical, horizontal]: readonly [number, number]): Padding {
  if (vertical === 1) return [1, 0, 1, 1];
  return [0, horizontal === 1 ? 1 : 0, 1, 1];
}

/** A transformer layer over the pixels, between two 1×1 convolutions, plus a shortcut. */
class AttentionBlock2D extends Module {
  readonly norm1: GroupNorm2D;
  readonly conv_in: Conv2d;
  readonly norm2: LayerNorm;
  readonly attn: Attention;
  readonly norm3: LayerNorm;
  readonly ff: FeedForward;
  readonly conv_out: Conv2d;

  constructor(channels: number) {
    super();
    this.norm1 = new GroupNorm2D(channels);
    this.conv_in = new Conv2d(channels, channels, 1);
    this.norm2 = new LayerNorm(channels);
    this.attn = new Attention(channels, { heads: ATTENTION_HEADS, bias: true });
    this.norm3 = new LayerNorm(channels);
    this.ff = new FeedForward(channels);
    this.conv_out = new Conv2d(channels, channels, 1);
  }

  /** [B, C, H, W] → [B, C, H, W] */
  forward(g: Graph, x: Value): Value {
    let hidden = this.conv_in.forward(g, this.norm1.forward(g, x));
    hidden = tokensOf(g, hidden); // [B, C, H, W] → [B·H·W, C]
    hidden = g.add(this.attn.forward(g, this.norm2.forward(g, hidden), x.shape[0]), hidden);
    hidden = g.add(this.ff.forward(g, this.norm3.forward(g, hidden)), hidden);
    hidden = imagesOf(g, hidden, x); // [B·H·W, C] → [B, C, H, W]
    return g.add(this.conv_out.forward(g, hidden), x);
  }
}

/** Residual blocks, some with an attention block after them, that shrink an image to an embedding. */
class DownEncoder2D extends Module {
  readonly conv_in: Conv2d;
  readonly down_blocks: readonly (SyncNetResnetBlock2D | AttentionBlock2D)[];
  readonly norm_out: GroupNorm2D;

  constructor({ inChannels, blockOutChannels, downsampleFactors, attnBlocks }: DownEncoder2DConfig) {
    super();
    this.conv_in = new Conv2d(inChannels, blockOutChannels[0], 3, { padding: 1 });
    this.down_blocks = blockOutChannels.flatMap((channels, level) => {
      const resnet = new SyncNetResnetBlock2D(
        blockOutChannels[Math.max(0, level - 1)],
        channels,
        downsampleFactors[level],
      );
      return attnBlocks[level] ? [resnet, new AttentionBlock2D(channels)] : [resnet];
    });
    this.norm_out = new GroupNorm2D(blockOutChannels.at(-1)!);
  }

  /** [B, in, H, W] → unit vectors [B, D]: the pixels that are left, channels first. */
  forward(g: Graph, x: Value): Value {
    let hidden = this.conv_in.forward(g, x);
    for (const block of this.down_blocks) hidden = block.forward(g, hidden);
    if (hidden.shape.slice(2).some((size) => fixedDim(size, 'The pixel count') < 1)) {
      throw new RangeError(`${x.name} of shape ${formatShape(x.shape)} is too small for the downsample factors.`);
    }
    hidden = g.relu(this.norm_out.forward(g, hidden));
    const embeds = g.reshape(hidden, [hidden.shape[0], productOf(hidden.shape.slice(1))]); // [B, C, h, w] → [B, D]
    return g.div(embeds, g.clip(g.reduceL2(embeds, [1]), MIN_NORM, 3e38));
  }
}

/** Results of one pass. */
export interface StableSyncNetOutputs {
  /** Unit vectors [B, D]. */
  visionEmbeds: Value;
  /** Unit vectors [B, D]. */
  audioEmbeds: Value;
  /** Cosine of the two, [B]: 1 when lips and sound agree. */
  cosine: Value;
}

/** The judge used to train LatentSync's UNet: how well 16 frames of a mouth fit their sound. */
export class StableSyncNet extends Module {
  readonly audio_encoder: Layer;
  readonly visual_encoder: Layer;
  readonly #config: StableSyncNetConfig;

  constructor(config: StableSyncNetConfig) {
    super();
    this.#config = config;
    this.audio_encoder = new DownEncoder2D(config.audioEncoder);
    this.visual_encoder = new DownEncoder2D(config.visualEncoder);
    nameParameters(this);
  }

  /** What the network was built from. */
  get config(): StableSyncNetConfig {
    return this.#config;
  }

  /**
   * Embeds both inputs and compares them.
   *
   * @param image - the frames' channels stacked, lower half of the face, −1…1: [B, C, H, W].
   * @param mel - [B, 1, bins, mel frames].
   * @throws RangeError when an input is too small, or the embeddings have different lengths.
   */
  forward(g: Graph, image: Value, mel: Value): StableSyncNetOutputs {
    const visionEmbeds = this.visual_encoder.forward(g, image);
    const audioEmbeds = this.audio_encoder.forward(g, mel);
    const [batch, length] = visionEmbeds.shape;
    if (!sameDim(length, audioEmbeds.shape[1])) {
      const lengths = `${formatDim(length)} and ${formatDim(audioEmbeds.shape[1])}`;
      throw new RangeError(`The embeddings of image and mel must be equally long (got ${lengths}).`);
    }
    const cosine = g.reshape(g.reduceSum(g.mul(visionEmbeds, audioEmbeds), [1]), [batch]); // [B, 1] → [B]
    return { visionEmbeds, audioEmbeds, cosine };
  }
}

/** Sizes that are fixed when the graph is built. */
export interface StableSyncNetGraphOptions {
  /** Default: known only when the graph runs. */
  batch?: number;
  /** Default 128. */
  imageHeight?: number;
  /** Default 256. */
  imageWidth?: number;
  /** Default 80. */
  melBins?: number;
  /** Default 52: the sound of 16 frames at 25 per second. */
  melFrames?: number;
}

/** Returns the graph `image` [B,C,H,W], `mel` [B,1,bins,frames] → `vision_embeds` [B,D], `audio_embeds` [B,D], `cosine` [B]. */
export function stableSyncNetGraph(
  model: StableSyncNet,
  { batch, imageHeight = 128, imageWidth = 256, melBins = 80, melFrames = 52 }: StableSyncNetGraphOptions = {},
): Graph {
  const { audioEncoder, visualEncoder } = model.config;
  const images = batch ?? symbolicDim('batch');
  const g = new Graph();
  const { visionEmbeds, audioEmbeds, cosine } = model.forward(
    g,
    g.input('image', [images, visualEncoder.inChannels, imageHeight, imageWidth]),
    g.input('mel', [images, audioEncoder.inChannels, melBins, melFrames]),
  );
  g.output('vision_embeds', visionEmbeds);
  g.output('audio_embeds', audioEmbeds);
  g.output('cosine', cosine);
  return g;
}
