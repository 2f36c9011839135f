// The videos of a folder or of a list, by their names.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
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

/** A video, and by what it is called. */
export interface NamedVideo {
  readonly name: string;
  readonly path: string;
}

/**
 * Returns the lines of a list of files, as paths; relative ones are so to the list's folder. Empty lines, and those that begin with `#`, are
 * left out.
 *
 * @throws LatentSyncError `file-not-found` or `file-not-readable`.
 */
export async function listedFiles(list: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(list, 'utf8');
  } catch (error) {
    throw fileError(error, list, { what: 'The list' });
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => resolve(dirname(list), line));
}

/**
 * Returns the videos of a folder, sorted by name, or those that a list names, one path per line, in its order.
 *
 * @throws LatentSyncError `file-not-found` when there are none, or `input-invalid` when two of a list have one name.
 */
export async function namedVideos(folderOrList: string): Promise<NamedVideo[]> {
  const isFile = await stat(folderOrList).then((stats) => stats.isFile(), () => false); // prettier-ignore
  if (!isFile) return (await videoNames(folderOrList)).map((name) => ({ name, path: join(folderOrList, name) }));
  const videos = (await listedFiles(folderOrList)).map((path) => ({ name: basename(path), path }));
  if (videos.length === 0) {
    throw new LatentSyncError('file-not-found', wording`The list ${folderOrList} names no videos.`, {
      remedy: 'Write one path per line into it.',
    });
  }
  const paths = new Map<string, string>();
  for (const { name, path } of videos) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw new LatentSyncError('input-invalid', wording`The list ${folderOrList} names ${other} and ${path}.`, {
        remedy: 'Clips are named after videos: give each a name of its own.',
      });
    }
    paths.set(name, path);
  }
  return videos;
}
