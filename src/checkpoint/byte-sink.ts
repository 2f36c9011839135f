// Where a writer's bytes go, one piece after the other.

/** Takes a file's bytes in order. */
export interface ByteSink {
  /** Appends bytes; they may be reused by the caller once the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
}
