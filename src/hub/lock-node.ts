// A lock that lets one process at a time do a piece of work; the others wait, or give up after a timeout.
import { setTimeout as wait } from 'node:timers/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { systemErrorCode } from '../util/file-errors.ts';
import { ProgressReporter } from '../util/progress.ts';
import type { OnProgress } from '../util/progress.ts';
import { wording } from '../util/wording.ts';
import { ensureDirectory } from './cache-directory-node.ts';

/** How to wait for a lock. */
export interface LockOptions {
  /** Seconds to wait while another process holds the lock; default 1800. */
  timeoutSeconds?: number;
  /**
   * Seconds after which the lock of a process that was killed counts as abandoned; the holder renews it at half that
   * interval. Default 10, at least 2.
   */
  staleSeconds?: number;
  signal?: AbortSignal;
  /** Receives the seconds waited so far, as stage `wait`. */
  onProgress?: OnProgress;
}

const POLL_MILLISECONDS = 250;

/**
 * Runs `work` while holding the lock, and always releases it.
 *
 * @param path The lock: a folder that exists while the lock is held.
 * @param what What is being done, for messages: "download model 1.6".
 * @param work Gets a signal that fires when the caller's does, or when the lock is lost to another process
 *   (this one having been suspended for longer than `staleSeconds`).
 * @throws LatentSyncError with code `locked` when another process holds the lock for longer than the timeout.
 */
export async function withLock<T>(
  path: string,
  what: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { timeoutSeconds = 1800, staleSeconds = 10, signal, onProgress } = options;
  await ensureDirectory(dirname(path));
  const lost = new AbortController();
  const release = await acquire();
  try {
    const result = await work(signal ? AbortSignal.any([signal, lost.signal]) : lost.signal);
    throwIfLost();
    return result;
  } catch (error) {
    throwIfLost();
    throw error;
  } finally {
    if (!lost.signal.aborted) await release();
  }

  function throwIfLost(): void {
    if (!lost.signal.aborted) return;
    throw new LatentSyncError('locked', wording`Another process took over while this one was about to ${what}.`, {
      remedy: 'Try again.',
      cause: lost.signal.reason,
    });
  }

  async function acquire(): Promise<() => Promise<void>> {
    const progress = new ProgressReporter('wait', timeoutSeconds, onProgress);
    const startedAt = performance.now();
    for (;;) {
      throwIfAborted(signal);
      try {
        return await lock(path, {
          lockfilePath: path,
          realpath: false,
          stale: staleSeconds * 1000,
          onCompromised: (error) => {
            lost.abort(error);
          },
        });
      } catch (error) {
        if (systemErrorCode(error) !== 'ELOCKED') throw error;
      }
      const waitedSeconds = (performance.now() - startedAt) / 1000;
      if (waitedSeconds >= timeoutSeconds) {
        throw new LatentSyncError(
          'locked',
          wording`Another process has held the lock to ${what} for ${Math.round(waitedSeconds)} s (${path}).`,
          { remedy: 'Wait until it has finished. If none is running, delete that folder.' },
        );
      }
      progress.report(waitedSeconds);
      await wait(POLL_MILLISECONDS, undefined, { signal }).catch(() => {
        throwIfAborted(signal);
      });
    }
  }
}
