// Progress of long work: what is being done, how far it has come, and when it should end; for a job in stages, also for the whole job.

/** Progress of a job with several stages. */
export interface JobProgress {
  /** Fraction of the whole job that is done, 0 to 1; stages are weighted by their expected work. */
  fraction: number;
  /** Seconds since the job began. */
  elapsedSeconds: number;
  /** Estimated seconds until the job ends; undefined until an estimate is possible. */
  etaSeconds: number | undefined;
}

/** One report of a long task. */
export interface Progress {
  /** What is being done, as a word: `load`, `audio`, `faces`, `sync`, `download`, … */
  stage: string;
  /** Units done so far (frames, bytes, tests); a unit in progress may count partially. */
  done: number;
  /** Total units; undefined if not yet known. */
  total: number | undefined;
  /** Seconds since the stage began. */
  elapsedSeconds: number;
  /** Estimated seconds until the stage ends; undefined until an estimate is possible. */
  etaSeconds: number | undefined;
  /** The whole job, if the stage is one of several. */
  job?: JobProgress;
}

/** Receives progress reports; must not throw. */
export type OnProgress = (progress: Progress) => void;

const secondsSince = (time: number): number => (performance.now() - time) / 1000;

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

  /** Reports that `done` units are finished; work already done at the first report does not count toward the rate. */
  report(done: number): void {
    if (!this.#onProgress) return;
    const elapsedSeconds = secondsSince(this.#startedAt);
    this.#firstDone ??= done;
    const achieved = done - this.#firstDone;
    const etaSeconds =
      this.#total === undefined || achieved <= 0
        ? undefined
        : (elapsedSeconds / achieved) * Math.max(0, this.#total - done);
    this.#onProgress({ stage: this.#stage, done, total: this.#total, elapsedSeconds, etaSeconds });
  }
}

/**
 * Adds the progress of the whole job to the reports of its stages.
 *
 * @example
 * const job = new StagedProgress({ load: 1, sync: 20 }, onProgress);
 * await load({ onProgress: job.onProgress });
 */
export class StagedProgress {
  readonly #stages: readonly { readonly name: string; readonly weight: number }[];
  readonly #onProgress: OnProgress | undefined;
  readonly #startedAt = performance.now();
  #current = -1;
  #latest: Progress | undefined;
  /** When a stage that has no weight began, and how long such stages have taken: that says nothing about the work of the others. */
  #asideSince: number | undefined;
  #asideSeconds = 0;

  /**
   * @param weights - the stages in order, each with the work that it is expected to take, in any unit. A stage counts as finished
   * once a later one reports; where two overlap, the later one counts.
   */
  constructor(weights: Readonly<Record<string, number>>, onProgress: OnProgress | undefined) {
    this.#stages = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
    this.#onProgress = onProgress;
  }

  /** Takes the reports of the stages, and passes them on with {@link Progress.job}. */
  readonly onProgress: OnProgress = (progress) => {
    const index = this.#stages.findIndex(({ name }) => name === progress.stage);
    const now = secondsSince(this.#startedAt);
    if (index === -1) {
      this.#asideSince ??= now;
    } else if (this.#asideSince !== undefined) {
      this.#asideSeconds += now - this.#asideSince;
      this.#asideSince = undefined;
    }
    if (index >= 0 && index >= this.#current) {
      this.#current = index;
      this.#latest = progress;
    }
    const job = this.#job(now);
    this.#onProgress?.({ ...progress, job: index === -1 ? { ...job, etaSeconds: undefined } : job });
  };

  #work(from: number, to?: number): number {
    return this.#stages.slice(from, to).reduce((sum, { weight }) => sum + weight, 0);
  }

  #job(elapsedSeconds: number): JobProgress {
    const { done = 0, total, etaSeconds } = this.#latest ?? {};
    const part = total === undefined ? 0 : total === 0 ? 1 : Math.min(1, done / total);
    const earlier = this.#work(0, Math.max(0, this.#current));
    const finished = this.#current === -1 ? 0 : earlier + part * this.#work(this.#current, this.#current + 1);
    const later = this.#work(this.#current + 1);
    return {
      fraction: finished / (this.#work(0) || 1),
      elapsedSeconds,
      etaSeconds: etaOf({ finished, later, elapsedSeconds: elapsedSeconds - this.#asideSeconds, etaSeconds }),
    };
  }
}

/** This stage ends according to its own rate; later stages are expected to work at the rate of everything so far. */
function etaOf({
  finished,
  later,
  elapsedSeconds,
  etaSeconds,
}: Pick<Progress, 'elapsedSeconds' | 'etaSeconds'> & { finished: number; later: number }): number | undefined {
  if (etaSeconds === undefined) return undefined;
  if (later === 0) return etaSeconds;
  return finished === 0 ? undefined : etaSeconds + (later * elapsedSeconds) / finished;
}
