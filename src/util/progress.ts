// Progress of long work: what is being done, how far it is, and when it should end.

/** One report of a long task. */
export interface Progress {
  /** What is being done, as a word: `load`, `audio`, `faces`, `sync`, `download`, … */
  stage: string;
  /** Units done so far (frames, bytes, tests). */
  done: number;
  /** Total units; undefined if not yet known. */
  total: number | undefined;
  /** Seconds since the stage began. */
  elapsedSeconds: number;
  /** Estimated seconds until the stage ends; undefined until an estimate is possible. */
  etaSeconds: number | undefined;
}

/** Receives progress reports; must not throw. */
export type OnProgress = (progress: Progress) => void;

/** Turns counts into {@link Progress} reports for one stage. */
export class ProgressReporter {
  readonly #stage: string;
  readonly #total: number | undefined;
  readonly #onProgress: OnProgress | undefined;
  readonly #startedAt = performance.now();
  #firstDone: number | undefined;

  constructor(stage: string, total: number | undefined, onProgress: OnProgress | undefined) {
    this.#stage = stage;
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** Reports that `done` units are finished; work found done at the first report does not count towards the rate. */
  report(done: number): void {
    if (!this.#onProgress) return;
    const elapsedSeconds = (performance.now() - this.#startedAt) / 1000;
    this.#firstDone ??= done;
    const achieved = done - this.#firstDone;
    const etaSeconds =
      this.#total === undefined || achieved <= 0
        ? undefined
        : (elapsedSeconds / achieved) * Math.max(0, this.#total - done);
    this.#onProgress({ stage: this.#stage, done, total: this.#total, elapsedSeconds, etaSeconds });
  }
}
