// Opens a lip-sync model from files: the official downloads as they are, or a model in the layout of the embedded one.
import { fileIdentity } from '../hub/files-node.ts';
import type { ResolveOptions } from '../hub/resolve-model-node.ts';
import { parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { AutoencoderTiny } from '../models/autoencoder-tiny.ts';
import { checkWeights } from '../nn/weights.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { option, wording } from '../util/wording.ts';
import { assembleModel, type LipsyncModel } from './lipsync-model.ts';
import { parseLipsyncModelDefaults } from './lipsync-model-defaults.ts';
import { openModelSource } from './model-source-node.ts';
import { openTaesd } from './taesd-source-node.ts';

const OWN_AUTOENCODER = 'kl';

/** How a model is opened. */
export interface OpenLipsyncModelOptions extends ResolveOptions {
  /** `kl`, the model's own autoencoder; `taesd`, or the folder of its files. Default `kl`. */
  vae?: string;
}

/**
 * Opens a model by name (`tiny`, `1.5`, `1.6`) or by its folder: the official files, or the files that a training plan makes.
 *
 * @throws OptionError when a model that is not an official one is to have another autoencoder than its own.
 * @throws LatentSyncError as `resolveModel`, `assembleModel` and `openTaesd` do.
 *
 * @example
 * await using model = await openLipsyncModel('tiny');
 */
export async function openLipsyncModel(
  nameOrDirectory: string,
  options: OpenLipsyncModelOptions = {},
): Promise<LipsyncModel> {
  const { vae = OWN_AUTOENCODER } = options;
  const { model, isOfficial } = await openWithOwn(nameOrDirectory, options);
  if (vae === OWN_AUTOENCODER) return model;
  try {
    if (!isOfficial) {
      throw new OptionError(
        'vae',
        wording`be ${OWN_AUTOENCODER} with model ${model.name}, whose latents are its own`,
        vae,
      );
    }
    return await withTaesd(model, vae, options);
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns a model with a TAESD in place of its own autoencoder, which is closed. */
async function withTaesd(model: LipsyncModel, vae: string, options: ResolveOptions): Promise<LipsyncModel> {
  const own = model.vae;
  const network = new AutoencoderTiny();
  const { latentChannels } = network.config;
  if (own.network.config.latentChannels !== latentChannels || own.network.scaleFactor !== network.scaleFactor) {
    throw new LatentSyncError(
      'config-invalid',
      wording`TAESD has ${latentChannels} latent channels, each spanning ${network.scaleFactor} pixels; those of model ${model.name} differ.`,
      { remedy: wording`Use the model's own autoencoder: ${option('vae', OWN_AUTOENCODER)}.` },
    );
  }
  const { weights, files } = await openTaesd(vae, options);
  try {
    checkWeights(network, weights);
  } catch (error) {
    await weights[Symbol.asyncDispose]();
    throw error;
  }
  await own.weights[Symbol.asyncDispose]();
  return model.withAutoencoder({ network, weights }, files);
}

async function openWithOwn(
  nameOrDirectory: string,
  options: ResolveOptions,
): Promise<{ model: LipsyncModel; isOfficial: boolean }> {
  const source = await openModelSource(nameOrDirectory, options);
  const { name, config, unet, vae, whisper } = source;
  try {
    const model = await assembleModel({
      name,
      defaults: parseLipsyncModelDefaults(config, source.configSource),
      schedulerConfig: source.schedulerConfig,
      unetConfig: parseUNet3DConfig(config.model),
      vaeConfig: parseAutoencoderKLConfig(source.vaeConfig),
      whisperConfig: parseWhisperDims(source.whisperDims),
      weightFiles: source.weightFiles,
      weights: async () => ({ unet, vae, whisper, whisperIdentity: await fileIdentity(source.weightFiles.whisper[0]) }),
    });
    return { model, isOfficial: source.isOfficial };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}
