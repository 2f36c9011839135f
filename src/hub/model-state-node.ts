// Which files of a model are on this machine, by their lengths.
import { join } from 'node:path';
import { cacheDirectory, modelDirectory } from './cache-directory-node.ts';
import { fileSize } from './files-node.ts';
import { filesOf, knownModels, modelParts, taesd } from './model-registry.ts';
import type {
  DownloadableAutoencoder,
  DownloadableModel,
  ModelDefinition,
  ModelFile,
  ModelPart,
} from './model-registry.ts';
import { partPaths } from './partial-download-node.ts';

/** One file of a model: `partial` while a download of it was interrupted, `wrong` when its length is not the declared one. */
export interface ModelFileState {
  readonly file: ModelFile;
  readonly path: string;
  readonly state: 'complete' | 'partial' | 'wrong' | 'absent';
  /** Bytes on disk. */
  readonly bytes: number;
}

/** Which parts of a known model, or of an autoencoder, are on this machine. */
export interface ModelState {
  readonly model: ModelDefinition | DownloadableAutoencoder;
  readonly state: 'embedded' | 'complete' | 'partial' | 'absent';
  /** Undefined for an embedded model. */
  readonly directory: string | undefined;
  /** Bytes of the inference files that are on disk, including unfinished downloads. */
  readonly bytes: number;
  /** Bytes of all inference files. */
  readonly totalBytes: number;
  /** Every file, including those for evaluation and training. */
  readonly files: readonly ModelFileState[];
}

async function fileState(file: ModelFile, directory: string): Promise<ModelFileState> {
  const path = join(directory, file.path);
  const size = await fileSize(path);
  if (size !== undefined && (file.size === undefined || size === file.size)) {
    return { file, path, state: 'complete', bytes: size };
  }
  const partial = await fileSize(partPaths(path).part);
  if (partial !== undefined) return { file, path, state: 'partial', bytes: partial };
  if (size !== undefined) return { file, path, state: 'wrong', bytes: 0 };
  return { file, path, state: 'absent', bytes: 0 };
}

/** Returns the state on this machine of each file in the given parts of a model. */
export async function modelFileStates(
  model: DownloadableModel | DownloadableAutoencoder,
  parts: readonly ModelPart[],
  cache: string,
): Promise<readonly ModelFileState[]> {
  const directory = modelDirectory(model.name, cache);
  return Promise.all(filesOf(model, parts).map((file) => fileState(file, directory)));
}

async function stateOf(model: ModelState['model'], cache: string): Promise<ModelState> {
  if (model.kind === 'embedded') {
    return { model, state: 'embedded', directory: undefined, bytes: 0, totalBytes: 0, files: [] };
  }
  const files = await modelFileStates(model, modelParts, cache);
  const needed = files.filter(({ file }) => file.part === 'inference');
  const bytes = needed.reduce((sum, file) => sum + file.bytes, 0);
  const isComplete = needed.every(({ state }) => state === 'complete');
  return {
    model,
    state: isComplete ? 'complete' : bytes > 0 ? 'partial' : 'absent',
    directory: modelDirectory(model.name, cache),
    bytes,
    totalBytes: needed.reduce((sum, { file, bytes: present }) => sum + (file.size ?? present), 0),
    files,
  };
}

/** Returns the state of every known model, and of the autoencoder that can be downloaded; lengths are compared, contents are not read. */
export async function listModels(options: { cache?: string } = {}): Promise<readonly ModelState[]> {
  const { cache = cacheDirectory() } = options;
  return Promise.all([...knownModels, taesd].map((model) => stateOf(model, cache)));
}
