// Keeping a folder of cached files small: what nobody uses any more leaves, and the least recently used until the rest fits.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED_EXTENSION } from '../util/whole-file-node.ts';

const ABANDONED_MILLISECONDS = 3_600_000;
const UNUSED_MILLISECONDS = 30 * 24 * 3_600_000;

/**
 * Removes from a folder what killed processes left behind, files that were not used for 30 days, and the least recently used until
 * the rest fits. The time of a file's last change says when it was last used.
 */
export async function evictFiles(
  directory: string,
  { extension, maxBytes }: { extension: string; maxBytes: number },
): Promise<void> {
  const entries: { path: string; size: number; usedAt: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined); // another process may just have removed it
    if (!stats) continue;
    if (name.endsWith(extension)) entries.push({ path, size: stats.size, usedAt: stats.mtimeMs });
    else if (name.endsWith(UNFINISHED_EXTENSION) && Date.now() - stats.mtimeMs > ABANDONED_MILLISECONDS) {
      await rm(path, { force: true });
    }
  }
  let total = entries.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size, usedAt } of entries.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= maxBytes && Date.now() - usedAt <= UNUSED_MILLISECONDS) break;
    await rm(path, { force: true });
    total -= size;
  }
}
