// Showing progress while it happens: one line that is redrawn on a terminal; in a log a line soon, and then one from time to time.
import type { Progress } from '../util/progress.ts';
import { progressBar, progressLine, type CommandProgress } from './progress-text.ts';

/** Where progress is shown: the needed part of `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows progress. */
export interface ProgressDisplay {
  update(progress: CommandProgress): void;
  /** Removes the display so that something else can be written; the next update restores it. */
  clear(): void;
}

const REDRAW_MILLISECONDS = 80;
/** In a log: how soon the first line comes after the first report, and the others after one another. */
const FIRST_LINE_MILLISECONDS = 500;
const LINE_MILLISECONDS = 5000;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

function isFinished({ done, total }: Progress): boolean {
  return total !== undefined && done >= total;
}

class TerminalDisplay implements ProgressDisplay {
  readonly #stream: ProgressStream;
  readonly #color: boolean;
  #latest: CommandProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #shown = false;

  constructor(stream: ProgressStream, color: boolean) {
    this.#stream = stream;
    this.#color = color;
  }

  update(progress: CommandProgress): void {
    const isNew = progress.stage !== this.#latest?.stage;
    this.#latest = progress;
    if (isNew) this.#draw();
    // Reports come in bursts, and the last one of a burst stays for a while: it must be the one that is seen.
    this.#timer ??= setTimeout(() => {
      this.#draw();
    }, REDRAW_MILLISECONDS).unref();
  }

  #draw(): void {
    this.#stopTimer();
    if (!this.#latest) return;
    this.#shown = true;
    const width = (this.#stream.columns ?? DEFAULT_COLUMNS) - 1; // the last column would wrap on some terminals
    this.#stream.write(CLEAR_LINE + progressBar(this.#latest, Math.max(1, width), this.#color));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  clear(): void {
    this.#stopTimer();
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }
}

class LogDisplay implements ProgressDisplay {
  readonly #stream: ProgressStream;
  #latest: CommandProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFirst = true;
  #writtenStage = '';

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  update(progress: CommandProgress): void {
    this.#latest = progress;
    const wait = this.#isFirst ? FIRST_LINE_MILLISECONDS : LINE_MILLISECONDS;
    this.#timer ??= setTimeout(() => {
      this.#write();
    }, wait).unref();
    // The end of a stage that was written about is worth a line, too.
    if (isFinished(progress) && progress.stage === this.#writtenStage) this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#latest) return;
    this.#isFirst = false;
    this.#writtenStage = isFinished(this.#latest) ? '' : this.#latest.stage;
    this.#stream.write(`${progressLine(this.#latest)}\n`);
  }

  clear(): void {
    // Lines stay.
  }
}

/**
 * Returns the display that suits a stream.
 *
 * @param environment - `NO_COLOR` and `TERM=dumb` are respected.
 */
export function progressDisplay(
  stream: ProgressStream,
  environment: Readonly<Record<string, string | undefined>>,
): ProgressDisplay {
  if (!stream.isTTY || environment.TERM === 'dumb') return new LogDisplay(stream);
  return new TerminalDisplay(stream, !environment.NO_COLOR);
}
