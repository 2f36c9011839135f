// The options of measureSyncAccuracy, apart from the function, which loads much more.
import { lipsyncOptions } from '../pipelines/lipsync-option-table.ts';
import { runtimeOptions } from '../runtime/runtime-options.ts';
import { defineOptions } from '../util/option-table.ts';

/** The options of `SyncAccuracyOptions`. */
export const syncAccuracyOptions = defineOptions({
  data: {
    type: 'path',
    group: 'Files',
    value: 'DIR',
    required: true,
    text: 'Folder of clips, made by "train data", also from videos of your own.',
  },
  syncnet: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    required: true,
    essential: true,
    text: 'Weights of a StableSyncNet: stable_syncnet.pt, or those that "train syncnet" has made.',
  },
  recipe: {
    type: 'path',
    group: 'Files',
    value: 'FILE',
    required: true,
    essential: true,
    text: 'What the network is, and what it is shown: an official file such as syncnet_16_pixel_attn.yaml, or the recipe that it was trained with.',
  },
  model: {
    ...lipsyncOptions.model,
    text: 'Model whose autoencoder makes the latents that a network in latent space is shown: tiny, 1.5, 1.6, or a folder.',
  },
  pairs: {
    type: 'integer',
    group: 'Measurements',
    min: 2,
    max: 100_000,
    default: 500,
    essential: true,
    text: 'Pairs of lips and sound, half of them true, half with sound from another place of the same clip.',
  },
  seed: {
    type: 'integer',
    group: 'Measurements',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 1247,
    text: 'Seed by which the pairs are drawn. The same seed draws the same ones.',
  },
  ...runtimeOptions,
});
