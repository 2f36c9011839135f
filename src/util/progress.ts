// Progress of long work: what is being done, how far it is, and when it should end; of a job in stages, also the whole of it.

/** How far a job is that has several stages. */
export interface JobProgress {
  /** Part of the whole job that is done, 0 to 1; stages count by the work that they are expected to be. */
  fraction: number;
  /** Seconds since the job began. */
  elapsedSeconds: number;
  /** Estimated seconds until the job ends; undefined as long as there is nothing to tell by. */
  etaSeconds: number | undefined;
}

/** One report of a long task. */
export interface Progress {
  /** What is being done, as a word: `load`, `audio`, `faces`, `sync`, `download`, … */
  stage: string;
  /** Units done so far (frames, bytes, tests); a unit that is being worked on may count in part. */
  done: number;
  /** Total units; undefined if not yet known. */
  total: number | undefined;
  /** Seconds since the stage began. */
  elapsedSeconds: number;
  /** Estimated seconds until the stage ends; undefined as long as there is nothing to tell by. */
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

  /** Reports that `done` units are finished; work found done at the first report does not count towards the rate. */
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
 * Adds to the reports of a job's stages how far the whole job is.
 *
 * @example
 * const job = new StagedProgress({ load: 1, sync: 20 }, onProgress);
 * await load({ onProgress: job.onProgress });
 */
export class StagedProgress {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #onProgress: OnProgress | undefined;
  readonly #startedAt = performance.now();
  #stage = '';

  /**
   * @param weights - the stages in their order, each with the work that it is expected to be, in any unit. Stages that do not
   * come up count as done when a later one begins.
   */
  constructor(weights: Readonly<Record<string, number>>, onProgress: OnProgress | undefined) {
    this.#weights = new Map(Object.entries(weights));
    this.#onProgress = onProgress;
  }

  /** Takes the reports of the stages, and passes them on with {@link Progress.job}. */
  readonly onProgress: OnProgress = (progress) => {
    if (this.#weights.has(progress.stage)) this.#stage = progress.stage;
    this.#onProgress?.({ ...progress, job: this.#job(progress) });
  };

  #job({ stage, done, total, etaSeconds }: Progress): JobProgress {
    const elapsedSeconds = secondsSince(this.#startedAt);
    const names = [...this.#weights.keys()];
    const index = names.indexOf(this.#stage);
    const sum = (from: number, to?: number): number =>
      names.slice(from, to).reduce((weight, name) => weight + this.#weights.get(name)!, 0);
    const part = stage !== this.#stage || total === undefined ? 0 : total === 0 ? 1 : Math.min(1, done / total);
    const finished = index < 0 ? 0 : sum(0, index) + part * this.#weights.get(this.#stage)!;
    const later = sum(index + 1);
    const fraction = finished / (sum(0) || 1);
    return { fraction, elapsedSeconds, etaSeconds: this.#eta({ finished, later, elapsedSeconds, etaSeconds }) };
  }

  /** This stage ends when its own rate says; later ones take as long for their work as everything has taken up to now. */
  #eta(state: { finished: number; later: number; elapsedSeconds: number; etaSeconds: number | undefined }) {
    const { finished, later, elapsedSeconds, etaSeconds } = state;
    if (etaSeconds === undefined) return undefined;
    if (later === 0) return etaSeconds;
    return finished === 0 ? undefined : etaSeconds + (later * elapsedSeconds) / finished;
  }
}
