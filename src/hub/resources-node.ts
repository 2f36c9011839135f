// Whether this machine has the memory and disk space that a job needs, checked before the job starts.
import { execFile } from 'node:child_process';
import { readFile, stat, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { LatentSyncError } from '../util/errors.ts';
import { saysAbsent } from '../util/file-errors.ts';
import { wording, type Wording } from '../util/wording.ts';
import { formatBytes } from './format-bytes.ts';

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Returns the number behind a word at the start of a line, as in `inactive_file 4096`. */
function numberAfter(word: string, text: string): number | undefined {
  const found = new RegExp(`^${word}:?\\s+(\\d+)`, 'm').exec(text);
  return found ? Number(found[1]) : undefined;
}

interface GroupFiles {
  limit: string;
  usage: string;
  /** Pages of files that the kernel gives back when asked, in memory.stat. */
  reclaimable: string;
}

const version1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  reclaimable: 'total_inactive_file',
};
const version2: GroupFiles = { limit: 'memory.max', usage: 'memory.current', reclaimable: 'inactive_file' };

/** Returns the bytes left in one control group, or Infinity when it sets no limit. */
async function leftInGroup(directory: string, files: GroupFiles): Promise<number> {
  const limit = Number((await readOptional(join(directory, files.limit)))?.trim());
  const usage = Number((await readOptional(join(directory, files.usage)))?.trim());
  if (!Number.isFinite(limit) || !Number.isFinite(usage)) return Infinity; // absent, or "max"
  const statistics = (await readOptional(join(directory, 'memory.stat'))) ?? '';
  return Math.max(0, limit - usage + (numberAfter(files.reclaimable, statistics) ?? 0));
}

/** Returns the least that is left in the process's control group and the groups around it. */
async function leftInGroups(root: string): Promise<number> {
  let least = Infinity;
  for (const line of ((await readOptional(join(root, 'proc/self/cgroup'))) ?? '').split('\n')) {
    const fields = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (!fields) continue;
    const [, hierarchy, controllers, path] = fields;
    const isVersion2 = hierarchy === '0' && controllers === '';
    if (!isVersion2 && !controllers.split(',').includes('memory')) continue;
    const top = join(root, isVersion2 ? 'sys/fs/cgroup' : 'sys/fs/cgroup/memory');
    // A container may show the group's path on the host while only its own part is mounted: missing folders are passed by.
    for (let group = join('/', path); ; group = dirname(group)) {
      least = Math.min(least, await leftInGroup(join(top, group), isVersion2 ? version2 : version1));
      if (group === dirname(group)) break;
    }
  }
  return least;
}

/**
 * Returns the bytes that Linux can give to new work: `MemAvailable` (free memory alone leaves out the file cache, which is
 * given back on demand), or less where a control group sets a limit. Undefined without `/proc/meminfo`.
 *
 * @param root Where `/proc` and `/sys` are found.
 */
export async function availableLinuxMemory(root = '/'): Promise<number | undefined> {
  const available = numberAfter('MemAvailable', (await readOptional(join(root, 'proc/meminfo'))) ?? '');
  if (available === undefined) return undefined;
  return Math.min(available * 1024, await leftInGroups(root));
}

/** Returns the bytes that macOS can give to new work, from what `vm_stat` prints; undefined when it is something else. */
export function availableFromVmStat(text: string): number | undefined {
  const pageSize = /page size of (\d+) bytes/.exec(text);
  const pages = ['Pages free', 'Pages inactive', 'Pages speculative', 'Pages purgeable'];
  const counts = pages.map((name) => numberAfter(name, text));
  if (!pageSize || counts[0] === undefined) return undefined;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) * Number(pageSize[1]);
}

/** Returns the bytes of memory that new work can get without swapping. */
export async function availableMemory(): Promise<number> {
  if (process.platform === 'linux') return (await availableLinuxMemory()) ?? freemem();
  if (process.platform === 'darwin') {
    try {
      const { stdout } = await promisify(execFile)('vm_stat');
      return availableFromVmStat(stdout) ?? freemem();
    } catch {
      return freemem();
    }
  }
  return freemem();
}

