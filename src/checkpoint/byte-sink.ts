// Where a writer's bytes go, one piece after the other.

/** Takes a file's bytes in order. */
export interface ByteSink {
  /** Appends bytes; they may be reused by the caller once the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Returns everything that a writer writes, in memory.
 *
 * @example
 * const bytes = await collectBytes((sink) => writeSafetensors(sink, source));
 */
export async function collectBytes(write: (sink: ByteSink) => Promise<void>): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  await write({
    write(bytes) {
      parts.push(bytes.slice());
      return Promise.resolve();
    },
  });
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
