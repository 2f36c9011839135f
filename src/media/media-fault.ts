// A fault of a media file, thrown where the file is read and worded for its reader's user (media-process-node.ts).
import type { HostFault } from './media-host-protocol.ts';

/** A fault of the file. */
export class MediaFault extends Error {
  readonly fault: HostFault;

  constructor(code: HostFault['code'], fault: string, remedy: string) {
    super(fault);
    this.fault = { code, fault, remedy };
  }
}

/** A stream is asked for that the file does not have. */
export class WrongStream extends MediaFault {
  /** @param streams - those that could be asked for, with what they are: `0 (avc, 1920×1080)`. */
  constructor(kind: 'video' | 'audio', stream: number, streams: readonly string[]) {
    super(`no-${kind}-track`, `has no ${kind} stream ${stream}.`, `It has ${streams.join(', ')}.`);
    this.fault.wrongStream = { kind, stream, streams };
  }
}

/** What is said of a file with nothing but subtitles in it. */
export function onlySubtitles(): MediaFault {
  return new MediaFault('media-unreadable', 'contains only subtitles.', 'Choose a file with video or audio.');
}

/** What is said of a file, or a stream of it, that is encrypted. */
export function encrypted(): MediaFault {
  return new MediaFault(
    'media-encrypted',
    'is encrypted, as copy-protected media are.',
    'Use a copy without copy protection.',
  );
}

/** What is said of a file that is damaged. */
export const COPY_AGAIN = 'The file is damaged or truncated: copy, download or convert it again.';
