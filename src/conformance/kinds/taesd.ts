// Kind "taesd": the tiny autoencoder's latents of an image, and its image of latents, both as the diffusion model has them.
import { addPrefix, joinCheckpoints } from '../../checkpoint/checkpoint-views.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { AutoencoderTiny, tinyDecoderGraph, tinyEncoderGraph } from '../../models/autoencoder-tiny.ts';
import { hashedParameter } from '../../models/hashed-weights.ts';
import { ImageCodec } from '../../pipelines/image-codec.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** Images lie in 0…1. */
const IMAGE_SCALE = 0.5;
const IMAGE_OFFSET = 0.5;

/** `encoded` [N, 4, H/8, W/8] of an image; `decoded` [N, 3, H, W] of latents. */
export const taesd: Kind = async function* (golden, context) {
  const latentShape = golden.shape('latent_shape', golden.shapeOf('encoded'));
  const imageShape = golden.shape('image_shape', golden.shapeOf('decoded'));
  const network = new AutoencoderTiny({ latentChannels: latentShape[1] });
  for (const half of ['encoder', 'decoder'] as const) {
    const keys = golden.words(`${half}_keys`);
    if (keys.length > 0) yield compareNames(`${half}_keys`, keys, keysOf(network, half));
  }

  const weights = joinCheckpoints([
    hashedHalf(network, 'encoder', golden.text('encoder_prefix')),
    hashedHalf(network, 'decoder', golden.text('decoder_prefix')),
  ]);
  const [, , height, width] = imageShape;
  const [, , latentHeight, latentWidth] = latentShape;
  const latentSize = { height: latentHeight, width: latentWidth };
  await using encoder = await loadSession(context, tinyEncoderGraph(network, { height, width }), weights);
  await using decoder = await loadSession(context, tinyDecoderGraph(network, latentSize), weights);
  const { scalingFactor } = network.config;
  const codec = new ImageCodec({ encoder, decoder, scalingFactor });
  const { signal } = context;

  const image = golden.hashed(
    'taesd.in.image',
    imageShape,
    golden.number('image_scale', IMAGE_SCALE),
    golden.number('image_offset', IMAGE_OFFSET),
  );
  const pixelValues = Tensor.float32(
    imageShape,
    image.data.map((value) => 2 * value - 1),
  );
  yield await compareClosely(golden, 'encoded', await codec.encode(pixelValues, { signal }), PASS_TOLERANCE);

  const latents = golden.hashed('taesd.in.latent', latentShape, golden.number('latent_scale', 1));
  const decoded = await codec.decode(latents, { pixelsPerLatent: network.scaleFactor, signal });
  const shown = Tensor.float32(
    decoded.shape,
    decoded.data.map((value) => (value + 1) / 2),
  );
  yield await compareClosely(golden, 'decoded', shown, PASS_TOLERANCE);
};

/** Keys of one half, as the file that holds it alone has them. */
function keysOf(network: AutoencoderTiny, half: 'encoder' | 'decoder'): string[] {
  const keys = Array.from(network.namedParameters(), ([key]) => key);
  return keys.filter((key) => key.startsWith(`${half}.`)).map((key) => key.slice(half.length + 1));
}

/** Hashed weights of one half: the prefix stands before the keys of the file that holds it alone. */
function hashedHalf(network: AutoencoderTiny, half: 'encoder' | 'decoder', prefix: string): Checkpoint {
  const shapes = new Map(Array.from(network.namedParameters(), ([key, { shape }]) => [key, shape]));
  const keys = keysOf(network, half);
  const shapeOf = (key: string): readonly number[] => shapes.get(`${half}.${key}`)!;
  const alone: Checkpoint = {
    name: `hashed weights "${prefix}"`,
    path: undefined,
    format: 'memory',
    tensors: new Map(keys.map((key) => [key, { key, dtype: 'float32', shape: shapeOf(key), location: undefined }])),
    metadata: {},
    read: (key) => Promise.resolve(hashedParameter(key, shapeOf(key), prefix)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return addPrefix(alone, `${half}.`);
}
