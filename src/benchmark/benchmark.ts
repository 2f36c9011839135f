// What a benchmark reports, and how often it repeats: the fastest of several runs, since other programs only slow it down.

/** One measured figure. */
export interface BenchmarkResult {
  /** What was measured, as a word for machines: `unet.rate-ratio`. */
  readonly name: string;
  readonly value: number;
  /** `GFLOP/s`, `ratio`, `ms`, `s`, `MB`. */
  readonly unit: string;
  /** The figure that the project promises, if it does. */
  readonly bound?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Returns whether a figure is as good as promised; undefined when nothing was. */
export function meetsBound({ value, bound }: BenchmarkResult): boolean | undefined {
  if (!bound) return undefined;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/** Returns the milliseconds of the fastest of several runs. */
export async function fastest(repetitions: number, run: () => unknown): Promise<number> {
  let best = Infinity;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const startedAt = performance.now();
    await run();
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}
