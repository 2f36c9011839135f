// A writer's bytes in memory.
import type { ByteSink } from '../../src/checkpoint/byte-sink.ts';

/** Returns everything that a writer writes, in memory. */
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