/** Returns the file system of a path, which need not exist yet: a number that tells it from others, and the bytes that this user may still write. */
async function diskOf(path: string): Promise<{ device: number; availableBytes: number }> {
  for (let existing = resolve(path); ; existing = dirname(existing)) {
    try {
      const { bavail, bsize } = await statfs(existing);
      return { device: (await stat(existing)).dev, availableBytes: bavail * bsize };
    } catch (error) {
      if (!saysAbsent(error) || existing === dirname(existing)) throw error;
    }
  }
}

/** Returns the bytes that this user may still write to the file system of a path, which need not exist yet. */
export async function availableDisk(path: string): Promise<number> {
  return (await diskOf(path)).availableBytes;
}

/**
 * Checks that there is enough memory for a job.
 *
 * @param requiredBytes Peak memory of the job.
 * @param what The job, as the subject of a sentence: "Model 1.6 in float32".
 * @param options.remedy What to do instead; default: close other programs or use a smaller model.
 * @throws LatentSyncError with code `insufficient-memory`, stating what is needed and what is available.
 */
export async function checkMemory(
  requiredBytes: number,
  what: string,
  options: { remedy?: string | Wording } = {},
): Promise<void> {
  const { remedy = 'Close other programs, or use a smaller model.' } = options;
  const bytes = await availableMemory();
  if (bytes >= requiredBytes) return;
  throw new LatentSyncError(
    'insufficient-memory',
    wording`${what} needs ${formatBytes(requiredBytes)} of memory; ${formatBytes(bytes)} is available.`,
    { remedy },
  );
}

/**
 * Checks that there is enough disk space at a path.
 *
 * @param requiredBytes Bytes still to be written.
 * @param what What needs them, as the subject of a sentence: "Model 1.6".
 * @param options.remedy What to do instead; default: free up space there.
 * @throws LatentSyncError with code `insufficient-disk`, stating what is needed and what is available.
 */
export async function checkDisk(
  requiredBytes: number,
  path: string,
  what: string,
  options: { remedy?: string | Wording } = {},
): Promise<void> {
  const { remedy = 'Free up some space there, or choose another disk.' } = options;
  const bytes = await availableDisk(path);
  if (bytes >= requiredBytes) return;
  throw new LatentSyncError(
    'insufficient-disk',
    wording`${what} needs ${formatBytes(requiredBytes)} of disk space in ${path}; ${formatBytes(bytes)} is available.`,
    { remedy },
  );
}

/** A need of disk space. */
export interface DiskNeed {
  /** Where: a folder, which need not exist yet. */
  folder: string;
  /** Bytes still to be written. */
  bytes: number;
  /** What for, for messages: "the output". */
  what: string;
}

/**
 * Checks that there is enough disk space for several things, which may share a disk.
 *
 * @param what What needs them, as the subject of a sentence: "The job".
 * @param options.remedy What to do instead.
 * @throws LatentSyncError with code `insufficient-disk`, stating what is needed for what, and what is available.
 */
export async function checkDisks(
  needs: readonly DiskNeed[],
  what: string,
  { remedy }: { remedy: string | Wording },
): Promise<void> {
  const disks = new Map<number, { availableBytes: number; needs: DiskNeed[] }>();
  for (const need of needs) {
    const { device, availableBytes } = await diskOf(need.folder);
    const disk = disks.get(device) ?? { availableBytes, needs: [] };
    disk.needs.push(need);
    disks.set(device, disk);
  }
  for (const { availableBytes, needs } of disks.values()) {
    const required = needs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (availableBytes >= required) continue;
    const parts = needs.map((need) => `${formatBytes(need.bytes)} for ${need.what}`).join(', ');
    throw new LatentSyncError(
      'insufficient-disk',
      wording`${what} needs ${formatBytes(required)} of disk space in ${needs[0].folder} (${parts}); ${formatBytes(availableBytes)} is available.`,
      { remedy },
    );
  }
}
