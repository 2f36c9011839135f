// ModelSource: a model as its files give it, with the configurations as written and the weights under the networks' own names.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { modernAttentionKey, renameKeys, selectPrefix } from '../checkpoint/checkpoint-views.ts';
import { readTextFile } from '../hub/files-node.ts';
import type { ModelFiles } from '../hub/model-files.ts';
import { trainedLayout } from '../hub/model-registry.ts';
import { resolveModel, type ResolveOptions } from '../hub/resolve-model-node.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printableLines } from '../util/printable.ts';
import { wording } from '../util/wording.ts';
import type { WeightFiles } from './lipsync-model.ts';

const CONFIG_REMEDY = 'Use the configuration file that belongs to the model.';

const embeddedDirectory = new URL('../../models/', import.meta.url);

/** A model's configurations and weights. Disposing it closes its files. */
export interface ModelSource extends AsyncDisposable {
  /** Whether its files are laid out as the official ones are, rather than as those of models that were trained here. */
  readonly isOfficial: boolean;
  /** As the user named it. */
  readonly name: string;
  /** Content of `config.yaml`; `data`, `run` and `model` are its sections. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The path of that file, or what it stands for, for messages. */
  readonly configSource: string;
  /** Content of `scheduler_config.json`. */
  readonly schedulerConfig: unknown;
  /** Content of the autoencoder's `config.json`. */
  readonly vaeConfig: unknown;
  /** The `dims` of the Whisper encoder. */
  readonly whisperDims: unknown;
  readonly unet: Checkpoint;
  readonly vae: Checkpoint;
  readonly whisper: Checkpoint;
  /** The files of the weights. */
  readonly weightFiles: Required<WeightFiles>;
}

/**
 * Opens the files of a model, given by name or by its folder; nothing is checked but that they can be read.
 *
 * @throws LatentSyncError as `resolveModel` and `openCheckpointFile` do, and `config-invalid`.
 */
export async function openModelSource(nameOrDirectory: string, options: ResolveOptions = {}): Promise<ModelSource> {
  const found = await resolveModel(nameOrDirectory, options);
  switch (found.kind) {
    case 'files':
      return openOfficial(found);
    case 'trained':
      return openTrained(found.name, found.directory);
    case 'embedded':
      return openTrained(found.name, fileURLToPath(new URL(found.name, embeddedDirectory)));
  }
}

async function openOfficial(files: ModelFiles): Promise<ModelSource> {
  const config = parseText(files.config.text, files.config.source);
  const schedulerConfig = parseText(files.schedulerConfig.text, files.schedulerConfig.source);
  const vaeConfig = parseText(await readTextFile(files.vaeConfig), files.vaeConfig);
  const weightFiles = { unet: [files.unet], vae: [files.vae], whisper: [files.whisper] };
  const [unet, vae, whisper] = await openCheckpointFiles(Object.values(weightFiles).flat());
  return {
    isOfficial: true,
    name: files.name,
    config,
    configSource: files.config.source,
    schedulerConfig,
    vaeConfig,
    whisperDims: whisper.metadata.dims,
    unet,
    vae: renameKeys(vae, modernAttentionKey),
    whisper: selectPrefix(whisper, 'encoder.'),
    weightFiles,
    [Symbol.asyncDispose]: () => closeAll([unet, vae, whisper]),
  };
}

async function openTrained(name: string, directory: string): Promise<ModelSource> {
  const configSource = join(directory, trainedLayout.config);
  const config = parseText(await readTextFile(configSource), configSource);
  const weightFiles = {
    unet: [join(directory, trainedLayout.unet)],
    vae: [join(directory, trainedLayout.vae)],
    whisper: [join(directory, trainedLayout.whisper)],
  };
  const [unet, vae, whisper] = await openCheckpointFiles(Object.values(weightFiles).flat());
  return {
    isOfficial: false,
    name,
    config,
    configSource,
    schedulerConfig: config.scheduler,
    vaeConfig: config.vae,
    whisperDims: config.audio_encoder,
    unet,
    vae,
    whisper,
    weightFiles,
    [Symbol.asyncDispose]: () => closeAll([unet, vae, whisper]),
  };
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
