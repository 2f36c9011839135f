// From what the user names (a known model or a folder of official files) to the files of a model, all of which must exist.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printable, printableLines } from '../util/printable.ts';
import { action, joinWording, option, wording } from '../util/wording.ts';
import { cacheDirectory } from './cache-directory-node.ts';
import { fileSize, readTextFile } from './files-node.ts';
import { formatBytes } from './format-bytes.ts';
import type { ConfigurationText, ModelFiles, ResolvedModel, TrainedModelFolder } from './model-files.ts';
import { knownModels, modelLayout, modelUnknownError, totalSize, trainedLayout } from './model-registry.ts';
import type { DownloadableModel } from './model-registry.ts';
import { modelFileStates } from './model-state-node.ts';
import { officialSchedulerConfig } from './official-configs.ts';
import { modelDirectory } from './cache-directory-node.ts';

/** How a model is looked up. */
export interface ResolveOptions {
  /** Cache directory; default {@link cacheDirectory}. */
  cache?: string;
  /**
   * For a folder without `config.yaml`: the release whose configuration fits. Only needed when the UNet is not one of the
   * official files, which are distinguished by their lengths.
   */
  configOf?: '1.5' | '1.6';
}

/**
 * Returns the files of a model.
 *
 * @param nameOrDirectory A known name, or a folder laid out as the official downloads are: `latentsync_unet.pt`,
 *   `whisper/tiny.pt`, `sd-vae-ft-mse/config.json` and `…/diffusion_pytorch_model.safetensors`; `config.yaml` and
 *   `scheduler_config.json` may be missing, in which case the official ones apply. Or a folder laid out as that of the embedded
 *   model: `config.yaml`, `unet.safetensors`, `vae.safetensors`, `whisper.safetensors`. A folder named like a model is given as `./1.6`.
 * @throws LatentSyncError with code `model-not-downloaded` for a known model that is not completely in the cache,
 *   `file-not-found` naming all files missing from a folder, `config-invalid` when the configuration is unknown,
 *   `model-unknown` for anything else.
 */
export async function resolveModel(nameOrDirectory: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const known = knownModels.find(({ name }) => name === nameOrDirectory);
  if (known?.kind === 'embedded') return { kind: 'embedded', name: known.name };
  if (known) return cachedModel(known, options.cache ?? cacheDirectory());
  const stats = await stat(nameOrDirectory).catch(() => undefined);
  if (stats?.isDirectory() === true) {
    return (await trainedModelIn(nameOrDirectory)) ?? modelInDirectory(nameOrDirectory, options.configOf);
  }
  if (stats) {
    throw new LatentSyncError(
      'input-invalid',
      wording`${nameOrDirectory} is a file, but a model is a name or a folder.`,
      { remedy: `Choose the folder that contains ${modelLayout.unet}, ${modelLayout.whisperTiny} and sd-vae-ft-mse.` },
    );
  }
  throw modelUnknownError(nameOrDirectory);
}

async function cachedModel(model: DownloadableModel, cache: string): Promise<ModelFiles> {
  const states = await modelFileStates(model, ['inference'], cache);
  const lacking = states.filter(({ state }) => state !== 'complete');
  if (lacking.length > 0) {
    const present = states.reduce((bytes, state) => bytes + state.bytes, 0);
    const total = formatBytes(totalSize(states.map(({ file }) => file)));
    throw new LatentSyncError(
      'model-not-downloaded',
      wording`Model ${model.name} is not downloaded: ${formatBytes(present)} of ${total} is in ${modelDirectory(model.name, cache)}.`,
      {
        remedy: joinWording(
          wording`Run ${action('pullModel', { model: model.name })}, or put the missing files there:`,
          lacking
            .map(({ path, file }) => `\n  ${printable(path)}${file.size ? ` (${formatBytes(file.size)})` : ''}`)
            .join(''),
        ),
      },
    );
  }
  const directory = modelDirectory(model.name, cache);
  return filesIn(directory, model.name, modelLayout.whisperTiny, await configText(directory, model));
}

