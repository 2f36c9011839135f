// AutoencoderTiny (TAESD): image [N,3,H,W] in 0…1 ↔ latents [N,4,H/8,W/8], scaled as the UNet takes them.
import { fixedDim, symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { Conv2d } from '../nn/conv.ts';
import { Module, nameParameters, type Layer } from '../nn/module.ts';

const CHANNELS = 64;
const IMAGE_CHANNELS = 3;
const PIXELS_PER_LATENT = 8;
/** Latents are limited to ±3, softly, before they are decoded. */
const LATENT_MAGNITUDE = 3;

/** Configuration of {@link AutoencoderTiny}; diffusers' names. Only the number of latent channels differs between the published ones. */
export interface AutoencoderTinyConfig {
  inChannels: number;
  outChannels: number;
  latentChannels: number;
  blockOutChannels: readonly number[];
  /** Its latents are those that the UNet takes. */
  scalingFactor: 1;
}

/** Three convolutions with a shortcut. */
class TinyBlock extends Module {
  /** ReLUs, which have no parameters, count as well. */
  readonly conv: readonly [Conv2d, Layer, Conv2d, Layer, Conv2d];

  constructor() {
    super();
    this.conv = [convolution(), relu, convolution(), relu, convolution()];
  }

  /** [N, 64, H, W] → [N, 64, H, W] */
  forward(g: Graph, x: Value): Value {
    return g.relu(g.add(inTurn(g, this.conv, x), x));
  }
}

const relu: Layer = { forward: (g, x) => g.relu(x) };

/** Each pixel four times: [N, C, H, W] → [N, C, 2·H, 2·W] */
const doubled: Layer = {
  forward: (g, x) => {
    const [height, width] = x.shape.slice(2).map((dim) => fixedDim(dim, 'The size of an image'));
    return g.resizeNearest(x, 2 * height, 2 * width);
  },
};

/** 3·tanh(x / 3) */
const limited: Layer = {
  forward: (g, x) => g.mul(g.tanh(g.mul(x, g.float(1 / LATENT_MAGNITUDE))), g.float(LATENT_MAGNITUDE)),
};

function convolution(
  inChannels = CHANNELS,
  outChannels = CHANNELS,
  options: { stride?: number; bias?: boolean } = {},
): Conv2d {
  return new Conv2d(inChannels, outChannels, 3, { padding: 1, ...options });
}

function inTurn(g: Graph, layers: readonly Layer[], x: Value): Value {
  return layers.reduce((hidden, layer) => layer.forward(g, hidden), x);
}

/** A distilled stand-in for Stable Diffusion's autoencoder: the same latents at a fraction of the work, with less detail. */
export class AutoencoderTiny extends Module {
  /** [N, 3, H, W] → [N, latentChannels, H/8, W/8] */
  readonly encoder: readonly Layer[];
  /** [N, latentChannels, H/8, W/8] → [N, 3, H, W] */
  readonly decoder: readonly Layer[];
  readonly #config: AutoencoderTinyConfig;

  /** @param options - `latentChannels`: default 4, those of Stable Diffusion 1 and 2. */
  constructor(options: { latentChannels?: number } = {}) {
    super();
    const { latentChannels = 4 } = options;
    const down = (): Layer[] => [convolution(CHANNELS, CHANNELS, { stride: 2, bias: false }), ...blocks(3)];
    const up = (): Layer[] => [...blocks(3), doubled, convolution(CHANNELS, CHANNELS, { bias: false })];
    this.#config = {
      inChannels: IMAGE_CHANNELS,
      outChannels: IMAGE_CHANNELS,
      latentChannels,
      blockOutChannels: [CHANNELS, CHANNELS, CHANNELS, CHANNELS],
      scalingFactor: 1,
    };
    this.encoder = [
      convolution(IMAGE_CHANNELS, CHANNELS),
      ...blocks(1),
      ...down(),
      ...down(),
      ...down(),
      convolution(CHANNELS, latentChannels),
    ];
    this.decoder = [
      limited,
      convolution(latentChannels, CHANNELS),
      relu,
      ...up(),
      ...up(),
      ...up(),
      ...blocks(1),
      convolution(CHANNELS, IMAGE_CHANNELS),
    ];
    nameParameters(this);
  }

  /** What the network was built from. */
  get config(): AutoencoderTinyConfig {
    return this.#config;
  }

  /** How many pixels one latent spans along an axis. */
  get scaleFactor(): number {
    return PIXELS_PER_LATENT;
  }

  /** Image in 0…1, [N, 3, H, W] → [N, latentChannels, H/8, W/8] */
  encode(g: Graph, image: Value): Value {
    return inTurn(g, this.encoder, image);
  }

  /** [N, latentChannels, H/8, W/8] → image in 0…1, not limited to it, [N, 3, H, W] */
  decode(g: Graph, latents: Value): Value {
    return inTurn(g, this.decoder, latents);
  }
}

function blocks(count: number): Layer[] {
  return Array.from({ length: count }, () => new TinyBlock());
}

/**
 * Returns the encoder's graph: `image` [N, 3, height, width] in −1…1 → `mean`, the latents themselves, as they have no distribution.
 * N is known only when it runs.
 */
export function tinyEncoderGraph(model: AutoencoderTiny, { height, width }: { height: number; width: number }): Graph {
  const g = new Graph();
  const image = g.input('image', [symbolicDim('images'), model.config.inChannels, height, width]);
  g.output('mean', model.encode(g, g.add(g.mul(image, g.float(0.5)), g.float(0.5))));
  return g;
}

/** Returns the decoder's graph: `latents` [N, 4, height, width] → `image` in −1…1. N is known only when it runs. */
export function tinyDecoderGraph(model: AutoencoderTiny, { height, width }: { height: number; width: number }): Graph {
  const g = new Graph();
  const latents = g.input('latents', [symbolicDim('images'), model.config.latentChannels, height, width]);
  g.output('image', g.sub(g.mul(model.decode(g, latents), g.float(2)), g.float(1)));
  return g;
}
