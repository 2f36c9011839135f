// The process that runs networks: a child, because ONNX Runtime blocks its thread, and only a process can be stopped immediately.
import { Worker } from 'node:worker_threads';
import type { HostRequest } from './host-protocol.ts';
import { sessionServer } from './session-server-node.ts';

// A run blocks this thread, so another one watches for the program's end, even a violent one.
const watchdog = `
const parent = process.ppid;
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 300);
`;

// Ctrl-C reaches every process of the terminal; the program decides what becomes of this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
new Worker(watchdog, { eval: true, execArgv: [] }).unref();
const serve = sessionServer((reply) => process.send?.(reply));
process.on('message', (request: HostRequest) => {
  serve(request);
});
