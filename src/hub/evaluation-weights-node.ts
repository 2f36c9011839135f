// Where the weights of a network of the official evaluation are: a file, or the folder of a model that was downloaded with them.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentSyncError } from '../util/errors.ts';
import { action, option, wording } from '../util/wording.ts';
import { cacheDirectory, modelDirectory } from './cache-directory-node.ts';
import { formatBytes } from './format-bytes.ts';
import { knownModels, modelLayout, modelUnknownError, totalSize, type DownloadableModel } from './model-registry.ts';
import { modelFileStates } from './model-state-node.ts';

/** The networks, by the names of the options that name their files. */
const networks = {
  syncnet: { name: 'SyncNet v2', path: modelLayout.syncnet },
  hyperiqa: { name: 'HyperIQA', path: modelLayout.hyperiqa },
  i3d: { name: 'I3D', path: modelLayout.i3d },
} as const;

/** A network whose weights come with the official models' part `evaluation`. */
export type EvaluationNetwork = keyof typeof networks;

/** Where to look. */
export interface EvaluationWeightsOptions {
  /** The file itself. */
  file?: string;
  /** A known model, or a folder laid out as theirs. Default: any of the official models that is in the cache with it. */
  model?: string;
  /** Cache directory; default {@link cacheDirectory}. */
  cache?: string;
}

/**
 * Returns the file of a network's weights.
 *
 * @throws LatentSyncError `model-not-downloaded`, `model-unknown`, or `file-not-found` for a folder that lacks it. Whether a file that was
 * given exists is not checked.
 */
export async function evaluationWeights(
  network: EvaluationNetwork,
  { file, model, cache = cacheDirectory() }: EvaluationWeightsOptions = {},
): Promise<string> {
  if (file !== undefined) return file;
  const { name, path } = networks[network];
  const official = knownModels.filter((known): known is DownloadableModel => known.kind === 'downloadable');
  const known = official.find((candidate) => candidate.name === model);
  if (model !== undefined && !known) {
    const isFolder = await stat(model).then((stats) => stats.isDirectory(), () => false); // prettier-ignore
    if (!isFolder) throw modelUnknownError(model);
    const inFolder = join(model, path);
    if (await isFile(inFolder)) return inFolder;
    throw new LatentSyncError(
      'file-not-found',
      wording`The model folder ${model} has no weights of ${name}: ${path}.`,
      {
        remedy: wording`Put the file there, or name it with ${option(network)}.`,
      },
    );
  }
  const candidates = known ? [known] : official.toReversed();
  for (const candidate of candidates) {
    const states = await modelFileStates(candidate, ['evaluation'], cache);
    const found = states.find((state) => state.file.path === path);
    if (found?.state === 'complete') return found.path;
  }
  const [newest] = candidates;
  const files = newest.files.filter(({ part }) => part === 'evaluation');
  throw new LatentSyncError(
    'model-not-downloaded',
    wording`The weights of ${name} are not downloaded: ${join(modelDirectory(newest.name, cache), path)} is missing.`,
    {
      remedy: wording`Run ${action('pullModel', { model: newest.name, parts: 'evaluation' })} (${formatBytes(totalSize(files))}), or name the file with ${option(network)}.`,
    },
  );
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
