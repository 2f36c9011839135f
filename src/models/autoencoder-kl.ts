// AutoencoderKL: image [N,3,H,W] in −1…1 ↔ latents [N,4,H/8,W/8].
import { productOf, symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module, nameParameters, type Layer } from '../nn/module.ts';
import { GroupNorm } from '../nn/norm.ts';
import { LatentSyncError } from '../util/errors.ts';
import { shownValue } from '../util/printable.ts';
import { Downsample2D, ResnetBlock2D } from './resnet-2d.ts';
import { Upsample3D } from './resnet-3d.ts';
import { imagesOf, tokensOf } from './transformer-3d.ts';

const NORM_EPSILON = 1e-6;

/** For the first and the last layers, and those at the coarsest level, where errors reach all pixels: float32 in every graph. */
const FLOAT32 = { dtype: 'float32' } as const;

/** Configuration of {@link AutoencoderKL}. */
export interface AutoencoderKLConfig {
  inChannels: number;
  outChannels: number;
  latentChannels: number;
  blockOutChannels: readonly number[];
  layersPerBlock: number;
  normNumGroups: number;
  /** Latents are multiplied by this for the UNet. */
  scalingFactor: number;
}

/**
 * Returns the configuration in a parsed diffusers `config.json`; missing fields have its defaults.
 *
 * @throws LatentSyncError `config-invalid` for a value that the architecture does not support.
 */
export function parseAutoencoderKLConfig(json: unknown): AutoencoderKLConfig {
  if (typeof json !== 'object' || json === null) {
    throw new LatentSyncError('config-invalid', 'The VAE configuration must be a mapping.');
  }
  const fields = json as Record<string, unknown>;
  const refuse = (key: string, rule: string): never => {
    throw new LatentSyncError(
      'config-invalid',
      `The VAE configuration's "${key}" must be ${rule} (got ${shownValue(fields[key])}).`,
    );
  };
  const size = (key: string, fallback: number): number => {
    const value = fields[key] ?? fallback;
    return typeof value === 'number' && Number.isInteger(value) && value > 0
      ? value
      : refuse(key, 'a positive whole number');
  };
  const channels = fields.block_out_channels ?? [64];
  if (
    !Array.isArray(channels) ||
    !channels.every((item) => Number.isInteger(item) && item > 0) ||
    channels.length === 0
  ) {
    refuse('block_out_channels', 'a list of positive whole numbers');
  }
  const blockOutChannels = channels as number[];
  for (const [key, word] of [
    ['down_block_types', 'DownEncoderBlock2D'],
    ['up_block_types', 'UpDecoderBlock2D'],
  ]) {
    const types = fields[key] ?? blockOutChannels.map(() => word);
    const known = Array.isArray(types) && types.every((type) => type === word);
    if (!known || types.length !== blockOutChannels.length) refuse(key, `${blockOutChannels.length} times ${word}`);
  }
  const activations: readonly unknown[] = ['silu', 'swish'];
  if (!activations.includes(fields.act_fn ?? 'silu')) refuse('act_fn', 'silu');
  const scalingFactor = fields.scaling_factor ?? 0.18215;
  return {
    inChannels: size('in_channels', 3),
    outChannels: size('out_channels', 3),
    latentChannels: size('latent_channels', 4),
    blockOutChannels,
    layersPerBlock: size('layers_per_block', 1),
    normNumGroups: size('norm_num_groups', 32),
    scalingFactor:
      typeof scalingFactor === 'number' && scalingFactor > 0 ? scalingFactor : refuse('scaling_factor', 'positive'),
  };
}

/** Self-attention of the pixels, one head, plus a shortcut. */
class AttentionBlock extends Module {
  readonly group_norm: GroupNorm;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: readonly [Linear];

  constructor(channels: number, groups: number) {
    super();
    this.group_norm = new GroupNorm(groups, channels, NORM_EPSILON);
    this.to_q = new Linear(channels, channels);
    this.to_k = new Linear(channels, channels);
    this.to_v = new Linear(channels, channels);
    this.to_out = [new Linear(channels, channels)];
  }

  /** [N, C, H, W] → [N, C, H, W] */
  forward(g: Graph, x: Value): Value {
    const [images, channels, height, width] = x.shape;
    const tokens = tokensOf(g, this.group_norm.forward(g, x)); // [N, C, H, W] → [N·H·W, C]
    const sequences = [images, productOf([height, width]), channels];
    const query = g.reshape(this.to_q.forward(g, tokens, FLOAT32), sequences); // [N·H·W, C] → [N, H·W, C]
    const key = g.reshape(this.to_k.forward(g, tokens, FLOAT32), sequences);
    const value = g.reshape(this.to_v.forward(g, tokens, FLOAT32), sequences);
    const attended = g.reshape(g.multiHeadAttention(query, key, value, 1), tokens.shape);
    return g.add(imagesOf(g, this.to_out[0].forward(g, attended, FLOAT32), x), x);
  }
}

