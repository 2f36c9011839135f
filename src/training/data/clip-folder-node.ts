// The folder that training clips go into.
import { mkdir } from 'node:fs/promises';
import { LatentSyncError } from '../../util/errors.ts';

/**
 * Makes a folder for clips unless it is there.
 *
 * @throws LatentSyncError `output-not-writable`.
 */
export async function makeClipFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new LatentSyncError(
      'output-not-writable',
      `The folder ${path} cannot be made.\nCheck that you may write where it is to be, and that no file has its name.`,
      { cause: error },
    );
  }
}
