// ClipSet: the training clips of a folder or of a list, opened once, in the order of their names.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listedFiles } from '../../media/video-folder-node.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { action, type ActionReference, wording } from '../../util/wording.ts';
import { CLIP_SUFFIX, openTrainingClip } from './training-clip-node.ts';
import type { TrainingClip } from './training-clip.ts';

/** The list of a folder's clips, in that folder. */
export const CLIP_LIST = 'clips.txt';

/** The clips of a folder, or of a list. Disposing it closes their files. */
export class ClipSet implements AsyncDisposable {
  readonly clips: readonly TrainingClip[];
  /** The clips' files, in the same order. */
  readonly paths: readonly string[];

  private constructor(paths: readonly string[], clips: readonly TrainingClip[]) {
    this.paths = paths;
    this.clips = clips;
  }

  /**
   * Opens all clips of a folder, or those that a list names, one path per line.
   *
   * @param options.resolution - what their faces must measure.
   * @param options.limit - use only the first N, in order of name. Default: all.
   * @param options.heldOut - whether clips of people that training never sees are wanted, for the remedy of messages.
   * @throws LatentSyncError `file-not-found` when there are no clips, `input-invalid` for another resolution.
   */
  static async open(
    folder: string,
    options: { resolution: number; limit?: number; heldOut?: boolean },
  ): Promise<ClipSet> {
    const make = (clips?: number): ActionReference =>
      action('generateClips', { output: folder, heldOut: options.heldOut || undefined, clips });
    const names = (await clipFiles(folder)).sort();
    if (options.limit !== undefined && names.length < options.limit) {
      throw new LatentSyncError(
        'input-invalid',
        wording`There are ${names.length} training clips in ${folder}, but ${options.limit} are needed.`,
        { remedy: wording`Make more with ${make(options.limit)}.` },
      );
    }
    if (names.length === 0) {
      throw new LatentSyncError('file-not-found', wording`There are no training clips in ${folder}.`, {
        remedy: wording`Make some with ${make()}.`,
      });
    }
    const clips: TrainingClip[] = [];
    const paths: string[] = [];
    try {
      for (const path of names.slice(0, options.limit)) {
        const clip = await openTrainingClip(path);
        clips.push(clip);
        paths.push(path);
        if (clip.resolution !== options.resolution) {
          throw new LatentSyncError(
            'input-invalid',
            wording`The faces in ${path} are ${clip.resolution} pixels wide, but the network takes ${options.resolution}.`,
          );
        }
      }
    } catch (error) {
      await Promise.all(clips.map((clip) => clip[Symbol.asyncDispose]()));
      throw error;
    }
    return new ClipSet(paths, clips);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clips.map((clip) => clip[Symbol.asyncDispose]()));
  }
}

async function clipFiles(folderOrList: string): Promise<string[]> {
  if (!existsSync(folderOrList)) return [];
  if ((await stat(folderOrList)).isFile()) return listedFiles(folderOrList);
  const found = await readdir(folderOrList);
  return found.filter((name) => name.endsWith(CLIP_SUFFIX)).map((name) => join(folderOrList, name));
}
