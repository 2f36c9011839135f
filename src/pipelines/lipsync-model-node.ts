// Opens a lip-sync model from files: the official downloads as they are, or a model in the layout of the embedded one.
import { fileIdentity } from '../hub/files-node.ts';
import type { ResolveOptions } from '../hub/resolve-model-node.ts';
import { parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { assembleModel, type LipsyncModel } from './lipsync-model.ts';
import { parseLipsyncModelDefaults } from './lipsync-model-defaults.ts';
import { openModelSource } from './model-source-node.ts';

/**
 * Opens a model by name (`tiny`, `1.5`, `1.6`) or by its folder: the official files, or the files that a training plan makes.
 *
 * @throws LatentSyncError as `resolveModel` and `assembleModel` do.
 *
 * @example
 * await using model = await openLipsyncModel('tiny');
 */
export async function openLipsyncModel(nameOrDirectory: string, options: ResolveOptions = {}): Promise<LipsyncModel> {
  const source = await openModelSource(nameOrDirectory, options);
  const { name, config, unet, vae, whisper } = source;
  try {
    return await assembleModel({
      name,
      defaults: parseLipsyncModelDefaults(config, source.configSource),
      schedulerConfig: source.schedulerConfig,
      unetConfig: parseUNet3DConfig(config.model),
      vaeConfig: parseAutoencoderKLConfig(source.vaeConfig),
      whisperConfig: parseWhisperDims(source.whisperDims),
      weightFiles: source.weightFiles,
      weights: async () => ({ unet, vae, whisper, whisperIdentity: await fileIdentity(source.weightFiles.whisper) }),
    });
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}
