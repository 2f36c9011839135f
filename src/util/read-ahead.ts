// readAhead: lets a source work on its next items while whoever takes them is still busy with earlier ones, within bounds.

/** How {@link readAhead} takes items. */
export interface ReadAheadOptions {
  /** Items that may be there, or in the making, before they are asked for. */
  most: number;
  /** Fires for the source, too. */
  signal?: AbortSignal;
}

/**
 * Yields the items of a source in order. An error of the source comes after the items before it.
 *
 * @param begin - returns the source, such as an async generator, whose next item may be asked for before the last one is there. It must
 * end soon after its signal fires, which it also does when nobody takes items any more: that waits for it.
 */
export async function* readAhead<T>(
  begin: (signal: AbortSignal) => AsyncIterable<T>,
  { most, signal }: ReadAheadOptions,
): AsyncGenerator<T, void, undefined> {
  const leaving = new AbortController();
  const source = begin(signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal)[Symbol.asyncIterator]();
  const coming: Promise<IteratorResult<T>>[] = [];
  try {
    for (;;) {
      while (coming.length < most) {
        const next = source.next();
        next.catch(() => undefined); // thrown where it is awaited
        coming.push(next);
      }
      const next = await coming.shift()!;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    leaving.abort();
    await source.return?.();
  }
}
