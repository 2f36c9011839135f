// Errors about checkpoint files.
import { LatentSyncError } from '../util/errors.ts';
import { quoted } from '../util/printable.ts';
import { wording } from '../util/wording.ts';

const DOWNLOAD_AGAIN = 'Download the file again, and compare its size and sha256 with the published ones.';

/**
 * Returns the error for a file that cannot be used as a checkpoint.
 *
 * @param name - the file, as the user named it.
 * @param problem - what is wrong, continuing the sentence that the name begins: "ends in the middle of its header".
 * @param remedy - what to do about it; by default to download the file again.
 */
export function corrupt(name: string, problem: string, remedy = DOWNLOAD_AGAIN): LatentSyncError {
  return new LatentSyncError('checkpoint-corrupt', wording`${name} ${problem}.`, { remedy });
}

/** Throws unless a tensor's key can be shown and stored anywhere: 1 to 1024 characters, none of them a control character. */
export function checkKey(name: string, key: string): void {
  if (key.length === 0 || key.length > 1024 || /\p{Cc}/u.test(key)) {
    throw corrupt(
      name,
      `contains a tensor named ${quoted(key)}; names must have 1 to 1024 characters and no control characters`,
      'The file is damaged or malicious: use the published one.',
    );
  }
}
