// Runs one command line from its words to its exit status.
import { abortError } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { Invocation } from './command.ts';
import { asUsageError, commandLineMessage } from './command-line-words.ts';
import { commands } from './commands.ts';
import { failureOf, generalStatuses, Interruption } from './exit-status.ts';
import { commandHelp, generalHelp } from './help.ts';
import { interruptionSignal } from './interruption.ts';
import { packageVersion } from '../util/package-version-node.ts';
import { hasFlag, parseCommandLine, type Request } from './parse-arguments.ts';
import { createReporter, type Reporter } from './reporter.ts';

const NARROWEST = 40;
const WIDEST = 100;

/**
 * Runs a command line.
 *
 * @param words - the arguments, without the program's own name.
 * @returns The exit status.
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const report = createReporter({ json: hasFlag(words, '--json'), debug: hasFlag(words, '--debug') });
  const signal = interruptionSignal(() => {
    report.note('Stopping …');
  });
  let invocation: Invocation | undefined;
  try {
    const request = await parseCommandLine(words, commands);
    if (request.kind === 'run') invocation = request.invocation;
    await answer(request, report, signal);
    if (signal.aborted && !(signal.reason instanceof Interruption)) throw signal.reason;
    return generalStatuses.ok.status;
  } catch (error) {
    const cause = signal.aborted ? interruptionError(signal, error) : error;
    report.error(cause, commandLineMessage(cause, invocation));
    return failureOf(cause).status;
  } finally {
    report.close();
  }
}

async function answer(request: Request, report: Reporter, signal: AbortSignal): Promise<void> {
  switch (request.kind) {
    case 'version': {
      const version = await packageVersion();
      report.event('version', { version }, version);
      return;
    }
    case 'help': {
      const { topic, all } = request;
      const width = Math.min(WIDEST, Math.max(NARROWEST, process.stdout.columns || WIDEST));
      const text =
        typeof topic === 'object'
          ? commandHelp(topic, width, { all })
          : generalHelp(commands, width, { group: topic, all });
      report.event('help', { text }, text.trimEnd());
      return;
    }
    case 'run': {
      const { invocation } = request;
      try {
        await invocation.command.run(invocation.options, { report, signal });
      } catch (error) {
        throw asUsageError(error, invocation);
      }
    }
  }
}

/** What ended the work counts, not what broke because of it. */
function interruptionError(signal: AbortSignal, error: unknown): unknown {
  if (!(signal.reason instanceof Interruption)) return signal.reason;
  // It may say what has been kept.
  return error instanceof LatentSyncError && error.code === 'aborted' ? error : abortError(signal);
}
