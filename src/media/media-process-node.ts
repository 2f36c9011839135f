// The media process (media-host-node.ts) from outside: started when it is first needed, watched, and ended from without.
import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { abortable } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { wording } from '../util/wording.ts';
import type { MediaByteSource } from './byte-source.ts';
import type { FromHost, MediaRequest, HostSource, ToHost } from './media-host-protocol.ts';
import { MessageReader } from './message-reader.ts';

/** What a file may cost. */
export interface MediaLimits {
  /** Pixels of a picture. */
  pixels: number;
  /** Memory of the process that reads it. Watched on Linux. */
  memoryBytes: number;
  /** Seconds without a sign of progress, while somebody waits. */
  stallSeconds: number;
}

/** Enough for 8K video, and a decoder that thinks for a while on a busy machine. */
export const defaultLimits: MediaLimits = { pixels: 8192 * 8192, memoryBytes: 1.5e9, stallSeconds: 30 };

/** Where the bytes are: a path, which the process opens itself, or a source that is asked for parts. */
export type MediaBytes = { path: string; extension: string } | { bytes: MediaByteSource; extension: string };

/** An item of an answer, and its bytes. */
export interface MediaItem<T> {
  item: T;
  body: Uint8Array<ArrayBuffer>;
}

const MEMORY_CHECK_MS = 500;
const PAGE_BYTES = 4096;
/** Time to start on a busy machine. */
const START_SECONDS = 60;
const COPY_AGAIN = 'The file is damaged: copy, download or convert it again.';

