// Opens a lip-sync model from files: the official downloads as they are, or the model that comes with the package.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { modernAttentionKey, renameKeys, selectPrefix } from '../checkpoint/checkpoint-views.ts';
import { parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { weightsIdentity } from './hub/feature-cache-node.ts';
import type { ModelFiles } from './hub/model-files.ts';
import { officialSchedulerConfig } from './hub/official-configs.ts';
import { resolveModel, type ResolveOptions } from './hub/resolve-model-node.ts';
import { assembleModel, type LipsyncModel, type LipsyncModelDefaults } from './lipsync-model.ts';

const embeddedDirectory = new URL('../../models/', import.meta.url);

/** Start of the names that the weights of an untrained model are made from. */
const SEED_PREFIX = 'latentsync.tiny.';

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
  const vaeConfig = parseText(await readFile(files.vaeConfig, 'utf8'), files.vaeConfig);
  const whisper = await openCheckpointFile(files.whisper);
  try {
    return await assembleModel({
      name: files.name,
      defaults: parseDefaults(config, files.config.source),
      schedulerConfig: parseText(files.schedulerConfig.text, files.schedulerConfig.source),
      unetConfig: parseUNet3DConfig(config.model),
      vaeConfig: parseAutoencoderKLConfig(vaeConfig),
      whisperConfig: parseWhisperDims(whisper.metadata.dims),
      weights: async () => ({
        unet: await openCheckpointFile(files.unet),
        vae: renameKeys(await openCheckpointFile(files.vae), modernAttentionKey),
        whisper: selectPrefix(whisper, 'encoder.'),
        whisperIdentity: await weightsIdentity(files.whisper),
      }),
      trained: true,
    });
  } catch (error) {
    await whisper[Symbol.asyncDispose]();
    throw error;
  }
}

async function openEmbedded(name: string): Promise<LipsyncModel> {
  const directory = new URL(`${name}/`, embeddedDirectory);
  const path = (file: string): string => fileURLToPath(new URL(file, directory));
  const config = parseText(await readFile(path('config.yaml'), 'utf8'), path('config.yaml'));
  const trained = existsSync(path('unet.safetensors'));
  return assembleModel({
    name,
    defaults: parseDefaults(config, path('config.yaml')),
    schedulerConfig: officialSchedulerConfig,
    unetConfig: parseUNet3DConfig(config.model),
    vaeConfig: parseAutoencoderKLConfig(config.vae),
    whisperConfig: parseWhisperDims(config.audio_encoder),
    weights: async ({ unet, vae, whisper }) =>
      trained
        ? {
            unet: await openCheckpointFile(path('unet.safetensors')),
            vae: await openCheckpointFile(path('vae.safetensors')),
            whisper: await openCheckpointFile(path('whisper.safetensors')),
            whisperIdentity: await weightsIdentity(path('whisper.safetensors')),
          }
        : {
            unet: hashedCheckpoint(unet, `${SEED_PREFIX}unet.`),
            vae: hashedCheckpoint(vae, `${SEED_PREFIX}vae.`),
            whisper: hashedCheckpoint(whisper, `${SEED_PREFIX}whisper.`),
            whisperIdentity: SEED_PREFIX,
          },
    trained,
  });
}

/** Parses YAML, of which JSON is a part. */
function parseText(text: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new LatentSyncError('config-invalid', `${source} is not YAML: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LatentSyncError('config-invalid', `${source} must hold a mapping of options.`);
  }
  return value as Record<string, unknown>;
}

function parseDefaults(config: Record<string, unknown>, source: string): LipsyncModelDefaults {
  const section = (name: string): Record<string, unknown> => (config[name] ?? {}) as Record<string, unknown>;
  const number = (sectionName: string, key: string, fallback: number): number => {
    const value = section(sectionName)[key] ?? fallback;
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new LatentSyncError(
        'config-invalid',
        `"${sectionName}.${key}" of ${source} must be a number of at least 0 (got ${JSON.stringify(value)}).`,
      );
    }
    return value;
  };
  const audioFeatLength = section('data').audio_feat_length ?? [2, 2];
  if (!Array.isArray(audioFeatLength) || audioFeatLength.length !== 2 || !audioFeatLength.every(Number.isInteger)) {
    throw new LatentSyncError('config-invalid', `"data.audio_feat_length" of ${source} must be two whole numbers.`);
  }
  return {
    resolution: number('data', 'resolution', 256),
    numFrames: number('data', 'num_frames', 16),
    videoFps: number('data', 'video_fps', 25),
    audioFeatLength: audioFeatLength as [number, number],
    numInferenceSteps: number('run', 'inference_steps', 20),
    guidanceScale: number('run', 'guidance_scale', 1.5),
    seed: number('run', 'seed', 1247),
  };
}
