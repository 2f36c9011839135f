// Kind "deepcache": the denoising loop with the whole UNet at every step, and with its deep layers kept over some steps.
import { shallowUNetGraph, UNet3DConditionModel, unetGraph } from '../../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../../models/unet-3d-config.ts';
import { LatentDenoiser } from '../../pipelines/latent-denoiser.ts';
import { createScheduler } from '../../schedulers/create-scheduler.ts';
import { compareClosely, LOOP_TOLERANCE } from '../comparison.ts';
import { loadSession, type Kind } from '../kind.ts';

/** `exact` and `interval<n>`, latents [1, 4, F, h, w]. */
export const deepcache: Kind = async function* (golden, context) {
  const network = new UNet3DConditionModel(parseUNet3DConfig(golden.json('config')));
  const weights = await context.weights(network, golden.text('weight_prefix'));
  const latentsShape = golden.shape('latents_shape');
  const audioShape = golden.shape('audio_shape');
  const inputs = {
    noise: golden.hashed('deepcache.latents', latentsShape, golden.number('latents_scale')),
    condition: golden.hashed('deepcache.cond', golden.shape('cond_shape'), golden.number('cond_scale')),
    audio: golden.hashed('deepcache.audio', audioShape, golden.number('audio_scale')),
  };
  const [batch, , , height, width] = latentsShape;
  const size = { batch, height, width, tokens: audioShape[1] };
  await using whole = await loadSession(context, unetGraph(network, { ...size, deepFeatures: true }), weights);
  await using shallow = await loadSession(context, shallowUNetGraph(network, size), weights);

  for (const name of golden.names) {
    const interval = name === 'exact' ? '1' : /^interval(\d+)$/.exec(name)?.[1];
    if (interval === undefined) continue;
    const denoiser = new LatentDenoiser({
      runtime: context.runtime,
      unet: whole,
      shallowUnet: shallow,
      scheduler: createScheduler('ddim', golden.json('scheduler')),
      numInferenceSteps: golden.number('steps'),
      guidanceScale: golden.number('guidance_scale'),
      deepCacheInterval: Number(interval),
    });
    const latents = await denoiser.denoise(inputs, { signal: context.signal });
    yield await compareClosely(golden, name, latents, LOOP_TOLERANCE);
  }
};
