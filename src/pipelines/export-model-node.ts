// exportModel: a model in the layout and formats of the official downloads, so that the official code opens what was trained here.
import { lstat, readdir, rename } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { writeSafetensorsFile, writeTorchZipFile } from '../checkpoint/checkpoint-file-node.ts';
import { writeWholeFile } from '../util/whole-file-node.ts';
import { byteLengthOf } from '../checkpoint/stored-tensor.ts';
import type { TensorSource } from '../checkpoint/tensor-source.ts';
import { makeDirectory } from '../hub/files-node.ts';
import { modelLayout } from '../hub/model-registry.ts';
import { officialSchedulerConfig } from '../hub/official-configs.ts';
import { checkDisk } from '../hub/resources-node.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { Tensor, type DType } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, systemErrorCode } from '../util/file-errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { syncFolder } from '../util/sync-folder-node.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { wording } from '../util/wording.ts';
import { exportModelOptions } from './export-model-options.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { openModelSource, type ModelSource } from './model-source-node.ts';

/** What to export, and where to. */
export interface ExportModelOptions {
  /** `tiny`, `1.5`, `1.6`, or the folder of a model. */
  model: string;
  /** New or empty folder for the whole model, or a new file named .pt for the UNet alone. */
  output: string;
  signal?: AbortSignal;
  /** Stage `write`, in bytes of tensors. */
  onProgress?: OnProgress;
}

/** What was written. */
export interface ExportedModel {
  output: string;
  /** Paths of the files in the folder, or of the single file. */
  files: readonly string[];
}

/** One file of tensors: its path in the folder, its tensors, and how they are written. */
interface WeightsFile {
  readonly path: string;
  readonly source: TensorSource;
  write(target: string, options: { signal?: AbortSignal; onProgress?: OnProgress }): Promise<void>;
}

/**
 * Writes a model as the official files are: `latentsync_unet.pt`, `whisper/tiny.pt` (or `small.pt`), the folder `sd-vae-ft-mse`,
 * `config.yaml` and `scheduler_config.json`. Weights keep their types. LatentSync uses only
 * Whisper's encoder, so the decoder is written without layers. Nothing appears before everything is complete.
 *
 * @throws OptionError for a wrong option.
 * @throws LatentSyncError when the model cannot be opened, `output-not-writable` when the output already exists,
 * `insufficient-disk`, or `aborted`.
 * @example
 * await exportModel({ model: 'runs/mine/weights', output: 'official/mine' });
 */
export async function exportModel(options: ExportModelOptions): Promise<ExportedModel> {
  checkOptions(exportModelOptions, options);
  const { model, output } = options;
  const isFile = extname(output).toLowerCase() === '.pt';
  const exists = await checkFree(output, isFile);
  // Mismatches are found before anything is written.
  await (await openLipsyncModel(model))[Symbol.asyncDispose]();
  await using source = await openModelSource(model);
  const weights = isFile ? [unetFile(source)] : [unetFile(source), whisperFile(source), vaeFile(source)];
  const total = weights.reduce((sum, file) => sum + bytesOf(file.source), 0);
  await checkDisk(total, output, 'The exported model');
  const progress = new ProgressReporter('write', total, options.onProgress);
  let before = 0;
  const write = async (file: WeightsFile, target: string): Promise<void> => {
    await file.write(target, {
      signal: options.signal,
      onProgress: ({ done }) => {
        progress.report(before + done);
      },
    });
    before += bytesOf(file.source);
  };
  if (isFile) {
    await write(weights[0], output);
    return { output, files: [output] };
  }
  // An existing folder stays what it is, be it behind a link, the current one, or a mount point: files are moved into it.
  const parent = exists ? output : dirname(resolve(output));
  await makeDirectory(parent, { remedy: 'Choose another location for the model.' });
  await using temporary = await TemporaryFolder.create('.latentsync-export-', parent);
  // Temporary folders are closed to others; one inside has the usual permissions.
  const folder = join(temporary.path, 'model');
  const texts = configurationFiles(source);
  for (const path of new Set([...texts.keys(), ...weights.map((file) => file.path)].map(dirname))) {
    await makeDirectory(join(folder, path), { remedy: 'Choose another location for the model.' });
  }
  for (const file of weights) await write(file, join(folder, file.path));
  for (const [path, text] of texts) await writeWholeFile(join(folder, path), text);
  throwIfAborted(options.signal);
  if (exists) await moveFilesInto(folder, output, temporary.path);
  else await moveFolder(folder, output);
  return { output, files: [...weights.map(({ path }) => path), ...texts.keys()] };
}

/**
 * Fails unless there is nothing at a path, or an empty folder where a folder is wanted.
 *
 * @returns Whether there is an empty folder.
 */