/** Returns the folder as one of a model that was trained here, if its UNet lies there. */
async function trainedModelIn(directory: string): Promise<TrainedModelFolder | undefined> {
  if ((await fileSize(join(directory, trainedLayout.unet))) === undefined) return undefined;
  const needed = Object.values(trainedLayout);
  const sizes = await Promise.all(needed.map((path) => fileSize(join(directory, path))));
  const missing = needed.filter((_, index) => sizes[index] === undefined);
  if (missing.length === 0) return { kind: 'trained', name: directory, directory: resolve(directory) };
  throw new LatentSyncError(
    'file-not-found',
    wording`The model folder ${directory} has ${trainedLayout.unet}, but not ${missing.join(', ')}.`,
    { remedy: 'Put together the files of one model: a training plan makes all of them.' },
  );
}

async function modelInDirectory(directory: string, configOf: string | undefined): Promise<ModelFiles> {
  const unetSize = await fileSize(join(directory, modelLayout.unet));
  const config = await configText(directory, releaseFor(unetSize, configOf));
  const whisper = config && attentionWidth(config) === 768 ? modelLayout.whisperSmall : modelLayout.whisperTiny;
  const needed = [modelLayout.unet, whisper, modelLayout.vae, modelLayout.vaeConfig];
  const sizes = await Promise.all(needed.map((path) => fileSize(join(directory, path))));
  const missing = needed.filter((_, index) => sizes[index] === undefined);
  if (missing.length > 0) {
    throw new LatentSyncError(
      'file-not-found',
      joinWording(
        wording`The model folder ${directory} lacks ${missing.length} of its ${needed.length} files:`,
        missing.map((path) => `\n  ${printable(join(resolve(directory), path))}`).join(''),
      ),
      {
        remedy: wording`Put the official files there unchanged, or run ${action('pullModel', { model: '1.6' })} and use ${option('model', '1.6')}.`,
      },
    );
  }
  if (!config) {
    throw new LatentSyncError(
      'config-invalid',
      wording`The model folder ${directory} has no ${modelLayout.config}, and its ${modelLayout.unet} of ${unetSize ?? 0} bytes is not an official file, whose configuration would be known.`,
      { remedy: `Put the configuration that it was trained with there, as ${modelLayout.config}.` },
    );
  }
  return filesIn(directory, directory, whisper, config);
}

/** Returns the release that a UNet belongs to: the two official files differ in length. */
function releaseFor(unetSize: number | undefined, name: string | undefined): DownloadableModel | undefined {
  return knownModels.find((model): model is DownloadableModel => {
    if (model.kind !== 'downloadable') return false;
    if (name !== undefined) return model.name === name;
    return model.files.some(({ path, size }) => path === modelLayout.unet && size === unetSize);
  });
}

async function configText(directory: string, release: DownloadableModel): Promise<ConfigurationText>;
async function configText(directory: string, release?: DownloadableModel): Promise<ConfigurationText | undefined>;
async function configText(directory: string, release?: DownloadableModel): Promise<ConfigurationText | undefined> {
  const source = join(directory, modelLayout.config);
  if ((await fileSize(source)) !== undefined) return { source, text: await readTextFile(source) };
  return release && { source: `the configuration of LatentSync ${release.name}`, text: stringify(release.config) };
}

/** Returns `model.cross_attention_dim`, which decides the Whisper encoder; undefined when the file does not say. */
function attentionWidth({ source, text }: ConfigurationText): unknown {
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    throw new LatentSyncError(
      'config-invalid',
      wording`${source} is not valid YAML: ${[printableLines(messageOf(error))]}`,
      { remedy: 'Use the configuration file that belongs to the model.', cause: error },
    );
  }
  const field = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;
  return field(field(config, 'model'), 'cross_attention_dim');
}

async function filesIn(
  directory: string,
  name: string,
  whisper: string,
  config: ConfigurationText,
): Promise<ModelFiles> {
  const scheduler = join(directory, modelLayout.schedulerConfig);
  const hasScheduler = (await fileSize(scheduler)) !== undefined;
  return {
    kind: 'files',
    name,
    directory: resolve(directory),
    config,
    schedulerConfig: hasScheduler
      ? { source: scheduler, text: await readTextFile(scheduler) }
      : { source: 'the official noise schedule', text: JSON.stringify(officialSchedulerConfig) },
    unet: resolve(directory, modelLayout.unet),
    whisper: resolve(directory, whisper),
    vae: resolve(directory, modelLayout.vae),
    vaeConfig: resolve(directory, modelLayout.vaeConfig),
  };
}
