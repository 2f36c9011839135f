// Showing progress while it happens: one line that is redrawn on a terminal, a line now and then in a log.
import type { Progress } from '../util/progress.ts';
import { progressBar, progressLine } from './progress-text.ts';

/** Where progress is shown: `process.stderr`, as far as it is needed. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows progress. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Takes the display away so that something else can be written; the next update brings it back. */
  clear(): void;
}

const REDRAW_MILLISECONDS = 80;
const LINE_MILLISECONDS = 5000;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

function isFinished({ done, total }: Progress): boolean {
  return total !== undefined && done >= total;
}

class TerminalDisplay implements ProgressDisplay {
  readonly #stream: ProgressStream;
  readonly #color: boolean;
  #shown = false;
  #drawnAt = -Infinity;
  #stage = '';

  constructor(stream: ProgressStream, color: boolean) {
    this.#stream = stream;
    this.#color = color;
  }

  update(progress: Progress): void {
    const now = performance.now();
    const isNew = progress.stage !== this.#stage;
    if (!isNew && !isFinished(progress) && now - this.#drawnAt < REDRAW_MILLISECONDS) return;
    this.#drawnAt = now;
    this.#stage = progress.stage;
    this.#shown = true;
    const width = (this.#stream.columns ?? DEFAULT_COLUMNS) - 1; // the last column would wrap on some terminals
    this.#stream.write(CLEAR_LINE + progressBar(progress, Math.max(1, width), this.#color));
  }

  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }
}

class LogDisplay implements ProgressDisplay {
  readonly #stream: ProgressStream;
  #writtenAt = performance.now();
  #stage = '';

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  update(progress: Progress): void {
    const now = performance.now();
    const isDue = now - this.#writtenAt >= LINE_MILLISECONDS;
    // The end of a stage that was written about is worth a line, too.
    if (!isDue && !(isFinished(progress) && progress.stage === this.#stage)) return;
    this.#writtenAt = now;
    this.#stage = isFinished(progress) ? '' : progress.stage;
    this.#stream.write(`${progressLine(progress)}\n`);
  }

  clear(): void {
    // Lines stay.
  }
}

/**
 * Returns the display that suits a stream.
 *
 * @param environment - `NO_COLOR` and `TERM=dumb` are heeded.
 */
export function progressDisplay(
  stream: ProgressStream,
  environment: Readonly<Record<string, string | undefined>>,
): ProgressDisplay {
  if (!stream.isTTY || environment.TERM === 'dumb') return new LogDisplay(stream);
  return new TerminalDisplay(stream, !environment.NO_COLOR);
}
