// ClipSet: the training clips of a folder, opened once, in the order of their names.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LatentSyncError } from '../../util/errors.ts';
import { CLIP_SUFFIX, openTrainingClip } from './training-clip-node.ts';
import type { TrainingClip } from './training-clip.ts';

/** The clips of a folder. Disposing it closes their files. */
export class ClipSet implements AsyncDisposable {
  readonly clips: readonly TrainingClip[];
  /** The clips' files, in the same order. */
  readonly paths: readonly string[];

  private constructor(paths: readonly string[], clips: readonly TrainingClip[]) {
    this.paths = paths;
    this.clips = clips;
  }

  /**
   * Opens all clips of a folder.
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
    const make = `latentsync train data --output ${folder}${options.heldOut ? ' --held-out' : ''}`;
    const found = existsSync(folder) ? await readdir(folder) : [];
    const names = found.filter((name) => name.endsWith(CLIP_SUFFIX)).sort();
    if (options.limit !== undefined && names.length < options.limit) {
      throw new LatentSyncError(
        'input-invalid',
        `There are ${names.length} training clips in ${folder}, and ${options.limit} are needed.\n` +
          `Make more: ${make} --clips ${options.limit}`,
      );
    }
    if (names.length === 0) {
      throw new LatentSyncError('file-not-found', `There are no training clips in ${folder}.\nMake some: ${make}`);
    }
    const clips: TrainingClip[] = [];
    const paths: string[] = [];
    try {
      for (const name of names.slice(0, options.limit)) {
        const path = join(folder, name);
        const clip = await openTrainingClip(path);
        clips.push(clip);
        paths.push(path);
        if (clip.resolution !== options.resolution) {
          throw new LatentSyncError(
            'input-invalid',
            `The faces of ${path} measure ${clip.resolution} pixels, and the network takes ${options.resolution}.`,
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
