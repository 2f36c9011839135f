// A hub on this machine, laid out as Hugging Face is: resolve URLs on one port redirect to storage on another; and it misbehaves on request.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
export interface SeenRequest {
  server: 'hub' | 'storage';
  method: string;
  url: string;
  authorization: string | undefined;
  range: string | undefined;
  ifRange: string | undefined;
}

/** Answers one request to the storage instead of the normal answer; `start` is the first byte asked for. */
export type Fault = (response: ServerResponse, content: Buffer, start: number) => void;

/** Breaks the connection instead of answering. */
export const hangUp: Fault = (response) => {
  response.destroy();
};

/** Sends that many bytes of the answer, then nothing more. */
export function stallAfter(bytes: number): Fault {
  return (response, content, start) => {
    writeHead(response, content, start);
    response.write(content.subarray(start, start + bytes));
  };
}

/** Answers with the whole content whatever range was asked for. */
export const ignoreRange: Fault = (response, content) => {
  writeHead(response, content, 0);
  response.end(content);
};

/** Answers with a status and nothing else. */
export function answerStatus(status: number, headers: Record<string, string> = {}): Fault {
  return (response) => {
    response.writeHead(status, headers).end();
  };
}

/** Announces another length than that of the content, and sends the content. */
export function announce(length: number): Fault {
  return (response, content) => {
    response.writeHead(200, { 'content-length': length, etag: etagOf(content) });
    response.end(content.subarray(0, length));
  };
}

/** Sends other bytes, without announcing a length. */
export function sendUnannounced(bytes: Uint8Array): Fault {
  return (response, content) => {
    response.writeHead(200, { etag: etagOf(content), 'transfer-encoding': 'chunked' });
    response.end(bytes);
  };
}

/** Sends content of the right length with another byte in its middle. */
export const corrupt: Fault = (response, content) => {
  const wrong = Buffer.from(content);
  wrong[wrong.length >> 1] ^= 0xff;
  writeHead(response, wrong, 0);
  response.end(wrong);
};

export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function etagOf(content: Uint8Array): string {
  return `"storage-${sha256Of(content).slice(0, 12)}"`;
}

function writeHead(response: ServerResponse, content: Buffer, start: number): void {
  const etag = etagOf(content);
  const length = content.length - start;
  if (start === 0) response.writeHead(200, { 'content-length': length, etag });
  else {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-length': length, 'content-range': range, etag });
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A hub with files under `/<repository>/resolve/main/<path>`. */
export class HubServer implements AsyncDisposable {
  /** Files by URL path; may be changed at any time. */
  readonly files = new Map<string, Buffer>();
  /** Every request so far. */
  readonly seen: SeenRequest[] = [];
  /** Answers to the next GET requests to the storage, one each; then it behaves. */
  readonly faults: Fault[] = [];
  /** Answers to every request to the hub itself, when set. */
  hubFault: Fault | undefined;
  /** Whether the hub declares length and sha256 in `X-Linked-Size` and `X-Linked-ETag`. */
  declares = true;
  /** Milliseconds between the pieces of 64 KiB that an answer is sent in; 0 sends it at once. */
  pieceDelay = 0;
  /** The URL to put in HF_ENDPOINT. */
  endpoint = '';
  #storageOrigin = '';
  readonly #hub: Server;
  readonly #storage: Server;

  private constructor() {
    this.#hub = createServer((request, response) => {
      this.#answerHub(request, response);
    });
    this.#storage = createServer((request, response) => {
      void this.#answerStorage(request, response);
    });
  }

  static async start(files: Record<string, Uint8Array> = {}): Promise<HubServer> {
    const server = new HubServer();
    for (const [path, content] of Object.entries(files)) server.files.set(path, Buffer.from(content));
    server.endpoint = await listen(server.#hub);
    server.#storageOrigin = await listen(server.#storage);
    return server;
  }

  /** Requests for content, in order. */
  get downloads(): readonly SeenRequest[] {
    return this.seen.filter(({ server, method }) => server === 'storage' && method === 'GET');
  }

  /** Breaks all connections to the storage. */
  dropConnections(): void {
    this.#storage.closeAllConnections();
  }

  #note(server: 'hub' | 'storage', request: IncomingMessage): void {
    const { authorization, range, 'if-range': ifRange } = request.headers;
    this.seen.push({
      server,
      method: request.method ?? '',
      url: request.url ?? '',
      authorization,
      range,
      ifRange: ifRange as string | undefined,
    });
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    this.#note('hub', request);
    const url = request.url ?? '';
    const content = this.files.get(url);
    if (this.hubFault) this.hubFault(response, content ?? Buffer.alloc(0), 0);
    else if (!content) response.writeHead(404).end();
    else {
      const declared = { 'x-linked-size': content.length, 'x-linked-etag': `"${sha256Of(content)}"` };
      const location = `${this.#storageOrigin}${url}?signature=1`;
      response.writeHead(302, { location, ...(this.declares ? declared : {}) }).end();
    }
  }

  async #answerStorage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#note('storage', request);
    const content = this.files.get((request.url ?? '').split('?')[0]) ?? Buffer.alloc(0);
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const isSame = [undefined, etagOf(content)].includes(request.headers['if-range'] as string | undefined);
    const start = asked && isSame ? Number(asked[1]) : 0;
    if (request.method === 'HEAD') {
      writeHead(response, content, 0);
      response.end();
      return;
    }
    const fault = this.faults.shift();
    if (fault) fault(response, content, start);
    else if (start >= content.length && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    } else {
      writeHead(response, content, start);
      for (let offset = start; this.pieceDelay > 0 && offset < content.length && !response.destroyed; offset += 65536) {
        response.write(content.subarray(offset, offset + 65536));
        await new Promise((resolve) => setTimeout(resolve, this.pieceDelay));
      }
      response.end(this.pieceDelay > 0 ? undefined : content.subarray(start));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      if (!server.listening) continue;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}
