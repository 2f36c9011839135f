// Ctrl-C and its relatives: the first one cancels the work cleanly, a second one ends the process immediately.
import { generalStatuses, Interruption, signalStatuses, type EndingSignal } from './exit-status.ts';

/** How long the work may take to end cleanly after an uncaught error. */
const LAST_RESORT_MILLISECONDS = 5000;

/** npm forwards a Ctrl-C that the terminal has already sent, so a second one this soon is not counted. */
const REPEAT_MILLISECONDS = 1000;

const handled: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Returns a signal that fires when the process is told to end, when its output is no longer read, or when an error
 * occurs outside any promise. Its reason is an {@link Interruption}, or that error.
 *
 * @param onCancel - called once, when a person has asked for the end.
 */
export function interruptionSignal(onCancel: () => void): AbortSignal {
  const controller = new AbortController();
  let canceledAt: number | undefined;
  for (const name of handled) {
    process.on(name, () => {
      const now = performance.now();
      if (controller.signal.aborted) {
        if (canceledAt === undefined || now - canceledAt > REPEAT_MILLISECONDS) {
          process.exit(signalStatuses[name].status);
        }
        return;
      }
      canceledAt = now;
      onCancel();
      controller.abort(new Interruption(name));
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      controller.abort(new Interruption('SIGPIPE'));
    });
  }
  process.on('uncaughtException', (error) => {
    controller.abort(error);
    setTimeout(() => process.exit(generalStatuses.unexpected.status), LAST_RESORT_MILLISECONDS);
  });
  return controller.signal;
}
