// Entries of folders on disk: a file that is created, renamed or removed is safe from a power cut only once its folder is synced.
import { open } from 'node:fs/promises';
import { systemErrorCode } from './file-errors.ts';

/** What systems and file systems answer that do not sync folders (Windows, some network disks), or folders that only let files in. */
const CANNOT = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

/**
 * Waits until the entries of a folder are on disk: what was created in it, renamed or removed before. Does nothing where that
 * is not possible.
 *
 * @throws Errors of the file system: the folder is gone, or its disk fails.
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!CANNOT.has(systemErrorCode(error) ?? '')) throw error;
  }
}
