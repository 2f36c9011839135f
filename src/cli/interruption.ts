// Ctrl-C and its relatives: the first one cancels the work in good order, a second one ends the process at once.
import { generalStatuses, Interruption, signalStatuses, type EndingSignal } from './exit-status.ts';

/** How long the work may take to end in good order after an error that nothing caught. */
const LAST_RESORT_MILLISECONDS = 5000;

/** npm passes a Ctrl-C on that the terminal has sent already: what comes this soon is no second one. */
const REPEAT_MILLISECONDS = 1000;

const handled: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Returns a signal that fires when the process is told to end, when nobody reads its output any more, or when an error
 * turns up outside of all promises. Its reason is an {@link Interruption}, or that error.
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
