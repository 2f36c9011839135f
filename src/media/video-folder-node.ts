// The videos of a folder, by their names.
import { readdir } from 'node:fs/promises';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { wording } from '../util/wording.ts';

const VIDEO_NAME = /\.(mp4|m4v|mov|mkv|webm)$/i;

/**
 * Returns the names of a folder's videos, sorted; its subfolders are ignored.
 *
 * @throws LatentSyncError `file-not-found` when the folder is missing, or holds no video.
 */
export async function videoNames(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw fileError(error, folder, { what: 'The folder' });
  }
  const found = names.filter((name) => VIDEO_NAME.test(name)).sort();
  if (found.length === 0) {
    throw new LatentSyncError('file-not-found', wording`The folder ${folder} contains no videos.`, {
      remedy: 'Choose a folder with files whose names end in .mp4, .m4v, .mov, .mkv or .webm.',
    });
  }
  return found;
}