/** Residual block, attention, residual block. */
class UNetMidBlock2D extends Module {
  readonly resnets: readonly [ResnetBlock2D, ResnetBlock2D];
  readonly attentions: readonly [AttentionBlock];

  constructor(channels: number, groups: number) {
    super();
    const options = { groups, epsilon: NORM_EPSILON };
    this.resnets = [new ResnetBlock2D(channels, channels, options), new ResnetBlock2D(channels, channels, options)];
    this.attentions = [new AttentionBlock(channels, groups)];
  }

  /** [N, C, H, W] → [N, C, H, W] */
  forward(g: Graph, x: Value): Value {
    const hidden = this.attentions[0].forward(g, this.resnets[0].forward(g, x, FLOAT32));
    return this.resnets[1].forward(g, hidden, FLOAT32);
  }
}

/** Returns a block's ResNets, of which the first changes the number of channels. */
function resnetBlocks(
  inChannels: number,
  outChannels: number,
  { layers, groups }: { layers: number; groups: number },
): ResnetBlock2D[] {
  return Array.from(
    { length: layers },
    (_, index) =>
      new ResnetBlock2D(index === 0 ? inChannels : outChannels, outChannels, { groups, epsilon: NORM_EPSILON }),
  );
}

class DownEncoderBlock2D extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  readonly downsamplers: readonly Downsample2D[];

  constructor(
    inChannels: number,
    outChannels: number,
    options: { layers: number; groups: number; downsample: boolean },
  ) {
    super();
    this.resnets = resnetBlocks(inChannels, outChannels, options);
    this.downsamplers = options.downsample ? [new Downsample2D(outChannels)] : [];
  }

  /** [N, in, H, W] → [N, out, H/2, W/2] */
  forward(g: Graph, x: Value): Value {
    let hidden = x;
    for (const resnet of this.resnets) hidden = resnet.forward(g, hidden);
    for (const downsampler of this.downsamplers) hidden = downsampler.forward(g, hidden);
    return hidden;
  }
}

class UpDecoderBlock2D extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  readonly upsamplers: readonly Upsample3D[];

  constructor(inChannels: number, outChannels: number, options: { layers: number; groups: number; upsample: boolean }) {
    super();
    this.resnets = resnetBlocks(inChannels, outChannels, options);
    this.upsamplers = options.upsample ? [new Upsample3D(outChannels)] : [];
  }

  /**
   * [N, in, H, W] → [N, out, 2·H, 2·W]
   *
   * @param options.dtype - keeps the enlarging in float32 in an int8 graph.
   */
  forward(g: Graph, x: Value, { dtype }: { dtype?: 'float32' } = {}): Value {
    let hidden = x;
    for (const resnet of this.resnets) hidden = resnet.forward(g, hidden);
    for (const upsampler of this.upsamplers) hidden = upsampler.forward(g, hidden, { dtype });
    return hidden;
  }
}

class Encoder extends Module {
  readonly conv_in: Conv2d;
  readonly down_blocks: readonly DownEncoderBlock2D[];
  readonly mid_block: UNetMidBlock2D;
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ inChannels, latentChannels, blockOutChannels, layersPerBlock, normNumGroups }: AutoencoderKLConfig) {
    super();
    const last = blockOutChannels.length - 1;
    this.conv_in = new Conv2d(inChannels, blockOutChannels[0], 3, { padding: 1 });
    this.down_blocks = blockOutChannels.map(
      (channels, level) =>
        new DownEncoderBlock2D(blockOutChannels[Math.max(0, level - 1)], channels, {
          layers: layersPerBlock,
          groups: normNumGroups,
          downsample: level < last,
        }),
    );
    this.mid_block = new UNetMidBlock2D(blockOutChannels[last], normNumGroups);
    this.conv_norm_out = new GroupNorm(normNumGroups, blockOutChannels[last], NORM_EPSILON);
    this.conv_out = new Conv2d(blockOutChannels[last], 2 * latentChannels, 3, { padding: 1 });
  }

  /** [N, 3, H, W] → [N, 2·latentChannels, H/8, W/8] */
  forward(g: Graph, x: Value): Value {
    let hidden = this.conv_in.forward(g, x, FLOAT32);
    for (const block of this.down_blocks) hidden = block.forward(g, hidden);
    hidden = this.mid_block.forward(g, hidden);
    return this.conv_out.forward(g, g.silu(this.conv_norm_out.forward(g, hidden)), FLOAT32);
  }
}

