// The few things the hub does with files and folders: lengths, sha256, creating them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { abortError } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent, systemErrorCode } from '../util/file-errors.ts';
import { syncFolder } from '../util/sync-folder-node.ts';
import { wording, type Wording } from '../util/wording.ts';

const READ_SIZE = 1 << 20;

/**
 * Returns the length in bytes of a regular file; undefined if it does not exist.
 *
 * @throws LatentSyncError with code `file-not-readable` when that cannot be determined: no permission, a damaged disk.
 */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw fileError(error, path);
  }
}

/**
 * Creates a directory with its parents, all of them on disk; an existing one is left unchanged. Node's own recursive `mkdir` never returns where
 * a file system, such as /proc, denies a new name by saying that it does not exist.
 *
 * @param options.what - what the directory is, for messages. Default "folder".
 * @param options.remedy - the second line of messages.
 * @throws LatentSyncError with code `output-not-writable` when that is not possible.
 */
export async function makeDirectory(path: string, options: { what?: string; remedy: string | Wording }): Promise<void> {
  try {
    await createDirectory(path);
  } catch (error) {
    const { what = 'folder', remedy } = options;
    if (systemErrorCode(error) !== 'ENOENT')
      throw fileError(error, path, { doing: 'create', what: `The ${what}`, remedy });
    // A missing parent would have been created.
    throw new LatentSyncError(
      'output-not-writable',
      wording`The ${what} ${path} cannot be created: its file system does not allow new folders.`,
      { remedy, cause: error },
    );
  }
}

async function createDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    await mkdir(path);
    await syncFolder(parent);
  } catch (error) {
    if (await isDirectory(path)) return;
    if (systemErrorCode(error) !== 'ENOENT' || parent === path) throw error;
    // Others may create the same folders meanwhile.
    if (!(await isDirectory(parent))) await createDirectory(parent);
    try {
      await mkdir(path);
      await syncFolder(parent);
    } catch (lastError) {
      if (!(await isDirectory(path))) throw lastError;
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Returns the text of a file. @throws LatentSyncError `file-not-found` or `file-not-readable`. */
export async function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path);
  });
}

/** Returns the sha256 of a file, lower-case hexadecimal; `onBytes` receives the bytes read so far. */
export async function fileSha256(
  path: string,
  options: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<string> {
  const { signal, onBytes } = options;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_SIZE }) as AsyncIterable<Buffer>) {
    if (signal?.aborted) throw abortError(signal);
    hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(bytes);
  }
  return hash.digest('hex');
}

const identities = new Map<string, { state: string; sha256: Promise<string> }>();

/** Returns what changes whenever another file is there, or it was written to. */
export async function fileVersion(path: string): Promise<string> {
  // The time of the last change, unlike that of the contents, cannot be set.
  const { dev, ino, size, ctimeNs } = await stat(path, { bigint: true });
  return `${dev} ${ino} ${size} ${ctimeNs}`;
}

/** Returns the sha256 of a file; it is read again only when its {@link fileVersion} is another. */
export async function fileIdentity(path: string): Promise<string> {
  const state = await fileVersion(path);
  const known = identities.get(path);
  if (known?.state === state) return known.sha256;
  const sha256 = fileSha256(path);
  identities.set(path, { state, sha256 });
  return sha256;
}
