// The files of a TAESD, whichever of their published forms they have, as one checkpoint with the names of the author's code.
import { join, resolve } from 'node:path';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { addPrefix, joinCheckpoints, originalTaesdKey, renameKeys } from '../checkpoint/checkpoint-views.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { cacheDirectory, modelDirectory } from '../hub/cache-directory-node.ts';
import { fileSize } from '../hub/files-node.ts';
import { formatBytes } from '../hub/format-bytes.ts';
import { taesd, taesdLayout, totalSize } from '../hub/model-registry.ts';
import { LatentSyncError } from '../util/errors.ts';
import { action, joinWording, option, wording } from '../util/wording.ts';

/** Weights of an `AutoencoderTiny`, and the files that they are in. */
export interface TaesdSource {
  readonly weights: Checkpoint;
  readonly files: readonly string[];
}

/**
 * Opens the weights of a TAESD: of the folder given, or those that were downloaded. A folder has the file that diffusers reads,
 * `diffusion_pytorch_model.safetensors`, or the author's, `taesd_encoder` and `taesd_decoder`, each `.safetensors` or `.pth`.
 *
 * @param nameOrDirectory - `taesd`, or a folder.
 * @param options.cache - cache directory; default {@link cacheDirectory}.
 * @throws LatentSyncError `model-not-downloaded`, `file-not-found`, or as `openCheckpointFile` does.
 */
export async function openTaesd(
  nameOrDirectory: string,
  { cache = cacheDirectory() }: { cache?: string } = {},
): Promise<TaesdSource> {
  const isDownloaded = nameOrDirectory === taesd.name;
  const directory = isDownloaded ? modelDirectory(taesd.name, cache) : resolve(nameOrDirectory);
  const whole = join(directory, taesdLayout.whole);
  if ((await fileSize(whole)) !== undefined) {
    return { weights: renameKeys(await openCheckpointFile(whole), originalTaesdKey), files: [whole] };
  }
  const halves = await Promise.all([halfIn(directory, 'encoder'), halfIn(directory, 'decoder')]);
  const [encoder, decoder] = halves;
  if (encoder === undefined || decoder === undefined) {
    throw isDownloaded ? notDownloaded(directory) : incomplete(nameOrDirectory, halves);
  }
  const opened = await openCheckpointFile(encoder);
  try {
    const weights = [addPrefix(opened, 'encoder.'), addPrefix(await openCheckpointFile(decoder), 'decoder.')];
    return { weights: joinCheckpoints(weights), files: [encoder, decoder] };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns the path of one of the author's files; undefined if it is not there. */
async function halfIn(directory: string, half: 'encoder' | 'decoder'): Promise<string | undefined> {
  for (const extension of taesdLayout.extensions) {
    const path = join(directory, taesdLayout[half] + extension);
    if ((await fileSize(path)) !== undefined) return path;
  }
  return undefined;
}

function notDownloaded(directory: string): LatentSyncError {
  return new LatentSyncError('model-not-downloaded', wording`TAESD is not downloaded: ${directory} has no weights.`, {
    remedy: wording`Run ${action('pullModel', { model: taesd.name })} (${formatBytes(totalSize(taesd.files))}), or choose a folder that has them with ${option('vae')}.`,
  });
}

function incomplete(directory: string, [encoder, decoder]: readonly (string | undefined)[]): LatentSyncError {
  const halves = [
    ...(encoder === undefined ? [`${taesdLayout.encoder}.safetensors or .pth`] : []),
    ...(decoder === undefined ? [`${taesdLayout.decoder}.safetensors or .pth`] : []),
  ];
  return new LatentSyncError(
    'file-not-found',
    joinWording(
      wording`The folder ${directory} has no TAESD: neither ${taesdLayout.whole} nor `,
      halves.join(', nor '),
      ' is there.',
    ),
    { remedy: wording`Put the published files there, or use ${option('vae', taesd.name)}.` },
  );
}
