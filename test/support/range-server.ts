// An HTTP server on this machine that sends files of a folder in parts, or does not, as some servers do.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/** A running server. Disposing it stops it. */
export interface RangeServer extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
  /** The `Range` header of every request, in order. */
  readonly ranges: readonly (string | undefined)[];
  /** The `Authorization` header of every request. */
  readonly authorizations: readonly (string | undefined)[];
}

/**
 * Serves the files of a folder.
 *
 * @param options.ranges - whether parts are sent; default true.
 * @param options.status - answers every request with this status instead.
 */
export async function rangeServer(
  folder: string,
  { ranges = true, status }: { ranges?: boolean; status?: number } = {},
): Promise<RangeServer> {
  const seen: (string | undefined)[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.range);
    authorizations.push(request.headers.authorization);
    const name = decodeURIComponent(basename(new URL(request.url!, 'http://localhost').pathname));
    // Pages of other addresses may read the files and their sizes.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'content-range');
    readFile(join(folder, name)).then(
      (content) => {
        const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
        if (status !== undefined) response.writeHead(status).end();
        else if (!ranges || !range) response.writeHead(200, { 'content-length': content.length }).end(content);
        else {
          const start = Number(range[1]);
          const end = range[2] === '' ? content.length - 1 : Math.min(Number(range[2]), content.length - 1);
          response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${content.length}` });
          response.end(content.subarray(start, end + 1));
        }
      },
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ranges: seen,
    authorizations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
