// What can go wrong between this machine and a server, and whether retrying may help.

/** A failed request or a broken transfer; turned into a LatentSyncError with a remedy before it reaches a user. */
export class TransferError extends Error {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether the server could not be reached at all. */
  readonly unreachable: boolean;
  /** Seconds that the server asks to wait. */
  readonly retryAfterSeconds: number | undefined;
  /** HTTP status, when that is what failed. */
  readonly status: number | undefined;
  /** What to do about it, when that depends on the error. */
  readonly remedy: string | undefined;

  constructor(
    message: string,
    options: {
      retryable?: boolean;
      unreachable?: boolean;
      retryAfterSeconds?: number;
      status?: number;
      remedy?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'TransferError';
    this.retryable = options.retryable ?? false;
    this.unreachable = options.unreachable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.status = options.status;
    this.remedy = options.remedy;
  }
}

const unreachableCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Returns the error under fetch's own "fetch failed"; the first of several addresses that were all tried. */
function rootCause(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error;
}

/** Returns what `fetch` threw as a {@link TransferError}: certificate errors are not retried, everything else is. */
export function transferErrorFrom(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const root = rootCause(error);
  const code = codeOf(root);
  const message = root instanceof Error ? root.message : String(root);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) {
    return new TransferError(`${message} (${code}).`, {
      remedy: 'Behind a proxy with its own certificate, set NODE_EXTRA_CA_CERTS to that certificate.',
      cause: error,
    });
  }
  return new TransferError(message, { retryable: true, unreachable: unreachableCodes.has(code), cause: error });
}

/** Returns the seconds in a `Retry-After` header: a number of seconds or a date; undefined when it is neither. */
export function parseRetryAfter(value: string | null, now = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
