// ProcessLock: a file that says which process works on something; that of a process which is gone does not count.
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { LatentSyncError } from '../util/errors.ts';
import { fileError, saysAbsent, systemErrorCode } from '../util/file-errors.ts';
import { printable } from '../util/printable.ts';
import { wording, type Wording } from '../util/wording.ts';

/** Which process holds a lock. */
interface Holder {
  pid: number;
  host: string;
  /** When it was started, as the system counts from its own start; tells it from a later process with the same number. */
  started: string;
  /** Which start of the system that was; empty where it does not say. */
  boot: string;
}

/** A lock without a holder, younger than this, is just being written. */
const WRITTEN_MILLISECONDS = 2000;
const POLL_MILLISECONDS = 50;

/** A lock that this process holds. Processes of other machines on the same disk respect it as well. */
export class ProcessLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes the lock at once, or not at all.
   *
   * @param path - of the file, in an existing folder.
   * @param what - what is being done, for messages: "write out.mp4".
   * @throws LatentSyncError `locked` when another process holds it.
   */
  static async acquire(path: string, what: Wording): Promise<ProcessLock> {
    for (;;) {
      try {
        const file = await open(path, 'wx');
        try {
          const { pid } = process;
          const holder: Holder = { pid, host: hostname(), started: await startOf(pid), boot: await bootOf() };
          await file.writeFile(JSON.stringify({ ...holder, checksum: checksumOf(holder) }));
        } finally {
          await file.close();
        }
        return new ProcessLock(path);
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw fileError(error, path, { doing: 'create' });
      }
      const holder = await readHolder(path);
      if (holder && (await isAlive(holder))) {
        throw new LatentSyncError(
          'locked',
          wording`Another process is about to ${what} (process ${holder.pid} on ${holder.host}).`,
          {
            remedy:
              holder.host === hostname()
                ? 'Wait until it has finished, or end it.'
                : wording`Wait until it has finished, or end it. If it no longer runs, remove ${printable(path)}.`,
          },
        );
      }
      if (!holder && (await ageOf(path)) < WRITTEN_MILLISECONDS) await wait(POLL_MILLISECONDS);
      else await rm(path, { force: true });
    }
  }

  /** Whether some process holds a lock. */
  static async isHeld(path: string): Promise<boolean> {
    const holder = await readHolder(path);
    return holder !== undefined && (await isAlive(holder));
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { checksum, ...holder } = (JSON.parse(await readFile(path, 'utf8')) ?? {}) as Holder & { checksum: unknown };
    return checksum === checksumOf(holder) ? holder : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || saysAbsent(error)) return undefined; // of a process that died while writing it
    throw fileError(error, path);
  }
}

function checksumOf(holder: Holder): number {
  return crc32(JSON.stringify(holder));
}

async function ageOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined); // just removed
  return stats ? Date.now() - stats.mtimeMs : Infinity;
}

async function isAlive({ pid, host, started, boot }: Holder): Promise<boolean> {
  if (host !== hostname()) return true; // nobody here can tell
  if (boot !== (await bootOf())) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemErrorCode(error) === 'ESRCH') return false;
  }
  return (await startOf(pid)) === started;
}

async function bootOf(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')).trim();
}

/** Returns when a process was started; empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name of the program, in parentheses, may contain spaces.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
