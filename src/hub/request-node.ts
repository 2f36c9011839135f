// HTTP requests to a hub: redirects are followed here so that the token never leaves the hub, a limit on silence, and retries.
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../util/abort.ts';
import { TransferError, parseRetryAfter, transferErrorFrom } from './transfer-error.ts';

/** The wait before a broken transfer is retried. */
export interface Retry {
  /** What broke, in one line. */
  readonly reason: string;
  /** Seconds until the next attempt. */
  readonly seconds: number;
  /** Failures in a row so far, of which {@link Retry.attempts} end the transfer. */
  readonly failures: number;
  readonly attempts: number;
}

/** How often, and after which waits, a broken transfer is retried. */
export interface RetryOptions {
  /** Failures in a row, without a byte received between them, after which to give up; default 6. */
  attempts?: number;
  /** Seconds before the first retry, doubled for each further one up to 30 s; default 1. */
  delaySeconds?: number;
  /** Seconds without a byte after which a connection counts as dead; default 60. */
  stallSeconds?: number;
  /** Called before every wait; must not throw. */
  onRetry?: (retry: Retry) => void;
}

/** A request for one file. */
export interface HubRequest {
  url: string;
  method: 'GET' | 'HEAD';
  headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` only, never to where a redirect leads. */
  token?: string;
  stallSeconds?: number;
  signal?: AbortSignal;
  /** Ends the redirects early: returns true for a response that already contains the answer. */
  isEnough?: (headers: Headers) => boolean;
}

const STALLED = 'stalled';
const MAX_REDIRECTS = 10;
const MAX_DELAY_SECONDS = 30;
const MAX_RETRY_AFTER_SECONDS = 600;

/** A connection that is given up when a single wait on it takes too long, or when the caller cancels. */
class Connection {
  readonly signal: AbortSignal;
  readonly #closing = new AbortController();
  readonly #stallSeconds: number;
  readonly #callerSignal: AbortSignal | undefined;

  constructor(stallSeconds: number, callerSignal: AbortSignal | undefined) {
    this.#stallSeconds = stallSeconds;
    this.#callerSignal = callerSignal;
    this.signal = callerSignal ? AbortSignal.any([callerSignal, this.#closing.signal]) : this.#closing.signal;
  }

  /** Returns what one step of the exchange gives; its errors are a TransferError or `aborted`. */
  async step<T>(run: () => Promise<T>): Promise<T> {
    throwIfAborted(this.#callerSignal);
    const timer = setTimeout(() => {
      this.#closing.abort(STALLED);
    }, this.#stallSeconds * 1000);
    try {
      return await run();
    } catch (error) {
      throwIfAborted(this.#callerSignal);
      if (this.#closing.signal.reason !== STALLED) throw transferErrorFrom(error);
      throw new TransferError(`no data for ${this.#stallSeconds} s`, { retryable: true, cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#closing.abort();
  }
}

/** An answer whose body is read chunk by chunk. */
export class HubResponse implements Disposable {
  readonly status: number;
  readonly headers: Headers;
  readonly #response: Response;
  readonly #connection: Connection;

  constructor(response: Response, connection: Connection) {
    this.status = response.status;
    this.headers = response.headers;
    this.#response = response;
    this.#connection = connection;
  }

  /** Yields the body as it arrives. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const reader = this.#response.body?.getReader();
    if (!reader) return;
    for (;;) {
      const { done, value } = await this.#connection.step(() => reader.read());
      if (done) return;
      yield value;
    }
  }

  /** Closes the connection, even if part of the body is unread. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/**
 * Sends a request, follows its redirects, and returns the answer with status 2xx or 416.
 *
 * @throws TransferError for any other status, and when the server cannot be reached.
 */
export async function send(request: HubRequest): Promise<HubResponse> {
  const { method, headers, token, stallSeconds = 60, signal, isEnough } = request;
  const home = new URL(request.url).origin;
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const connection = new Connection(stallSeconds, signal);
    const authorization: Record<string, string> =
      token !== undefined && url.origin === home ? { authorization: `Bearer ${token}` } : {};
    const response = await connection.step(() =>
      fetch(url, {
        method,
        headers: { ...headers, ...authorization, 'user-agent': 'latentsync', 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal: connection.signal,
      }),
    );
    const { status } = response;
    if ((status >= 200 && status < 300) || status === 416 || (status < 400 && isEnough?.(response.headers) === true)) {
      return new HubResponse(response, connection);
    }
    connection.close();
    const location = response.headers.get('location');
    if (status < 300 || status >= 400 || location === null) throw statusError(response, request, url);
    url = new URL(location, url);
  }
  throw new TransferError(`${request.url} is redirected more than ${MAX_REDIRECTS} times`);
}

function statusError(response: Response, request: HubRequest, url: URL): TransferError {
  const { status, headers } = response;
  const where = url.href === request.url ? request.url : `${request.url} (redirected to ${url.host})`;
  const message = `${where} answered HTTP ${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    return new TransferError(message, {
      status,
      // 501 says that the server cannot do this at all
      retryable: status !== 501,
      retryAfterSeconds: parseRetryAfter(headers.get('retry-after')),
    });
  }
  if (status === 401 || status === 403) {
    const remedy =
      request.token === undefined
        ? 'Set HF_TOKEN to a Hugging Face access token. If HF_ENDPOINT is a mirror, check its address.'
        : "The access token was not accepted: renew it, accept the repository's terms with its account, or unset HF_TOKEN.";
    return new TransferError(`${message}: access denied.`, { remedy, status });
  }
  if (status === 404 || status === 410) {
    const remedy = 'If HF_ENDPOINT is a mirror, use one that has this repository, or unset it.';
    return new TransferError(`${message}: there is no such file.`, { remedy, status });
  }
  return new TransferError(`${message}.`, { status });
}

/**
 * Runs a transfer until it succeeds, waiting longer after each consecutive failure without progress.
 *
 * @param run One attempt.
 * @param progress Returns a count that changes when something was received.
 * @throws What the last attempt threw; immediately when retrying cannot help.
 */
export async function withRetries<T>(
  run: () => Promise<T>,
  options: RetryOptions & { signal?: AbortSignal; progress?: () => number; retryUnreachable?: boolean },
): Promise<T> {
  const { attempts = 6, delaySeconds = 1, onRetry, signal, progress = () => 0, retryUnreachable = true } = options;
  for (let failures = 0; ;) {
    const before = progress();
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransferError) || !error.retryable) throw error;
      if (error.unreachable && !retryUnreachable) throw error;
      failures = progress() > before ? 1 : failures + 1;
      if (failures >= attempts) throw error;
      const backoff = Math.min(MAX_DELAY_SECONDS, delaySeconds * 2 ** (failures - 1));
      const seconds = Math.max(backoff, Math.min(error.retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS));
      onRetry?.({ reason: error.message, seconds, failures, attempts });
      await sleep(seconds * 1000, undefined, { signal }).catch(() => {
        throwIfAborted(signal);
      });
    }
  }
}
