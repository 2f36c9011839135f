// StageClock: how long each part of a job takes, in wall-clock time.

/**
 * Adds up times by the names of parts. Parts may lie inside others; each counts its whole time.
 *
 * @example
 * const clock = new StageClock();
 * const networks = await clock.time('load', () => load());
 * console.log(clock.seconds('load'));
 */
export class StageClock {
  readonly #seconds = new Map<string, number>();

  /** Returns what the work returns, and counts the time until then, also when it fails. */
  async time<T>(part: string, work: () => T | Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.add(part, secondsSince(startedAt));
    }
  }

  /** The same for work that promises nothing. */
  timeSync<T>(part: string, work: () => T): T {
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      this.add(part, secondsSince(startedAt));
    }
  }

  /** Yields what a source yields, and counts the time that is spent waiting for it. */
  async *waits<T>(part: string, source: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.time(part, () => iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Returns the seconds that a part has taken so far. */
  seconds(part: string): number {
    return this.#seconds.get(part) ?? 0;
  }

  /** Counts seconds that were measured elsewhere. */
  add(part: string, seconds: number): void {
    this.#seconds.set(part, this.seconds(part) + seconds);
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
