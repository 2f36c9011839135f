// The thread that runs networks for a program that sends them much data and need not stop them midway.
import { parentPort } from 'node:worker_threads';
import type { HostRequest } from './host-protocol.ts';
import { sessionServer } from './session-server-node.ts';

const port = parentPort!;
const serve = sessionServer((reply) => {
  port.postMessage(reply);
});
port.on('message', (request: HostRequest) => {
  serve(request);
});
