// A face that is not found in a damaged video: the error says what is wrong with the picture.
import type { MediaWarning } from '../media/media-warning.ts';
import { LatentSyncError } from '../util/errors.ts';
import { joinWording } from '../util/wording.ts';

/** Damage after which faces may be hard to find: until the next key frame, decoders make up what they miss. */
const damage: ReadonlySet<MediaWarning['kind']> = new Set(['frames-lost', 'frames-damaged']);

/**
 * Returns an error that ended a job: `no-face` with what is known of damage to the picture, any other unchanged.
 *
 * @param warnings - those of the job so far.
 */
export function blamingDamage(error: unknown, warnings: readonly MediaWarning[]): unknown {
  if (!(error instanceof LatentSyncError) || error.code !== 'no-face') return error;
  const found = warnings.find(({ kind }) => damage.has(kind));
  if (!found) return error;
  const what = found.message.slice(`${found.file}: `.length);
  return new LatentSyncError('no-face', joinWording(error.problem, ` Its picture is damaged: ${what}`), {
    remedy: 'Copy, download or convert the video again, or choose another.',
    cause: error,
  });
}
