// Runtime for Node: networks run in one child process per runtime (session-host-node.ts), which can be stopped immediately.
import { fork, type ChildProcess } from 'node:child_process';
import { smallHeap, steadyEnvironment } from '../util/child-memory-node.ts';
import { childProgram } from '../util/child-program-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import { systemErrorCode } from '../util/file-errors.ts';
import { printableLines } from '../util/printable.ts';
import type { HostReply } from './host-protocol.ts';
import { HostedRuntime, type Host, type HostEvents, type RuntimeOptions } from './hosted-runtime-node.ts';
import type { Runtime } from './runtime.ts';

const STDERR_KEPT = 4000;

const PIPE_CLOSED = new Set(['EPIPE', 'ECONNRESET']);

function startChild(): ChildProcess {
  const { path, execArgv } = childProgram('runtime/session-host-node');
  return fork(path, [], {
    serialization: 'advanced',
    execArgv: [...smallHeap.execArgv, ...execArgv],
    env: steadyEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function childHost(child: ChildProcess, { onReply, onEnd }: HostEvents): Host {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  child.on('message', (reply: HostReply) => {
    onReply(reply);
  });
  const ended = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      onEnd(crashError(reason, stderr));
      resolve();
    };
    child.once('exit', (code, signal) => {
      end(signal ?? `exit status ${code}`);
    });
    child.on('error', (error) => {
      // Signals and messages that could not be sent are reported here too; only a process that never started has ended.
      if (child.pid === undefined) end(error.message);
    });
  });
  return {
    send: (request, onError) => {
      child.send(request, (error) => {
        // A process that has just ended says so itself, with the reason.
        if (error && !PIPE_CLOSED.has(systemErrorCode(error) ?? '')) onError(error);
      });
    },
    keepAlive: (needed) => {
      if (needed) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
    stop: () => child.kill('SIGKILL'),
    ended,
  };
}

function crashError(reason: string, stderr: string): LatentSyncError {
  if (reason === 'SIGKILL') {
    return new LatentSyncError(
      'insufficient-memory',
      'The process that runs the networks was killed, most likely because memory ran out.',
      { remedy: 'Close other programs, or use a smaller model.' },
    );
  }
  const detail = stderr.trim() === '' ? '' : `\n${printableLines(stderr.trim())}`;
  return new LatentSyncError('runtime-failed', `The process that runs the networks ended early (${reason}).${detail}`);
}

/** A runtime in a process of its own. */
export interface ProcessRuntime extends Runtime {
  /** Process id of the networks' process; undefined if it could not be started. */
  readonly processId: number | undefined;
}

class ChildProcessRuntime extends HostedRuntime implements ProcessRuntime {
  readonly processId: number | undefined;

  constructor(options: RuntimeOptions) {
    let child: ChildProcess | undefined;
    super(options, (events) => childHost((child = startChild()), events));
    this.processId = child?.pid;
  }
}

/**
 * Starts a process that runs networks.
 *
 * @example
 * await using runtime = createRuntime({ device: 'cpu' });
 */
export function createRuntime(options: RuntimeOptions = {}): ProcessRuntime {
  return new ChildProcessRuntime(options);
}
