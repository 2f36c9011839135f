// What is in a folder of golden files: which files are to be verified, and what they refer to.
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { wording } from '../util/wording.ts';
import { EXPECTED } from './checkpoints-node.ts';

/** A part of every lip-sync model in the official layout. */
const MODEL_FILE = 'latentsync_unet.pt';

/** The files of a folder and the folders below it, by what they are; paths are absolute and sorted. */
export interface GoldenFolder {
  /** Files that should be golden ones; those in the folder of a model may be its weights instead. */
  safetensors: { path: string; inModel: boolean }[];
  /** Files named mask_rows….json. */
  maskRows: string[];
  /** Folders of checkpoints that must open or be rejected. */
  checkpointFolders: string[];
  /** Sound files. */
  wavs: string[];
}

/**
 * Lists what there is to verify in a folder.
 *
 * @throws LatentSyncError `file-not-found` when the folder does not exist, `input-invalid` when it is not a folder.
 */
export async function listGoldenFolder(directory: string): Promise<GoldenFolder> {
  const stats = await stat(directory).catch((error: unknown) => {
    throw fileError(error, directory, { remedy: 'Choose a folder of golden files.' });
  });
  if (!stats.isDirectory()) {
    throw new LatentSyncError('input-invalid', wording`${directory} is a file.`, {
      remedy: 'Choose the folder that it is in.',
    });
  }
  const folder: GoldenFolder = { safetensors: [], maskRows: [], checkpointFolders: [], wavs: [] };
  await collect(directory, { folder, inModel: false, visited: new Set() });
  return folder;
}

interface Collection {
  folder: GoldenFolder;
  inModel: boolean;
  /** Real paths of the folders seen. */
  visited: Set<string>;
}

async function collect(directory: string, { folder, inModel, visited }: Collection): Promise<void> {
  const real = await realpath(directory);
  if (visited.has(real)) return; // a link that leads back
  visited.add(real);
  const names = (await readdir(directory)).sort();
  const holdsCheckpoints = names.includes(EXPECTED);
  if (holdsCheckpoints) folder.checkpointFolders.push(directory);
  const holdsModel = inModel || names.includes(MODEL_FILE);
  for (const name of names) {
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined); // undefined: a link to nowhere
    if (stats?.isDirectory()) await collect(path, { folder, inModel: holdsModel, visited });
    else if (!stats?.isFile()) continue;
    else if (name.endsWith('.wav')) folder.wavs.push(path);
    else if (/^mask_rows.*\.json$/.test(name)) folder.maskRows.push(path);
    else if (name.endsWith('.safetensors') && !holdsCheckpoints) folder.safetensors.push({ path, inModel: holdsModel });
  }
}

/**
 * Returns the path of what a golden file names relative to the folder of all golden files: the nearest folder around the
 * file that has it.
 *
 * @param file - absolute path of the golden file.
 * @throws LatentSyncError `file-not-found`.
 */
export async function locateFrom(file: string, path: string): Promise<string> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const candidate = join(folder, path);
    if (await stat(candidate).catch(() => undefined)) return candidate;
    if (folder === dirname(folder)) break;
  }
  throw new LatentSyncError(
    'file-not-found',
    wording`${path}, to which ${basename(file)} refers, is not in any of the folders around it.`,
    { remedy: 'Verify the golden folder as a whole.' },
  );
}
