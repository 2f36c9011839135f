// What a command says, and to whom: text for people, or JSON lines for programs.
import { inspect } from 'node:util';
import type { MediaWarning, OnMediaWarning } from '../media/media-warning.ts';
import { LatentSyncError } from '../util/errors.ts';
import { printableLines } from '../util/printable.ts';
import { failureOf } from './exit-status.ts';
import { progressDisplay, type ProgressDisplay } from './progress-display.ts';
import type { CommandProgress } from './progress-text.ts';

/** Reports what happens. */
export interface Reporter {
  /** For the library's functions. */
  readonly onProgress: (progress: CommandProgress) => void;
  /** For the library's functions; to people on stderr. */
  readonly onWarning: OnMediaWarning;
  /**
   * Reports a result.
   *
   * @param name - the `event` of the JSON line.
   * @param fields - the rest of the JSON line.
   * @param text - for people.
   */
  event(name: string, fields: object, text: string): void;
  /**
   * Reports an intermediate event; to people on stderr.
   *
   * @param name - the `event` of the JSON line.
   * @param fields - the rest of the JSON line.
   * @param text - for people.
   */
  notice(name: string, fields: object, text: string): void;
  /** Reports something to people only. */
  note(text: string): void;
  /** Reports why a command failed: what was thrown, and its message in the words of the command. */
  error(error: unknown, message: string): void;
  /** Removes the progress display. */
  close(): void;
}

/** How a {@link Reporter} speaks. */
export interface ReporterOptions {
  /** JSON lines on stdout, nothing else there. */
  readonly json: boolean;
  /** Shows where in the code an error occurred. */
  readonly debug: boolean;
}

/** Returns a reporter that writes to this process's stdout and stderr. */
export function createReporter({ json, debug }: ReporterOptions): Reporter {
  const display = json ? undefined : progressDisplay(process.stderr, process.env);
  return json ? new JsonReporter(debug) : new TextReporter(display!, debug);
}

function errorText(error: unknown, message: string, debug: boolean): string {
  const { code } = failureOf(error);
  const shown = printableLines(message).trimEnd();
  const text =
    code === 'unexpected'
      ? `Unexpected error: ${shown}\nThis is a bug in latentsync. Run the command again with --debug, and report what it prints.`
      : code === 'aborted'
        ? shown
        : `Error: ${shown}`;
  return debug ? `${text}\n${inspect(error)}\n` : `${text}\n`;
}

class TextReporter implements Reporter {
  readonly #display: ProgressDisplay;
  readonly #debug: boolean;

  constructor(display: ProgressDisplay, debug: boolean) {
    this.#display = display;
    this.#debug = debug;
  }

  readonly onProgress = (progress: CommandProgress): void => {
    this.#display.update(progress);
  };

  readonly onWarning = ({ message }: MediaWarning): void => {
    this.note(`Warning: ${message}`);
  };

  event(_name: string, _fields: object, text: string): void {
    this.#display.clear();
    process.stdout.write(`${text}\n`);
  }

  notice(_name: string, _fields: object, text: string): void {
    this.note(text);
  }

  note(text: string): void {
    this.#display.clear();
    process.stderr.write(`${text}\n`);
  }

  error(error: unknown, message: string): void {
    this.note(errorText(error, message, this.#debug).trimEnd());
  }

  close(): void {
    this.#display.clear();
  }
}

class JsonReporter implements Reporter {
  readonly #debug: boolean;

  constructor(debug: boolean) {
    this.#debug = debug;
  }

  readonly onProgress = (progress: CommandProgress): void => {
    this.#write('progress', progress);
  };

  readonly onWarning = (warning: MediaWarning): void => {
    this.#write('warning', warning);
  };

  event(name: string, fields: object): void {
    this.#write(name, fields);
  }

  notice(name: string, fields: object): void {
    this.#write(name, fields);
  }

  note(): void {
    // Notes are for people.
  }

  error(error: unknown, message: string): void {
    const { code, status } = failureOf(error);
    const remedy = error instanceof LatentSyncError ? error.remedy : undefined;
    this.#write('error', { code, exitStatus: status, message, remedy });
    process.stderr.write(errorText(error, message, this.#debug));
  }

  close(): void {
    // Nothing to take away.
  }

  #write(event: string, fields: object): void {
    process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  }
}
