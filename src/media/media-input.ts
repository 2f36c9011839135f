// What a media file may be given as, how it is opened, and the error of one that cannot be read.
import { LatentSyncError } from '../util/errors.ts';
import { wording } from '../util/wording.ts';
import type { OnMediaWarning } from './media-warning.ts';

/** A media file: a path, a URL (`file:`, `http:` or `https:`), a `Blob` or `File`, or the bytes of a file. Paths and `file:` are for Node. */
export type MediaInput = string | URL | Blob | ArrayBuffer | ArrayBufferView;

/** How a media file is opened. */
export interface ReadingOptions {
  signal?: AbortSignal;
  /** Hears of what is lost or put right while the file is read: each thing once, however often it is read. */
  onWarning?: OnMediaWarning;
}

/** Returns a `media-unreadable` error; the fault continues the sentence that the name begins. */
export function unreadable(name: string, fault: string, remedy: string, cause?: unknown): LatentSyncError {
  return new LatentSyncError('media-unreadable', wording`${name} ${fault}`, {
    remedy,
    cause,
  });
}
