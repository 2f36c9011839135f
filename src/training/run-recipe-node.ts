// Runs a recipe: its configuration file, its clips, and the training loop.
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { chunkRows } from '../audio/feature-windows.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { StableSyncNet } from '../models/stable-syncnet.ts';
import { parseStableSyncNetConfig, type StableSyncNetConfig } from '../models/stable-syncnet-config.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { embeddingLayers, parseWhisperDims } from '../models/whisper-encoder.ts';
import type { Module } from '../nn/module.ts';
import { checkWeights } from '../nn/weights.ts';
import { officialSchedulerConfig } from '../hub/official-configs.ts';
import { parseLipsyncModelDefaults } from '../pipelines/lipsync-model-defaults.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../schedulers/scheduler-config.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { action, option, wording } from '../util/wording.ts';
import { ClipSet } from './data/clip-set-node.ts';
import { prepareSpeech } from './data/speech-set-node.ts';
import { prepareClips, type PreparedClip } from './data/prepared-clips-node.ts';
import { audioRecipeSettings, audioTask } from './recipes/audio.ts';
import { PixelSupervision, type TrainedNetwork } from './recipes/pixel-supervision.ts';
import { syncNetRecipeSettings, syncNetTask } from './recipes/syncnet.ts';
import { unetRecipeSettings, unetTask } from './recipes/unet.ts';
import { vaeRecipeSettings, vaeTask } from './recipes/vae.ts';
import { train, type TrainingResult, type TrainOptions } from './train-node.ts';
import { TrainingConfig, trainingSettings, type ConfigSection } from './training-config.ts';
import { recipeOptions, validationOptions } from './training-options.ts';
import type { TrainingTask } from './training-task.ts';
import { Validation } from './validation-node.ts';
import { requestedVoice } from './voices/speech-request.ts';

/** What can be trained. */
export type RecipeName = 'vae' | 'audio' | 'unet' | 'syncnet';

/** The names of what can be trained. */
export const recipeNames: readonly RecipeName[] = ['vae', 'audio', 'unet', 'syncnet'];

/** Options of {@link runRecipe}. */
export interface RecipeOptions extends Omit<TrainOptions, 'settings' | 'validation'> {
  /** Configuration file, as those in `models/tiny/training` are. */
  recipe: string;
  /** Folder of the training clips; for the audio encoder, of its pieces of speech, by default next to its state. */
  data?: string;
  /**
   * Of a UNet: every so many steps, 1 to 1000000, and at the end, a video is drawn with the weights so far, and judged; videos, figures and a chart
   * are in the folder `validation` of the run. By default there is none.
   */
  validate?: number;
  /** The video that is drawn. Default: the sample clip. */
  validateVideo?: string;
  /** The speech that it is drawn with. Default: the sample speech. */
  validateAudio?: string;
}

/** The model's own configuration file, in parts. */
interface ModelConfig {
  resolution: number;
  audioFeatLength: readonly [number, number];
  vae: unknown;
  audioEncoder: unknown;
  unet: Record<string, unknown>;
  schedulerConfig: SchedulerConfig;
}

/**
 * Trains one of the networks as a configuration file says.
 *
 * @throws LatentSyncError `file-not-found`, `config-invalid`, `training-diverged`, `aborted`.
 */