async function checkFree(output: string, isFile: boolean): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(output);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOTDIR' && code !== 'ENOENT') throw fileError(error, output, { doing: 'write' });
    if (code === 'ENOENT' && !(await isLink(output))) return false;
    throw new LatentSyncError('output-not-writable', wording`${output} already exists.`, {
      remedy: 'Delete it first, or choose another name.',
    });
  }
  if (!isFile && entries.length === 0) return true;
  if (!isFile) throw notEmpty(output);
  throw new LatentSyncError('output-not-writable', wording`${output} is a folder.`, {
    remedy: 'Choose a name for the file.',
  });
}

function notEmpty(folder: string): LatentSyncError {
  return new LatentSyncError('output-not-writable', wording`The folder ${folder} is not empty.`, {
    remedy: 'Choose a new or empty folder.',
  });
}

/** Returns whether there is a symbolic link, which may lead nowhere. */
async function isLink(path: string): Promise<boolean> {
  return await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

/** Moves all that is in a finished folder into another one that has nothing but the temporary folder in it. */
async function moveFilesInto(from: string, to: string, temporary: string): Promise<void> {
  try {
    const others = (await readdir(to)).filter((name) => name !== basename(temporary));
    if (others.length > 0) throw notEmpty(to);
    for (const name of await readdir(from)) await rename(join(from, name), join(to, name));
    await syncFolder(to);
  } catch (error) {
    throw fileError(error, to, { doing: 'write' });
  }
}

/** Gives a finished temporary folder its name. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    await syncFolder(dirname(resolve(to)));
  } catch (error) {
    throw fileError(error, to, { doing: 'create' });
  }
}

function bytesOf({ tensors }: TensorSource): number {
  return Array.from(tensors.values()).reduce((sum, { dtype, shape }) => sum + (byteLengthOf(dtype, shape) ?? 0), 0);
}

function unetFile({ unet }: ModelSource): WeightsFile {
  const steps = unet.metadata.global_step;
  const extra = { global_step: typeof steps === 'number' ? steps : 0 };
  const folder = basename(modelLayout.unet, '.pt');
  return {
    path: modelLayout.unet,
    source: unet,
    write: (target, options) => writeTorchZipFile(target, unet, { ...options, wrapper: 'state_dict', extra, folder }),
  };
}

function vaeFile({ vae }: ModelSource): WeightsFile {
  const metadata = { format: 'pt' };
  return {
    path: modelLayout.vae,
    source: vae,
    write: (target, options) => writeSafetensorsFile(target, vae, { ...options, metadata }),
  };
}

/** A text decoder without layers. Loading in PyTorch is strict about its few parameters, whose values have no effect. */
const decoderDims = { n_vocab: 1, n_text_ctx: 1, n_text_state: 1, n_text_head: 1, n_text_layer: 0 };
const decoder: ReadonlyMap<string, Tensor> = new Map([
  ['decoder.token_embedding.weight', Tensor.float32([1, 1], new Float32Array(1))],
  ['decoder.positional_embedding', Tensor.float32([1, 1], new Float32Array(1))],
  ['decoder.ln.weight', Tensor.float32([1], new Float32Array(1))],
  ['decoder.ln.bias', Tensor.float32([1], new Float32Array(1))],
]);

function whisperFile({ whisper, whisperDims, config }: ModelSource): WeightsFile {
  const { nMels, nAudioCtx, nAudioState, nAudioHead, nAudioLayer } = parseWhisperDims(whisperDims);
  const dims = {
    n_mels: nMels,
    n_audio_ctx: nAudioCtx,
    n_audio_state: nAudioState,
    n_audio_head: nAudioHead,
    n_audio_layer: nAudioLayer,
    ...decoderDims,
  };
  const encoder = Array.from(whisper.tensors, ([key, stored]) => [`encoder.${key}`, stored] as const);
  const source: TensorSource = {
    tensors: new Map<string, { dtype: DType; shape: readonly number[] }>([...encoder, ...decoder]),
    read: async (key) => decoder.get(key) ?? whisper.read(key.slice('encoder.'.length)),
  };
  // The official code takes the encoder that belongs to the width of the UNet's cross attention.
  const isSmall = parseUNet3DConfig(config.model).crossAttentionDim === 768;
  const path = isSmall ? modelLayout.whisperSmall : modelLayout.whisperTiny;
  const folder = basename(path, '.pt');
  return {
    path,
    source,
    write: (target, options) =>
      writeTorchZipFile(target, source, { ...options, wrapper: 'model_state_dict', extra: { dims }, folder }),
  };
}

/** Returns the texts of the configuration files, by their paths. */
function configurationFiles({ config, vaeConfig, schedulerConfig }: ModelSource): Map<string, string> {
  const { data, run, model } = config;
  const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return new Map([
    [modelLayout.config, stringify({ data, run, model })],
    [modelLayout.schedulerConfig, json({ ...officialSchedulerConfig, ...(schedulerConfig as object) })],
    [modelLayout.vaeConfig, json({ _class_name: 'AutoencoderKL', ...(vaeConfig as object) })],
  ]);
}
