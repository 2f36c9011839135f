// Where downloads and cached features are kept on this machine.
import { lstat, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { makeDirectory } from './files-node.ts';

/** What the location of the cache depends on; each defaults to that of this process. */
export interface CacheDirectoryOptions {
  environment?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  homeDirectory?: string;
}

/**
 * Returns the cache directory, without creating it: `LATENTSYNC_HOME`; else `latentsync` in `XDG_CACHE_HOME` (which must be
 * absolute, as its specification says); else the customary location: `~/Library/Caches/latentsync` on macOS,
 * `%LOCALAPPDATA%\latentsync` on Windows, `~/.cache/latentsync` elsewhere.
 */
export function cacheDirectory(options: CacheDirectoryOptions = {}): string {
  const { environment = process.env, platform = process.platform, homeDirectory = homedir() } = options;
  const { LATENTSYNC_HOME: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: localAppData } = environment;
  if (own) return resolve(own);
  if (xdg && isAbsolute(xdg)) return join(xdg, 'latentsync');
  if (platform === 'darwin') return join(homeDirectory, 'Library', 'Caches', 'latentsync');
  if (platform === 'win32') return join(localAppData ?? join(homeDirectory, 'AppData', 'Local'), 'latentsync');
  return join(homeDirectory, '.cache', 'latentsync');
}

/** Returns the folder of a downloaded model in the cache directory. */
export function modelDirectory(name: string, cache: string): string {
  return join(cache, 'models', name);
}

/** Returns how many bytes each folder of a cache directory holds, the largest first; what cannot be read counts as nothing. */
export async function cacheContents(cache: string): Promise<{ name: string; bytes: number }[]> {
  const contents = await Promise.all(
    (await entriesOf(cache)).map(async (name) => ({ name, bytes: await bytesBelow(join(cache, name)) })),
  );
  return contents.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

async function bytesBelow(path: string): Promise<number> {
  const state = await lstat(path).catch(() => undefined);
  if (!state?.isDirectory()) return state?.isFile() ? state.size : 0;
  let bytes = 0;
  for (const name of await entriesOf(path)) bytes += await bytesBelow(join(path, name));
  return bytes;
}

/** Returns the names in a folder; none when it is not there or must not be read. */
async function entriesOf(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/**
 * Creates a directory of the cache with its parents, and returns it.
 *
 * @throws LatentSyncError with code `output-not-writable` when that is not possible.
 */
export async function ensureDirectory(directory: string): Promise<string> {
  await makeDirectory(directory, {
    what: 'cache directory',
    remedy: 'Set LATENTSYNC_HOME to a folder that you may write to.',
  });
  return directory;
}
