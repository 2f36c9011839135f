// Runtime in a thread of this process (session-thread-node.ts): large data moves fast, but a run cannot be stopped midway.
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { childProgram } from '../util/child-program-node.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import { printableLines } from '../util/printable.ts';
import type { HostReply } from './host-protocol.ts';
import { HostedRuntime, type Host, type HostEvents, type RuntimeOptions } from './hosted-runtime-node.ts';
import type { Runtime } from './runtime.ts';

function startThread(): Worker {
  const { path, execArgv } = childProgram('runtime/session-thread-node');
  if (execArgv.length === 0) return new Worker(path);
  // A thread that begins with TypeScript needs its own loader before it can read its first file.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(pathToFileURL(path).href);
  const start = `import(${loader}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(start, { eval: true, execArgv: [] });
}

function threadHost({ onReply, onEnd }: HostEvents): Host {
  const worker = startThread();
  worker.on('message', (reply: HostReply) => {
    onReply(reply);
  });
  let failure = '';
  worker.once('error', (error) => {
    failure = `: ${printableLines(messageOf(error))}`;
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      onEnd(new LatentSyncError('runtime-failed', `The thread that runs the networks ended early${failure}.`));
      resolve();
    });
  });
  return {
    send: (request) => {
      worker.postMessage(request);
    },
    keepAlive: (needed) => {
      if (needed) worker.ref();
      else worker.unref();
    },
    stop: () => void worker.terminate(),
    ended,
  };
}

/**
 * Starts a thread that runs networks. Unlike the process of `createRuntime`, it shares the memory and the fate of this one, and a signal
 * takes effect only after the current run.
 */
export function createThreadRuntime(options: RuntimeOptions = {}): Runtime {
  return new HostedRuntime(options, threadHost);
}
