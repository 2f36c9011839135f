// Pauses in long work that waits for nothing, so that the rest of the program gets its turn.

/** Work without a pause, at most. Milliseconds. */
const LONGEST_WORK = 10;

/** When a piece of work last paused. */
export class Pauses {
  #last = performance.now();

  /** Returns after the event loop has turned if the work has gone on for long, else at once. */
  async pause(): Promise<void> {
    if (performance.now() - this.#last < LONGEST_WORK) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#last = performance.now();
  }
}
