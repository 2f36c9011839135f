// UNet3DConditionModel: noisy latents with their conditions [B,13,F,H,W], a timestep and audio tokens → noise [B,4,F,H,W].
import { productOf, symbolicDim, type Dim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import type { LayerDType } from '../onnx/layer-dtype.ts';
import { Conv2d } from '../nn/conv.ts';
import { TimestepEmbedding, timestepSinusoids } from '../nn/embeddings.ts';
import { Module, nameParameters } from '../nn/module.ts';
import { GroupNorm } from '../nn/norm.ts';
import {
  DownBlock3D,
  UNetMidBlock3DCrossAttn,
  UpBlock3D,
  type UNetBlockOptions,
  type UNetContext,
} from './unet-3d-blocks.ts';
import type { UNet3DConfig } from './unet-3d-config.ts';

/** Inputs of one pass. */
export interface UNetInputs {
  /** [B, inChannels, F, H, W] */
  sample: Value;
  /** [1, 1], or [B, 1] with a timestep for each clip (not with `scale_shift`). */
  timestep: Value;
  /** [B·F, tokens, crossAttentionDim] */
  encoderHiddenStates: Value;
}

/** Results of a whole pass. */
export interface UNetOutputs {
  /** [B, outChannels, F, H, W] */
  sample: Value;
  /** What the last layer of the last up block reads in addition to `conv_in`'s output; a shallow pass takes it in place of everything below. */
  deepFeatures: Value;
}

/** The denoising network of LatentSync. */
export class UNet3DConditionModel extends Module {
  readonly conv_in: Conv2d;
  readonly time_embedding: TimestepEmbedding;
  readonly down_blocks: readonly DownBlock3D[];
  readonly mid_block: UNetMidBlock3DCrossAttn;
  readonly up_blocks: readonly UpBlock3D[];
  readonly conv_norm_out: GroupNorm;
  readonly conv_out: Conv2d;
  readonly #config: UNet3DConfig;

  constructor(config: UNet3DConfig) {
    super();
    this.#config = config;
    const { blockOutChannels, layersPerBlock, attentionHeads, normNumGroups, normEps } = config;
    const last = blockOutChannels.length - 1;
    const blockOptions = (level: number, attention: boolean, motion: boolean): UNetBlockOptions => ({
      resnet: {
        timeEmbedDim: blockOutChannels[0] * 4,
        groups: normNumGroups,
        epsilon: normEps,
        timeScaleShift: config.resnetTimeScaleShift,
        outputScaleFactor: 1,
      },
      transformer: attention
        ? {
            heads: attentionHeads[level],
            groups: normNumGroups,
            crossAttentionDim: config.crossAttentionDim,
            addAudioLayer: config.addAudioLayer,
          }
        : undefined,
      motionModule: motion ? config.motionModule : undefined,
    });

    this.conv_in = new Conv2d(config.inChannels, blockOutChannels[0], 3, { padding: 1 });
    this.time_embedding = new TimestepEmbedding(blockOutChannels[0], blockOutChannels[0] * 4);
    this.down_blocks = blockOutChannels.map(
      (channels, level) =>
        new DownBlock3D(blockOutChannels[Math.max(0, level - 1)], channels, {
          ...blockOptions(level, config.downBlocksWithAttention[level], config.downBlocksWithMotion[level]),
          layers: layersPerBlock,
          downsample: level < last,
          downsamplePadding: config.downsamplePadding,
        }),
    );
    const mid = blockOptions(last, true, config.midBlockWithMotion);
    this.mid_block = new UNetMidBlock3DCrossAttn(blockOutChannels[last], {
      ...mid,
      transformer: mid.transformer!,
      resnet: { ...mid.resnet, outputScaleFactor: config.midBlockScaleFactor },
    });
    const skipChannels = [
      blockOutChannels[0],
      ...blockOutChannels.flatMap((channels, level) =>
        new Array<number>(layersPerBlock + (level < last ? 1 : 0)).fill(channels),
      ),
    ];
    this.up_blocks = blockOutChannels.map((_, index) => {
      const level = last - index;
      return new UpBlock3D(blockOutChannels[Math.min(last, level + 1)], blockOutChannels[level], {
        ...blockOptions(level, config.upBlocksWithAttention[index], config.upBlocksWithMotion[index]),
        skipChannels: skipChannels.splice(-(layersPerBlock + 1)).reverse(),
        upsample: index < last,
      });
    });
    this.conv_norm_out = new GroupNorm(normNumGroups, blockOutChannels[0], normEps);
    this.conv_out = new Conv2d(blockOutChannels[0], config.outChannels, 3, { padding: 1 });
    nameParameters(this);
  }

  /** What the network was built from. */
  get config(): UNet3DConfig {
    return this.#config;
  }

  /** A whole pass. */
  forward(g: Graph, inputs: UNetInputs): UNetOutputs {
    const context = this.#context(g, inputs);
    let hidden = this.#convIn(g, inputs.sample);
    const skips = [hidden];
    for (const block of this.down_blocks) {
      const outputs = block.forward(g, hidden, context);
      skips.push(...outputs);
      hidden = outputs.at(-1)!;
    }
    hidden = this.mid_block.forward(g, hidden, context);
    let deepFeatures = hidden;
    for (const block of this.up_blocks) {
      for (let index = 0; index < block.layerCount; index++) {
        deepFeatures = hidden;
        hidden = block.forwardWithSkip(g, index, hidden, skips.pop()!, context);
      }
      hidden = block.upsample(g, hidden, skips.at(-1));
    }
    return { sample: this.#convOut(g, hidden, inputs.sample, context), deepFeatures };
  }

  /**
   * The last layer alone, on the output of the layers below from a full pass at another step (DeepCache, branch 0).
   *
   * @param deepFeatures - as {@link forward} returns them.
   */
  forwardShallow(g: Graph, inputs: UNetInputs, deepFeatures: Value): Value {
    const context = this.#context(g, inputs);
    const skip = this.#convIn(g, inputs.sample);
    const block = this.up_blocks.at(-1)!;
    const hidden = block.forwardWithSkip(g, block.layerCount - 1, deepFeatures, skip, context);
    return this.#convOut(g, hidden, inputs.sample, context);
  }

  #context(g: Graph, { sample, timestep, encoderHiddenStates }: UNetInputs): UNetContext {
    const { blockOutChannels, flipSinToCos, freqShift, useInflatedGroupnorm } = this.#config;
    const sinusoids = timestepSinusoids(g, timestep, blockOutChannels[0], { flipSinToCos, frequencyShift: freqShift });
    const [images, tokens, channels] = encoderHiddenStates.shape;
    const frames = sample.shape[2];
    return {
      temb: g.silu(this.time_embedding.forward(g, sinusoids)), // [1, timeEmbedDim]
      encoderHiddenStates: g.reshape(encoderHiddenStates, [productOf([images, tokens]), channels]),
      frames,
      normFrames: useInflatedGroupnorm ? 1 : frames,
    };
  }

  /** [B, in, F, H, W] → [B·F, C, H, W] */
  #convIn(g: Graph, sample: Value): Value {
    const [batch, channels, frames, height, width] = sample.shape;
    let hidden = g.transpose(sample, [0, 2, 1, 3, 4]); // [B,C,F,H,W] → [B,F,C,H,W]
    hidden = g.reshape(hidden, [productOf([batch, frames]), channels, height, width]);
    if (this.#config.centerInputSample) hidden = g.sub(g.mul(hidden, g.float(2)), g.float(1));
    return this.conv_in.forward(g, hidden, { dtype: 'float32' });
  }

  /** [B·F, C, H, W] → [B, out, F, H, W] */
  #convOut(g: Graph, x: Value, sample: Value, { normFrames }: UNetContext): Value {
    const [batch, , frames, height, width] = sample.shape;
    let hidden = g.silu(this.conv_norm_out.forward(g, x, { frames: normFrames }));
    hidden = this.conv_out.forward(g, hidden, { dtype: 'float32' });
    hidden = g.reshape(hidden, [batch, frames, this.#config.outChannels, height, width]);
    return g.transpose(hidden, [0, 2, 1, 3, 4]); // [B,F,C,H,W] → [B,C,F,H,W]
  }
}

/** Sizes that are fixed when the UNet's graph is built. The number of frames is known only when it runs. */
export interface UNetGraphOptions {
  batch: number;
  /** Latent height. */
  height: number;
  /** Latent width. */
  width: number;
  /** Audio tokens of one frame. */
  tokens: number;
  /** How the layers compute, except for the first and the last. Default `float32`. */
  dtype?: LayerDType;
}

function graphInputs(g: Graph, config: UNet3DConfig, { batch, height, width, tokens }: UNetGraphOptions): UNetInputs {
  const frames: Dim = symbolicDim('frames');
  return {
    sample: g.input('sample', [batch, config.inChannels, frames, height, width]),
    timestep: g.input('timestep', [1, 1]),
    encoderHiddenStates: g.input('encoder_hidden_states', [
      symbolicDim('frames', batch),
      tokens,
      config.crossAttentionDim,
    ]),
  };
}

/** Returns the graph of a whole pass: `sample`, `timestep`, `encoder_hidden_states` → `noise_pred`, `deep_features` on request. */
export function unetGraph(model: UNet3DConditionModel, options: UNetGraphOptions & { deepFeatures?: boolean }): Graph {
  const g = new Graph({ dtype: options.dtype });
  const { sample, deepFeatures } = model.forward(g, graphInputs(g, model.config, options));
  g.output('noise_pred', sample);
  if (options.deepFeatures) g.output('deep_features', deepFeatures);
  return g;
}

/** Returns the graph of a shallow pass, with the further input `deep_features`. */
export function shallowUNetGraph(model: UNet3DConditionModel, options: UNetGraphOptions): Graph {
  const g = new Graph({ dtype: options.dtype });
  const { batch, height, width } = options;
  const channels = model.config.blockOutChannels[0];
  const inputs = graphInputs(g, model.config, options);
  const deepFeatures = g.input('deep_features', [symbolicDim('frames', batch), channels, height, width]);
  g.output('noise_pred', model.forwardShallow(g, inputs, deepFeatures));
  return g;
}
