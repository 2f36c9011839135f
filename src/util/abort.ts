// Canceling long work through AbortSignal: every loop checks between its steps, every wait ends immediately.
import { LatentSyncError } from './errors.ts';

/** Returns the error that canceled work ends with. */
export function abortError(signal: AbortSignal): LatentSyncError {
  return new LatentSyncError('aborted', 'Canceled.', { cause: signal.reason });
}

/** Throws a {@link LatentSyncError} with code `aborted` when the signal, if any, has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Returns the promise's outcome, or rejects with code `aborted` as soon as the signal fires. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  throwIfAborted(signal);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
