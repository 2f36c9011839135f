// Opens a lip-sync model from files: the official downloads as they are, or the model that comes with the package.
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { modernAttentionKey, renameKeys, selectPrefix } from '../checkpoint/checkpoint-views.ts';
import { parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { weightsIdentity } from '../hub/feature-cache-node.ts';
import { readTextFile } from '../hub/files-node.ts';
import type { ModelFiles } from '../hub/model-files.ts';
import { resolveModel, type ResolveOptions } from '../hub/resolve-model-node.ts';
import { printableLines } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import { assembleModel, type LipsyncModel } from './lipsync-model.ts';
import { parseLipsyncModelDefaults } from './lipsync-model-defaults.ts';

const CONFIG_REMEDY = 'Use the configuration file that belongs to the model.';

const embeddedDirectory = new URL('../../models/', import.meta.url);

/**
 * Opens a model by name (`tiny`, `1.5`, `1.6`) or by the folder that holds the official files.
 *
 * @throws LatentSyncError as `resolveModel` and `assembleModel` do.
 *
 * @example
 * await using model = await openLipsyncModel('tiny');
 */
export async function openLipsyncModel(nameOrDirectory: string, options: ResolveOptions = {}): Promise<LipsyncModel> {
  const files = await resolveModel(nameOrDirectory, options);
  return files.kind === 'embedded' ? openEmbedded(files.name) : openFiles(files);
}

async function openFiles(files: ModelFiles): Promise<LipsyncModel> {
  const config = parseText(files.config.text, files.config.source);
  const vaeConfig = parseText(await readTextFile(files.vaeConfig), files.vaeConfig);
  const [unet, vae, whisper] = await openCheckpointFiles([files.unet, files.vae, files.whisper]);
  try {
    return await assembleModel({
      name: files.name,
      defaults: parseLipsyncModelDefaults(config, files.config.source),
      schedulerConfig: parseText(files.schedulerConfig.text, files.schedulerConfig.source),
      unetConfig: parseUNet3DConfig(config.model),
      vaeConfig: parseAutoencoderKLConfig(vaeConfig),
      whisperConfig: parseWhisperDims(whisper.metadata.dims),
      weights: async () => ({
        unet,
        vae: renameKeys(vae, modernAttentionKey),
        whisper: selectPrefix(whisper, 'encoder.'),
        whisperIdentity: await weightsIdentity(files.whisper),
      }),
    });
  } catch (error) {
    await closeAll([unet, vae, whisper]);
    throw error;
  }
}

/** Opens checkpoints; when one cannot be opened, none stays open. */
async function openCheckpointFiles(paths: readonly string[]): Promise<Checkpoint[]> {
  const checkpoints: Checkpoint[] = [];
  try {
    for (const path of paths) checkpoints.push(await openCheckpointFile(path));
    return checkpoints;
  } catch (error) {
    await closeAll(checkpoints);
    throw error;
  }
}

async function closeAll(checkpoints: readonly Checkpoint[]): Promise<void> {
  for (const checkpoint of checkpoints) await checkpoint[Symbol.asyncDispose]();
}

async function openEmbedded(name: string): Promise<LipsyncModel> {
  const directory = new URL(`${name}/`, embeddedDirectory);
  const path = (file: string): string => fileURLToPath(new URL(file, directory));
  const config = parseText(await readTextFile(path('config.yaml')), path('config.yaml'));
  return assembleModel({
    name,
    defaults: parseLipsyncModelDefaults(config, path('config.yaml')),
    schedulerConfig: config.scheduler,
    unetConfig: parseUNet3DConfig(config.model),
    vaeConfig: parseAutoencoderKLConfig(config.vae),
    whisperConfig: parseWhisperDims(config.audio_encoder),
    weights: async () => {
      const files = ['unet.safetensors', 'vae.safetensors', 'whisper.safetensors'].map(path);
      const [unet, vae, whisper] = await openCheckpointFiles(files);
      return { unet, vae, whisper, whisperIdentity: await weightsIdentity(files[2]) };
    },
  });
}

/** Parses YAML, of which JSON is a part. */
function parseText(text: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const reason = printableLines(messageOf(error));
    throw new LatentSyncError('config-invalid', wording`${source} is not valid YAML: ${[reason]}`, {
      remedy: CONFIG_REMEDY,
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LatentSyncError('config-invalid', wording`${source} must contain a mapping, with names and values.`, {
      remedy: CONFIG_REMEDY,
    });
  }
  return value as Record<string, unknown>;
}