class Decoder extends Module {
  readonly conv_in: Conv2d;
  readonly mid_block: UNetMidBlock2D;
  readonly up_blocks: readonly UpDecoderBlock2D[];
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ outChannels, latentChannels, blockOutChannels, layersPerBlock, normNumGroups }: AutoencoderKLConfig) {
    super();
    const reversed = blockOutChannels.toReversed();
    const last = reversed.length - 1;
    this.conv_in = new Conv2d(latentChannels, reversed[0], 3, { padding: 1 });
    this.mid_block = new UNetMidBlock2D(reversed[0], normNumGroups);
    this.up_blocks = reversed.map(
      (channels, index) =>
        new UpDecoderBlock2D(reversed[Math.max(0, index - 1)], channels, {
          layers: layersPerBlock + 1,
          groups: normNumGroups,
          upsample: index < last,
        }),
    );
    this.conv_norm_out = new GroupNorm(normNumGroups, reversed[last], NORM_EPSILON);
    this.conv_out = new Conv2d(reversed[last], outChannels, 3, { padding: 1 });
  }

  /** [N, latentChannels, H/8, W/8] → [N, 3, H, W] */
  forward(g: Graph, latents: Value): Value {
    let hidden = this.mid_block.forward(g, this.conv_in.forward(g, latents, FLOAT32));
    const finest = this.up_blocks.length - 2;
    for (const [index, block] of this.up_blocks.entries()) {
      // The whole signal is enlarged: in int8, each costs three times the error of another layer, and the finest gains most time.
      hidden = block.forward(g, hidden, index === finest ? {} : FLOAT32);
    }
    return this.conv_out.forward(g, g.silu(this.conv_norm_out.forward(g, hidden)), FLOAT32);
  }
}

/** The variational autoencoder between pixels and the UNet's latents. */
export class AutoencoderKL extends Module {
  readonly encoder: Layer;
  readonly decoder: Layer;
  readonly quant_conv: Conv2d;
  readonly post_quant_conv: Conv2d;
  readonly #config: AutoencoderKLConfig;

  constructor(config: AutoencoderKLConfig) {
    super();
    this.#config = config;
    const { latentChannels } = config;
    this.encoder = new Encoder(config);
    this.decoder = new Decoder(config);
    this.quant_conv = new Conv2d(2 * latentChannels, 2 * latentChannels, 1);
    this.post_quant_conv = new Conv2d(latentChannels, latentChannels, 1);
    nameParameters(this);
  }

  /** What the network was built from. */
  get config(): AutoencoderKLConfig {
    return this.#config;
  }

  /** How many pixels one latent spans along an axis. */
  get scaleFactor(): number {
    return 2 ** (this.#config.blockOutChannels.length - 1);
  }

  /** [N, 3, H, W] → mean and log-variance of the latents, each [N, latentChannels, H/8, W/8] */
  encode(g: Graph, image: Value): { mean: Value; logvar: Value } {
    const { latentChannels } = this.#config;
    const moments = this.quant_conv.forward(g, this.encoder.forward(g, image), FLOAT32);
    const [mean, logvar] = g.split(moments, 1, [latentChannels, latentChannels]);
    return { mean, logvar: g.clip(logvar, -30, 20) };
  }

  /** [N, latentChannels, H/8, W/8] → [N, 3, H, W] */
  decode(g: Graph, latents: Value): Value {
    return this.decoder.forward(g, this.post_quant_conv.forward(g, latents, FLOAT32));
  }
}

/** Sizes of an autoencoder's graph, and how it computes. */
export interface AutoencoderGraphOptions {
  height: number;
  width: number;
  /** How the other layers compute. Default `float32`. */
  dtype?: LayerDType;
}

/** Returns the encoder's graph: `image` [N, 3, height, width] → `mean`, `logvar`. N is known only when it runs. */
export function encoderGraph(model: AutoencoderKL, { height, width, dtype }: AutoencoderGraphOptions): Graph {
  const g = new Graph({ dtype });
  const image = g.input('image', [symbolicDim('images'), model.config.inChannels, height, width]);
  const { mean, logvar } = model.encode(g, image);
  g.output('mean', mean);
  g.output('logvar', logvar);
  return g;
}

/** Returns the decoder's graph: `latents` [N, latentChannels, height, width] → `image`. N is known only when it runs. */
export function decoderGraph(model: AutoencoderKL, { height, width, dtype }: AutoencoderGraphOptions): Graph {
  const g = new Graph({ dtype });
  const latents = g.input('latents', [symbolicDim('images'), model.config.latentChannels, height, width]);
  g.output('image', model.decode(g, latents));
  return g;
}