/** One process that reads one file. Its requests are independent of one another. */
export class MediaProcess {
  readonly #name: string;
  readonly #source: MediaBytes;
  readonly #limits: MediaLimits;
  readonly #receivers = new Map<number, Receiver>();
  readonly #messages = new MessageReader((message, body) => {
    this.#receive(message, body);
  });
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;
  #failure: unknown;
  #requests = 0;
  /** How many callers wait for an item. */
  #waiting = 0;
  /** How many parts of the file are being fetched for the process. */
  #fetching = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #memoryCheck: NodeJS.Timeout | undefined;
  #reached = 0;
  #heard = false;

  constructor(name: string, source: MediaBytes, limits: MediaLimits) {
    this.#name = name;
    this.#source = source;
    this.#limits = limits;
  }

  /** Process id; undefined before the first request and after the end. */
  get processId(): number | undefined {
    return this.#child?.pid;
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
    if (this.#failure !== undefined) receiver.fail(this.#failure);
    this.#send({ type: 'start', id, request, credit: ahead });
    try {
      for (;;) {
        const message = await abortable(this.#wait(receiver), signal);
        if (message.type === 'end') return;
        this.#send({ type: 'more', id });
        yield { item: message.item as T, body: message.body };
      }
    } finally {
      this.#receivers.delete(id);
      this.#send({ type: 'stop', id });
    }
  }

  /** Takes back the bytes of an item that are no longer used, for later ones. */
  recycle({ body }: Pick<MediaItem<object>, 'body'>): void {
    this.#messages.recycle(body);
  }

  /** Ends the process, whatever it is doing. */
  async close(): Promise<void> {
    this.#fail(new LatentSyncError('media-unreadable', wording`${this.#name} was closed.`));
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGKILL');
    await ended;
  }

  #start(): void {
    if (this.#child || this.#failure !== undefined) return;
    const child = startChild();
    this.#child = child;
    child.once('exit', (code, signal) => {
      this.#fail(this.#crashed(signal ?? `exit status ${code}`));
    });
    child.once('error', (error) => {
      this.#fail(this.#crashed(error.message));
    });
    this.#pipe?.on('data', (data: Buffer) => {
      this.#heard = true;
      this.#signOfLife();
      this.#messages.push(data);
    });
    this.#pipe?.on('error', () => undefined); // the process ends as well
    this.#memoryCheck = setInterval(() => void this.#checkMemory(), MEMORY_CHECK_MS).unref();
    this.#keepAlive();
    const { extension } = this.#source;
    const source: HostSource =
      'path' in this.#source ? { path: this.#source.path, extension } : { size: this.#source.bytes.size, extension };
    this.#send({ type: 'open', source, limits: { pixels: this.#limits.pixels } });
  }

  get #pipe(): (Readable & { ref(): void; unref(): void }) | undefined {
    return this.#child?.stdio[3] as (Readable & { ref(): void; unref(): void }) | undefined;
  }

  #send(message: ToHost): void {
    if (this.#failure !== undefined || !this.#child?.connected) return;
    this.#child.send(message, () => undefined); // if it does not arrive, the process has ended
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
      const { code, fault, remedy, systemCode } = message.error;
      const known = systemCode !== undefined && /^E[A-Z0-9]+$/.test(systemCode);
      receiver?.fail(
        known
          ? fileError(Object.assign(new Error(fault), { code: systemCode }), this.#name)
          : new LatentSyncError(code, wording`${this.#name} ${fault}`, { remedy }),
      );
    }
  }

  async #answerRead({ read, offset, length }: { read: number; offset: number; length: number }): Promise<void> {
    if (!('bytes' in this.#source)) return;
    this.#fetching++;
    this.#signOfLife();
    try {
      const bytes = await this.#source.bytes.read(offset, length, this.#closing.signal);
      this.#send({ type: 'bytes', read, bytes });
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#fetching--;
      this.#signOfLife();
    }
  }

  async #wait(receiver: Receiver): Promise<Received> {
    this.#waiting++;
    this.#keepAlive();
    this.#signOfLife();
    try {
      return await receiver.next();
    } finally {
      this.#waiting--;
      this.#keepAlive();
      this.#signOfLife();
    }
  }

  /** A program may end while it waits for nothing of this process. */
  #keepAlive(): void {
    const action = this.#waiting > 0 ? 'ref' : 'unref';
    this.#child?.[action]();
    this.#child?.channel?.[action]();
    this.#pipe?.[action]();
  }

  /** Starts to wait anew for the next sign of life. */
  #signOfLife(): void {
    clearTimeout(this.#watchdog);
    if (this.#waiting === 0 || this.#fetching > 0 || this.#failure !== undefined) return;
    // Until the first message it is the process that starts, which has nothing to do with the file.
    const stallSeconds = Math.max(this.#limits.stallSeconds, this.#heard ? 0 : START_SECONDS);
    this.#watchdog = setTimeout(() => {
      this.#fail(
        new LatentSyncError(
          'media-stalled',
          wording`${this.#name} cannot be read on after ${this.#reached.toFixed(2)} seconds: for ${stallSeconds} seconds nothing came out of it.`,
          { remedy: COPY_AGAIN },
        ),
      );
    }, stallSeconds * 1000).unref();
  }

  async #checkMemory(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (process.platform !== 'linux' || pid === undefined) return;
    const statm = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => '');
    const bytes = Number(statm.split(' ').at(1) ?? 0) * PAGE_BYTES;
    if (bytes > this.#limits.memoryBytes) this.#fail(this.#crashed(`it took ${(bytes / 1e9).toFixed(1)} GB of memory`));
  }

  #crashed(reason: string): LatentSyncError {
    return new LatentSyncError(
      'media-crashed',
      wording`${this.#name} ended the process that reads it after ${this.#reached.toFixed(2)} seconds (${reason}).`,
      { remedy: COPY_AGAIN },
    );
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#watchdog);
    clearInterval(this.#memoryCheck);
    this.#closing.abort();
    for (const receiver of this.#receivers.values()) receiver.fail(error);
    this.#child?.kill('SIGKILL');
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

function startChild(): ChildProcess {
  // When run from the TypeScript sources, the child needs the same loader as this process.
  const fromSources = import.meta.url.endsWith('.ts');
  return fork(new URL(`./media-host-node.${fromSources ? 'ts' : 'js'}`, import.meta.url), [], {
    serialization: 'advanced',
    execArgv: fromSources ? ['--import', import.meta.resolve('tsx')] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
  });
}
