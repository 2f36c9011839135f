// Down, middle and up blocks of the UNet. In each layer: residual block, spatial transformer, motion module.
import type { Dim } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Module } from '../nn/module.ts';
import { VanillaTemporalModule, type MotionModuleOptions } from './motion-module.ts';
import { Downsample3D, ResnetBlock3D, Upsample3D, type ResnetOptions } from './resnet-3d.ts';
import { Transformer3DModel, type TransformerOptions } from './transformer-3d.ts';

/** What every layer of the UNet reads in addition to the image. */
export interface UNetContext {
  /** SiLU of the timestep embedding, [1, timeEmbedDim], or one row per clip. */
  temb: Value;
  /** The frames' audio tokens, [B·F·tokens, D]. */
  encoderHiddenStates: Value;
  /** F. */
  frames: Dim;
  /** Images whose residual blocks share statistics: F, or 1 with inflated group norms. */
  normFrames: Dim;
}

/** The parts of a block; a part that it lacks is undefined. */
export interface UNetBlockOptions {
  resnet: ResnetOptions;
  transformer: TransformerOptions | undefined;
  motionModule: MotionModuleOptions | undefined;
}

/** The parts of one layer. */
interface BlockLayer {
  resnet: ResnetBlock3D;
  attention: Transformer3DModel | undefined;
  motionModule: VanillaTemporalModule | undefined;
}

/** Layers of residual block, transformer and motion module, the last two where the network has them. */
export class UNetBlock3D extends Module {
  readonly resnets: readonly ResnetBlock3D[];
  readonly attentions: readonly Transformer3DModel[];
  readonly motion_modules: readonly VanillaTemporalModule[];

  constructor(inChannels: readonly number[], outChannels: number, options: UNetBlockOptions) {
    super();
    const { resnet, transformer, motionModule } = options;
    this.resnets = inChannels.map((channels) => new ResnetBlock3D(channels, outChannels, resnet));
    this.attentions = transformer ? inChannels.map(() => new Transformer3DModel(outChannels, transformer)) : [];
    this.motion_modules = motionModule
      ? inChannels.map(() => new VanillaTemporalModule(outChannels, motionModule))
      : [];
  }

  /** Number of residual blocks. */
  get layerCount(): number {
    return this.resnets.length;
  }

  /** [B·F, in, H, W] → [B·F, out, H, W] through one layer. */
  forwardLayer(g: Graph, index: number, x: Value, context: UNetContext): Value {
    const { resnet, attention, motionModule } = this.#layer(index);
    let hidden = resnet.forward(g, x, context.temb, context.normFrames);
    if (attention) hidden = attention.forward(g, hidden, context.encoderHiddenStates);
    if (motionModule) hidden = motionModule.forward(g, hidden, context.frames);
    return hidden;
  }

  #layer(index: number): BlockLayer {
    return {
      resnet: this.resnets[index],
      attention: this.attentions.at(index),
      motionModule: this.motion_modules.at(index),
    };
  }
}

/** `CrossAttnDownBlock3D` with a transformer, `DownBlock3D` without. */
export class DownBlock3D extends UNetBlock3D {
  readonly downsamplers: readonly Downsample3D[];

  constructor(
    inChannels: number,
    outChannels: number,
    options: UNetBlockOptions & { layers: number; downsample: boolean; downsamplePadding: number },
  ) {
    super([inChannels, ...new Array<number>(options.layers - 1).fill(outChannels)], outChannels, options);
    this.downsamplers = options.downsample ? [new Downsample3D(outChannels, options.downsamplePadding)] : [];
  }

  /** [B·F, in, H, W] → the outputs of every layer and of the downsampler; the last one continues. */
  forward(g: Graph, x: Value, context: UNetContext): Value[] {
    const outputs: Value[] = [];
    let hidden = x;
    for (let index = 0; index < this.layerCount; index++) {
      hidden = this.forwardLayer(g, index, hidden, context);
      outputs.push(hidden);
    }
    for (const downsampler of this.downsamplers) {
      hidden = downsampler.forward(g, hidden);
      outputs.push(hidden);
    }
    return outputs;
  }
}

/** Residual block, transformer, motion module, residual block. */
export class UNetMidBlock3DCrossAttn extends Module {
  readonly resnets: readonly [ResnetBlock3D, ResnetBlock3D];
  readonly attentions: readonly [Transformer3DModel];
  readonly motion_modules: readonly VanillaTemporalModule[];

  constructor(
    channels: number,
    { resnet, transformer, motionModule }: UNetBlockOptions & { transformer: TransformerOptions },
  ) {
    super();
    this.resnets = [new ResnetBlock3D(channels, channels, resnet), new ResnetBlock3D(channels, channels, resnet)];
    this.attentions = [new Transformer3DModel(channels, transformer)];
    this.motion_modules = motionModule ? [new VanillaTemporalModule(channels, motionModule)] : [];
  }

  /** [B·F, C, H, W] → [B·F, C, H, W] */
  forward(g: Graph, x: Value, context: UNetContext): Value {
    const { temb, encoderHiddenStates, frames, normFrames } = context;
    let hidden = this.resnets[0].forward(g, x, temb, normFrames);
    hidden = this.attentions[0].forward(g, hidden, encoderHiddenStates);
    for (const motionModule of this.motion_modules) hidden = motionModule.forward(g, hidden, frames);
    return this.resnets[1].forward(g, hidden, temb, normFrames);
  }
}

/** `CrossAttnUpBlock3D` with a transformer, `UpBlock3D` without. Every layer also takes one output of the down blocks. */
export class UpBlock3D extends UNetBlock3D {
  readonly upsamplers: readonly Upsample3D[];

  /**
   * @param options.skipChannels - channels of the down blocks' outputs, in the order in which the layers take them.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    options: UNetBlockOptions & { skipChannels: readonly number[]; upsample: boolean },
  ) {
    const { skipChannels } = options;
    super(
      skipChannels.map((skip, index) => (index === 0 ? inChannels : outChannels) + skip),
      outChannels,
      options,
    );
    this.upsamplers = options.upsample ? [new Upsample3D(outChannels)] : [];
  }

  /** One layer: [B·F, C, H, W] joined with the output of a down block. */
  forwardWithSkip(g: Graph, index: number, x: Value, skip: Value, context: UNetContext): Value {
    return this.forwardLayer(g, index, g.concat([x, skip], 1), context);
  }

  /**
   * Enlarges to the size of the next down block's output.
   *
   * @param next - the output that the next block takes first.
   */
  upsample(g: Graph, x: Value, next: Value | undefined): Value {
    let hidden = x;
    for (const upsampler of this.upsamplers)
      hidden = upsampler.forward(g, hidden, { size: next && [next.shape[2], next.shape[3]], dtype: 'float32' });
    return hidden;
  }
}
