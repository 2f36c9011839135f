// Errors about checkpoint files, and how text that comes out of such a file is shown.
import { LatentSyncError } from '../util/errors.ts';

const DOWNLOAD_AGAIN = 'Download the file again and compare its size and sha256 with the published ones.';
const LONGEST_QUOTE = 120;

/**
 * Returns the error for a file that cannot be used as a checkpoint.
 *
 * @param name - the file, as the user named it.
 * @param problem - what is wrong, continuing the sentence that the name begins: "ends in the middle of its header".
 * @param remedy - what to do about it; by default to download the file again.
 */
export function corrupt(name: string, problem: string, remedy = DOWNLOAD_AGAIN): LatentSyncError {
  return new LatentSyncError('checkpoint-corrupt', `${name} ${problem}.\n${remedy}`);
}

/** Returns text from a file in quotes, shortened, with control and direction characters escaped. */
export function quoted(text: string): string {
  const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Throws unless a tensor's key can be shown and stored anywhere: 1 to 1024 characters, none of them a control character. */
export function checkKey(name: string, key: string): void {
  if (key.length === 0 || key.length > 1024 || /\p{Cc}/u.test(key)) {
    throw corrupt(
      name,
      `holds a tensor named ${quoted(key)}; a name must have 1 to 1024 characters and no control characters`,
      'The file is damaged or was made to mislead: use the published one.',
    );
  }
}
