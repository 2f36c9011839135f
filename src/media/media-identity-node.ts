// What tells the content of one media input from that of another.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileError } from '../util/file-errors.ts';
import { pathOf } from './input-file-node.ts';
import type { MediaInput } from './media-input.ts';

const PART_BYTES = 1 << 22;

/** Returns a hash of the bytes of a `Blob` or buffer. */
export async function bytesIdentity(input: Blob | ArrayBuffer | ArrayBufferView): Promise<string> {
  const blob = input instanceof Blob ? input : new Blob([input as BlobPart]);
  const hash = createHash('sha256');
  for (let at = 0; at < blob.size; at += PART_BYTES) {
    hash.update(new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer()));
  }
  return hash.digest('hex');
}

/** Returns what changes when somebody writes a file; undefined for inputs that are not files of this machine. */
export async function fileState(input: MediaInput): Promise<string | undefined> {
  const path = pathOf(input);
  if (path === undefined) return undefined;
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    throw fileError(error, path);
  }
}
