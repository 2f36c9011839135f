// What is in a folder, to tell whether a command changed anything.
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files longer than this are hollow ones; their length and time stand for their content. */
const LONGEST_READ = 1e9;

/** Returns the hash of every file in a folder and those below it, by path; folders and links are noted as such. */
export async function folderState(folder: string): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) state[path] = 'folder';
    else if (entry.isSymbolicLink()) state[path] = `link to ${await readlink(path)}`;
    else state[path] = await fileState(path);
  }
  return state;
}

async function fileState(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  if (size > LONGEST_READ) return `${size} bytes of ${mtimeMs}`;
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
