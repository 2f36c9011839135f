// Runtime in a thread of this process (session-thread-node.ts): much data comes and goes fast, but a run cannot be stopped midway.
import { Worker } from 'node:worker_threads';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import type { HostReply } from './host-protocol.ts';
import { HostedRuntime, type Host, type HostEvents, type RuntimeOptions } from './hosted-runtime-node.ts';
import type { Runtime } from './runtime.ts';

function startThread(): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./session-thread-node.js', import.meta.url));
  // Run from the TypeScript sources, the thread needs a loader of its own before it can read its first file.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(import.meta.resolve('./session-thread-node.ts'));
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
    failure = messageOf(error);
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      onEnd(new LatentSyncError('runtime-failed', `The thread that runs the networks ended early. ${failure}`.trim()));
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
 * Starts a thread that runs networks. Unlike `createRuntime`'s process it shares this process's memory and its fate, and a signal
 * ends a run only when it is done.
 */
export function createThreadRuntime(options: RuntimeOptions = {}): Runtime {
  return new HostedRuntime(options, threadHost);
}
