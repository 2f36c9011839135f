// Two sockets that are connected with each other: a pipe to a process to be started, of which we choose the memory that it is read into.
import { once } from 'node:events';
import { connect, createServer, type OnReadOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';

/** Most bytes of a socket's path that all systems take. */
const MOST_PATH_BYTES = 100;

/** Both ends of a connection. */
export interface ConnectedSockets {
  readonly ours: Socket;
  /** To be handed to a process; nothing is read from it here. */
  readonly theirs: Socket;
}

/**
 * Connects two sockets.
 *
 * @param onread - what is read from ours goes into this memory, where Node's own pipes to processes take a new piece for every 64 kB.
 * @returns Undefined where that is not possible: on Windows, and without a folder for temporary files.
 */
export async function connectedSockets(onread: OnReadOpts): Promise<ConnectedSockets | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    await using folder = await TemporaryFolder.create('latentsync-pipe-'); // nobody else can enter it
    const path = join(folder.path, 'pipe');
    if (Buffer.byteLength(path) > MOST_PATH_BYTES) return undefined;
    const server = createServer({ pauseOnConnect: true }).listen(path);
    try {
      await once(server, 'listening');
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const ours = connect({ path, onread });
      await once(ours, 'connect');
      const [theirs] = await accepted;
      return { ours, theirs };
    } finally {
      server.close();
    }
  } catch {
    return undefined;
  }
}