export async function runRecipe(name: RecipeName, options: RecipeOptions): Promise<TrainingResult> {
  checkOptions({ ...recipeOptions, ...validationOptions }, options);
  checkValidation(name, options);
  const config = TrainingConfig.parse(await readText(options.recipe), options.recipe);
  const settings = trainingSettings(config);
  const model = await readModelConfig(options.recipe, config);
  const [data, run] = [config.section('data'), config.section('run')];
  const trainTask = (task: TrainingTask): Promise<TrainingResult> => train(task, { ...options, settings });
  if (name === 'audio') {
    const recipe = audioRecipeSettings(data, run);
    const resumed = config.section('ckpt').text('resume_ckpt_path');
    config.checkAllRead();
    const speech = await prepareSpeech({
      folder: options.data ?? join(options.output, 'speech'),
      count: recipe.pieces,
      firstSeed: 0,
      sources: recipe.speech,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    await using checkpoint = await openBesideRun(options.output, resumed);
    return await trainTask(audioTask({ config: parseWhisperDims(model.audioEncoder), speech, checkpoint }, recipe));
  }
  if (options.data === undefined) throw new OptionError('data', `be given to train the ${name}`);
  const limit = data.count('clips');
  await using clips = await ClipSet.open(options.data, { resolution: model.resolution, limit });
  refuseReportVoices(clips);
  if (name === 'syncnet') {
    const recipe = syncNetRecipeSettings(data, run);
    const syncConfig = parseStableSyncNetConfig(config.section('model').all());
    config.checkAllRead();
    return await trainTask(syncNetTask(syncConfig, clips, recipe));
  }
  const vaeConfig = parseAutoencoderKLConfig(model.vae);
  if (name === 'vae') {
    const recipe = vaeRecipeSettings(data, run);
    const resumed = config.section('ckpt').text('resume_ckpt_path');
    config.checkAllRead();
    await using checkpoint = await openBesideRun(options.output, resumed);
    return await trainTask(vaeTask({ config: vaeConfig, clips, checkpoint }, recipe));
  }
  const recipe = unetRecipeSettings(data, run);
  const ckpt = config.section('ckpt');
  const fileNamed = (key: string): string => {
    const file = ckpt.text(key);
    if (file !== undefined) return besideRun(options.output, file);
    throw new LatentSyncError(
      'config-invalid',
      wording`"ckpt.${key}" in ${options.recipe} must be the name of a weights file.`,
    );
  };
  const whisperConfig = parseWhisperDims(model.audioEncoder);
  const networks = { vaeConfig, whisperConfig, vae: fileNamed('vae_path'), whisper: fileNamed('whisper_path') };
  const resumed = ckpt.text('resume_ckpt_path');
  const syncnetFile = recipe.syncLossWeight > 0 ? fileNamed('syncnet_path') : undefined;
  const syncnetConfig =
    syncnetFile === undefined ? undefined : await readJudgeConfig(options.recipe, ckpt.text('syncnet_config'));
  const unetConfig = parseUNet3DConfig({ ...model.unet, ...replacements(config.section('model'), model.unet) });
  config.checkAllRead();
  let prepared: PreparedClip[];
  {
    await using runtime = createRuntime({ threads: options.threads });
    prepared = await prepareClips(clips, {
      ...networks,
      folder: besideRun(options.output, 'prepared'),
      resolution: model.resolution,
      audioFeatLength: model.audioFeatLength,
      soundTakes: recipe.soundTakes,
      runtime,
      signal: options.signal,
      onProgress: options.onProgress,
    });
  }
  await using checkpoint = await openBesideRun(options.output, resumed);
  await using vaeWeights = await openCheckpointFile(networks.vae);
  await using syncnetWeights = syncnetFile === undefined ? undefined : await openCheckpointFile(syncnetFile);
  const supervision = recipe.pixelSpaceSupervise
    ? new PixelSupervision({
        vae: trainedNetwork(new AutoencoderKL(vaeConfig), vaeWeights),
        syncnet: syncnetWeights && syncnetConfig && trainedNetwork(new StableSyncNet(syncnetConfig), syncnetWeights),
        reconWeight: recipe.reconLossWeight,
        syncWeight: recipe.syncLossWeight,
        scalingFactor: vaeConfig.scalingFactor,
        resolution: model.resolution,
        batchSize: recipe.batchSize,
        numFrames: recipe.numFrames,
        frameRate: clips.clips[0].frameRate,
      })
    : undefined;
  const { audioFeatLength } = model;
  const inputs = {
    supervision,
    config: unetConfig,
    schedulerConfig: model.schedulerConfig,
    resolution: model.resolution,
    latentChannels: vaeConfig.latentChannels,
    scalingFactor: vaeConfig.scalingFactor,
    tokens: chunkRows(audioFeatLength) * embeddingLayers(whisperConfig),
    clips: prepared,
    checkpoint,
  };
  const validation = await validationOf(options, networks);
  return await train(unetTask(inputs, recipe), { ...options, settings, validation });
}

/** Checks that what is said of the validation has an effect. */
function checkValidation(name: RecipeName, { validate, ...options }: RecipeOptions): void {
  if (validate !== undefined && name !== 'unet') {
    throw new OptionError('validate', `be left out: the ${name} draws no videos by itself`, validate);
  }
  for (const more of ['validateVideo', 'validateAudio'] as const) {
    if (validate !== undefined || options[more] === undefined) continue;
    throw new OptionError(more, wording`be left out without ${option('validate')}`, options[more]);
  }
}

async function validationOf(
  { validate, validateVideo, validateAudio, recipe, output, threads, signal }: RecipeOptions,
  { vae, whisper }: { vae: string; whisper: string },
): Promise<TrainOptions['validation']> {
  if (validate === undefined) return undefined;
  const [video, audio] = [validateVideo, validateAudio];
  const config = await trainedModelConfig(recipe);
  const folder = join(output, 'validation');
  const validation = await Validation.prepare({ folder, config, vae, whisper, video, audio, threads, signal });
  return { steps: validate, run: (step, writeWeights) => validation.run(step, writeWeights) };
}

/** Throws when a clip was spoken by a voice that training must never hear, so that reports are about unknown voices. */
function refuseReportVoices({ clips, paths }: ClipSet): void {
  clips.forEach(({ origin }, index) => {
    const voice = typeof origin.speech === 'string' ? requestedVoice(origin.speech) : undefined;
    if (voice?.use !== 'report') return;
    throw new LatentSyncError(
      'input-invalid',
      wording`${paths[index]} is spoken by ${voice.name}, a voice that only reports may hear.`,
      { remedy: wording`Train on clips made by ${action('generateClips')}, which are not held out.` },
    );
  });
}

/** Returns the fields of a recipe's `model` section that replace those of the model's own. */
function replacements(section: ConfigSection, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.entries(section.all()).filter(([key]) => key !== 'config');
  for (const [key] of fields)
    if (!(key in own))
      section.refuse(key, "left out: the model section of the model's own configuration has no such field");
  return Object.fromEntries(fields);
}

/**
 * Returns the text of the configuration of the model that a recipe trains: the one that the recipe names, with the fields that the
 * recipe replaces.
 *
 * @throws LatentSyncError `file-not-found` or `config-invalid`.
 */
export async function trainedModelConfig(recipe: string): Promise<string> {
  const config = TrainingConfig.parse(await readText(recipe), recipe);
  const path = modelConfigPath(recipe, config);
  const text = await readText(path);
  const own = TrainingConfig.parse(text, path).section('model').all();
  const replaced = replacements(config.section('model'), own);
  // As it is, with its comments, where nothing is replaced.
  if (Object.keys(replaced).length === 0) return text;
  return stringify({ ...(parse(text) as object), model: { ...own, ...replaced } });
}

/** Returns the side of the faces that a recipe's model takes, pixels. @throws LatentSyncError `file-not-found` or `config-invalid`. */
export async function trainedResolution(recipe: string): Promise<number> {
  const { resolution } = await readModelConfig(recipe, TrainingConfig.parse(await readText(recipe), recipe));
  return resolution;
}

/** Returns a network with weights that fit it. */
function trainedNetwork<M extends Module>(network: M, weights: Checkpoint): TrainedNetwork<M> {
  checkWeights(network, weights);
  return { network, weights };
}

async function readJudgeConfig(recipe: string, name: string | undefined): Promise<StableSyncNetConfig> {
  if (name === undefined) {
    throw new LatentSyncError(
      'config-invalid',
      wording`"ckpt.syncnet_config" in ${recipe} must be the name of the StableSyncNet's recipe.`,
    );
  }
  return readSyncNetConfig(resolve(dirname(recipe), name));
}

/** Reads which network the recipe of a StableSyncNet trains. @throws LatentSyncError `file-not-found` or `config-invalid`. */
export async function readSyncNetConfig(path: string): Promise<StableSyncNetConfig> {
  return parseStableSyncNetConfig(
    TrainingConfig.parse(await readText(path), path)
      .section('model')
      .all(),
  );
}

/** Returns the path of a file that a configuration names, relative to the folder that contains the run's folder. */
function besideRun(output: string, name: string): string {
  return resolve(dirname(resolve(output)), name);
}

/** Opens a checkpoint that a configuration names; undefined when it names none. */
async function openBesideRun(output: string, name: string | undefined): Promise<Checkpoint | undefined> {
  return name === undefined ? undefined : await openCheckpointFile(besideRun(output, name));
}

/** Reads a configuration file. @throws LatentSyncError `file-not-found`. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path, { what: 'The training configuration' });
  }
}

/** Returns the path of the model's own configuration, which `model.config` names relative to the recipe. */
function modelConfigPath(recipe: string, config: TrainingConfig): string {
  const name = config.section('model').text('config');
  if (name !== undefined) return resolve(dirname(recipe), name);
  throw new LatentSyncError(
    'config-invalid',
    wording`"model.config" in ${recipe} must be the name of the model's config.yaml.`,
  );
}

/** Reads the model's own configuration. */
async function readModelConfig(path: string, config: TrainingConfig): Promise<ModelConfig> {
  const modelPath = modelConfigPath(path, config);
  const model = TrainingConfig.parse(await readText(modelPath), modelPath);
  const { resolution, audioFeatLength } = parseLipsyncModelDefaults({ data: model.section('data').all() }, modelPath);
  return {
    resolution,
    audioFeatLength,
    vae: model.section('vae').all(),
    audioEncoder: model.section('audio_encoder').all(),
    unet: model.section('model').all(),
    schedulerConfig: parseSchedulerConfig({ ...officialSchedulerConfig, ...model.section('scheduler').all() }),
  };
}
