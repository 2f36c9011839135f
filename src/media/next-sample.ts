// Waiting for the next decoded sample of Mediabunny, so that none is left open when the wait ends early.
import { abortable } from '../util/abort.ts';

/**
 * Returns the next sample of an iterator.
 *
 * @throws LatentSyncError `aborted` as soon as the signal fires; the sample that comes after that is closed.
 */
export async function nextSample<T extends { close(): void }>(
  samples: Pick<AsyncGenerator<T, void, unknown>, 'next'>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T, void>> {
  const next = samples.next();
  try {
    return await abortable(next, signal);
  } catch (error) {
    next.then(({ value }) => value?.close()).catch(() => undefined);
    throw error;
  }
}
