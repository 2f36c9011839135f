// together: two kinds of work at the same time, neither of which outlives the failure of the other.

/**
 * Returns the results of both. When one fails, the signal of the other fires, which is then waited for; the error is that of the first to fail.
 *
 * @param signal - fires for both.
 */
export async function together<A, B>(
  signal: AbortSignal | undefined,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(stop);
    } catch (error) {
      failure.abort();
      throw error;
    }
  };
  const results = [guarded(first), guarded(second)] as const;
  try {
    return await Promise.all(results);
  } finally {
    await Promise.allSettled(results);
  }
}
