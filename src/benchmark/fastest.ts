// How often a benchmark repeats: the fastest of several runs counts, since other programs only slow it down.

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
