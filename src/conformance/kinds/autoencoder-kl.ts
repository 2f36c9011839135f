// Kinds "autoencoder_kl" and "full_vae": the autoencoder's posterior, a scaled sample of it, and decoded latents.
import { modernAttentionKey } from '../../checkpoint/checkpoint-views.ts';
import { AutoencoderKL, decoderGraph, encoderGraph, parseAutoencoderKLConfig } from '../../models/autoencoder-kl.ts';
import { ImageCodec } from '../../pipelines/image-codec.ts';
import { toFloat32 } from '../../tensor/tensor.ts';
import { compareClosely, compareNames, PASS_TOLERANCE, thinned } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';

/** Scale of latents and noise in files that do not specify it. */
const LATENT_SCALE = 1.7;

/** `mean`, `logvar` and `sample_scaled` [N, 4, H/8, W/8] of an image; `decoded`, or `decoded_every_<n>th` pixel, [N, 3, H, W]. */
export const autoencoderKL: Kind = async function* (golden, context) {
  const network = new AutoencoderKL(parseAutoencoderKLConfig(golden.json('config')));
  const { latentChannels, inChannels, scalingFactor } = network.config;
  const keys = golden.words('keys').map(modernAttentionKey);
  if (keys.length > 0)
    yield compareNames(
      'keys',
      keys,
      Array.from(network.namedParameters(), ([key]) => key),
    );

  const [count, , latentHeight, latentWidth] = golden.shape('latent_shape', golden.shapeOf('mean'));
  const latentShape = [count, latentChannels, latentHeight, latentWidth];
  const { scaleFactor } = network;
  const wholeImage = [count, inChannels, latentHeight * scaleFactor, latentWidth * scaleFactor];
  const image = golden.hashed('vae.in.image', golden.shape('image_shape', wholeImage), golden.number('image_scale', 1));
  const latents = golden.hashed('vae.in.latent', latentShape, golden.number('latent_scale', LATENT_SCALE));

  const weights = await context.weights(network, golden.text('weight_prefix'));
  const { signal } = context;
  const [, , height, width] = image.shape;
  await using encoder = await loadSession(context, encoderGraph(network, { height, width }), weights);
  await using decoder = await loadSession(
    context,
    decoderGraph(network, { height: latentHeight, width: latentWidth }),
    weights,
  );
  const { mean, logvar } = await encoder.run({ image }, { signal });
  yield await compareClosely(golden, 'mean', toFloat32(mean), PASS_TOLERANCE);
  yield await compareClosely(golden, 'logvar', toFloat32(logvar), PASS_TOLERANCE);
  for (const name of golden.names) {
    if (name === 'sample_scaled') {
      const codec = new ImageCodec({ encoder, decoder, scalingFactor: golden.number('scaling_factor', scalingFactor) });
      const noise = golden.hashed('vae.in.noise', mean.shape, golden.number('noise_scale', LATENT_SCALE));
      yield await compareClosely(golden, name, await codec.encode(image, { noise, signal }), PASS_TOLERANCE);
    }
    if (name.startsWith('decoded')) {
      const [every = '1'] = partsOf(/^decoded_every_(\d+)(?:st|nd|rd|th)$/, name);
      const { image: decoded } = await decoder.run({ latents }, { signal });
      const kept = thinned(decoded, Number(every), golden.shapeOf(name)!);
      yield await compareClosely(golden, name, kept, PASS_TOLERANCE);
    }
  }
};
