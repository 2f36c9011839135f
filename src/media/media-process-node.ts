// Reading in the media process (media-host-node.ts), from outside: requests go in, what FFmpeg reads comes out.
import { abortable } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { wording } from '../util/wording.ts';
import type { MediaByteSource } from './byte-source.ts';
import { believedTimes, type TimeLimits } from './frame-times.ts';
import { COPY_AGAIN } from './media-fault.ts';
import type { FromHost, HostFault, HostSource, HostStreams, MediaRequest, ToHost } from './media-host-protocol.ts';
import { wrongStream } from './stream-choice.ts';
import { WatchedProcess, type ProcessLimits } from './watched-process-node.ts';

/** What a file may cost. Memory and seconds are those of the process that reads it. */
export interface MediaLimits extends ProcessLimits, TimeLimits {
  /** Pixels of a picture. */
  pixels: number;
  /** Streams of a file. */
  streams: number;
}

/**
 * Enough for 8K video, and a decoder that thinks for a while on a busy machine; a picture may stand still for an hour, and a
 * file last 100 hours.
 */
export const defaultLimits: MediaLimits = {
  pixels: 8192 * 8192,
  streams: 200,
  memoryBytes: 1.5e9,
  stallSeconds: 30,
  ...believedTimes,
};

/** Where the bytes are: a path, which the process opens itself, or a source that is asked for parts. */
export type MediaBytes = { path: string; extension: string } | { bytes: MediaByteSource; extension: string };

/** An item of an answer, and its bytes. */
export interface MediaItem<T> {
  item: T;
  body: Uint8Array<ArrayBuffer>;
}

/** One process that reads one file. Its requests are independent of one another. */
export class MediaProcess {
  readonly #name: string;
  readonly #source: MediaBytes;
  readonly limits: MediaLimits;
  readonly #process: WatchedProcess<ToHost, FromHost>;
  readonly #streams: HostStreams;
  readonly #receivers = new Map<number, Receiver>();
  readonly #closing = new AbortController();
  #failure: { error: unknown } | undefined;
  #requests = 0;
  #reached = 0;

  /** @param streams - the numbers of those that are read, instead of the best ones. */
  constructor(name: string, source: MediaBytes, limits: MediaLimits, streams: HostStreams = {}) {
    this.#name = name;
    this.#source = source;
    this.limits = limits;
    this.#streams = streams;
    this.#process = new WatchedProcess({
      program: 'media-host-node',
      sendsMuch: true,
      limits,
      receive: (message, body) => {
        this.#receive(message, body);
      },
      crashed: (reason) =>
        new LatentSyncError(
          'media-crashed',
          wording`${name} ended the process that reads it after ${this.#reached.toFixed(2)} seconds (${reason}).`,
          { remedy: COPY_AGAIN },
        ),
      stalled: (seconds) =>
        new LatentSyncError(
          'media-stalled',
          wording`${name} cannot be read on after ${this.#reached.toFixed(2)} seconds: for ${seconds} seconds nothing came out of it.`,
          { remedy: COPY_AGAIN },
        ),
      ended: (error) => {
        this.#failure = { error };
        this.#closing.abort();
        for (const receiver of this.#receivers.values()) receiver.fail(error);
      },
    });
  }

  /** Process id; undefined before the first request. */
  get processId(): number | undefined {
    return this.#process.processId;
  }

  /** Returns the single item of an answer. */
  async ask<T extends object>(request: MediaRequest, signal: AbortSignal | undefined): Promise<MediaItem<T>> {
    for await (const item of this.items<T>(request, { ahead: 1, signal })) return item;
    throw new Error('the media process gave no answer');
  }

  /**
   * Yields the items of an answer. `ahead` items may be on their way before they are asked for.
   *
   * @throws LatentSyncError what the file's fault is; `media-crashed` or `media-stalled` when the process dies or gets stuck;
   * `aborted` when the signal fires.
   */
  async *items<T extends object>(
    request: MediaRequest,
    { ahead, signal }: { ahead: number; signal?: AbortSignal },
  ): AsyncGenerator<MediaItem<T>, void, undefined> {
    this.#start();
    const id = this.#requests++;
    const receiver = new Receiver();
    this.#receivers.set(id, receiver);
    if (this.#failure) receiver.fail(this.#failure.error);
    this.#process.send({ type: 'start', id, request, credit: ahead });
    try {
      for (;;) {
        const message = await abortable(
          this.#process.waitFor(() => receiver.next()),
          signal,
        );
        if (message.type === 'end') return;
        this.#process.send({ type: 'more', id });
        yield { item: message.item as T, body: message.body };
      }
    } finally {
      this.#receivers.delete(id);
      this.#process.send({ type: 'stop', id });
    }
  }

  /** Takes back the bytes of an item that are no longer used, for later ones. */
  recycle({ body }: Pick<MediaItem<object>, 'body'>): void {
    this.#process.recycle(body);
  }

  /** Ends the process, whatever it is doing. */
  close(): Promise<void> {
    return this.#process.close(new LatentSyncError('media-unreadable', wording`${this.#name} was closed.`));
  }

  #start(): void {
    if (!this.#process.start()) return;
    const { extension } = this.#source;
    const { pixels, streams: most, gapSeconds, lengthSeconds } = this.limits;
    const source: HostSource =
      'path' in this.#source ? { path: this.#source.path, extension } : { size: this.#source.bytes.size, extension };
    const limits = { pixels, streams: most, gapSeconds, lengthSeconds };
    this.#process.send({ type: 'open', source, streams: this.#streams, limits });
  }

  #receive(message: FromHost, body: Uint8Array<ArrayBuffer>): void {
    if (message.type === 'progress') return;
    if (message.type === 'read') {
      void this.#answerRead(message);
      return;
    }
    const receiver = this.#receivers.get(message.id);
    if (message.type === 'item') {
      if ('seconds' in message.item && typeof message.item.seconds === 'number') this.#reached = message.item.seconds;
      receiver?.receive({ type: 'item', item: message.item, body });
    } else if (message.type === 'end') receiver?.receive(message);
    else {
      receiver?.fail(this.#errorOf(message.error));
    }
  }

  #errorOf({ code, fault, remedy, systemCode, wrongStream: wrong }: HostFault): unknown {
    if (wrong) return wrongStream(this.#name, wrong);
    if (systemCode !== undefined && /^E[A-Z0-9]+$/.test(systemCode)) {
      return fileError(Object.assign(new Error(fault), { code: systemCode }), this.#name);
    }
    return new LatentSyncError(code, wording`${this.#name} ${fault}`, { remedy });
  }

  async #answerRead({ read, offset, length }: { read: number; offset: number; length: number }): Promise<void> {
    const source = this.#source;
    if (!('bytes' in source)) return;
    await this.#process.answer(async () => {
      this.#process.send({ type: 'bytes', read }, await source.bytes.read(offset, length, this.#closing.signal));
    });
  }
}

type Received = { type: 'item'; item: object; body: Uint8Array<ArrayBuffer> } | { type: 'end' };

/** What has come for a request and was not taken yet. */
class Receiver {
  readonly #queue: Received[] = [];
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  receive(message: Received): void {
    this.#queue.push(message);
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  async next(): Promise<Received> {
    for (;;) {
      const message = this.#queue.shift();
      if (message) return message;
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
