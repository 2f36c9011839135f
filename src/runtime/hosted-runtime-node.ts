// A runtime whose networks run elsewhere, in a process or a thread, reached by messages.
import { realpathSync } from 'node:fs';
import { Tensor, type DType } from '../tensor/tensor.ts';
import { abortError, throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { fileError } from '../util/file-errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { printableLines } from '../util/printable.ts';
import { option, wording } from '../util/wording.ts';
import type { HostReply, HostRequest, WireFeed } from './host-protocol.ts';
import { runtimeOptions } from './runtime-options.ts';
import type { Device, Feed, KeptTensor, Runtime, RuntimeModel, Session, SessionOptions } from './runtime.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Default `cpu`. */
  device?: Device;
  /** Threads for one operator, 1 to 256. Default: all physical cores. */
  threads?: number;
}

/** Where the networks run. */
export interface Host {
  send: (request: HostRequest, onError: (error: Error) => void) => void;
  /** Whether the host keeps this program from ending. */
  keepAlive: (needed: boolean) => void;
  /** Ends the host, as soon as it can be ended. */
  stop: () => void;
  /** Settles when the host has ended. */
  readonly ended: Promise<void>;
}

/** What a host reports. */
export interface HostEvents {
  onReply: (reply: HostReply) => void;
  /** The host ended, on request or not. */
  onEnd: (reason: LatentSyncError) => void;
}

/** A request waiting for its reply. */
interface Pending {
  resolve: (reply: HostReply) => void;
  reject: (error: unknown) => void;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

function toWire(feed: Feed): WireFeed {
  return 'kept' in feed ? { kept: feed.kept } : { dtype: feed.dtype, shape: feed.shape, data: feed.data };
}

function wireFeeds(feeds: Readonly<Record<string, Feed>>): Record<string, WireFeed> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toWire(feed)]));
}

/** A runtime on a host. */
export class HostedRuntime implements Runtime {
  readonly device: Device;
  readonly #options: RuntimeOptions;
  readonly #host: Host;
  readonly #pending = new Map<number, Pending>();
  #closedBy: LatentSyncError | undefined;
  #busySeconds = 0;
  #lastRequest = 0;
  #lastSession = 0;

  /** @param start - starts the host, once the options are known to be good. */
  constructor(options: RuntimeOptions, start: (events: HostEvents) => Host) {
    checkOptions(runtimeOptions, options);
    this.#options = options;
    this.device = options.device ?? 'cpu';
    this.#host = start({
      onReply: (reply) => {
        if (reply.kind === 'outputs') this.#busySeconds += reply.seconds;
        const pending = this.#pending.get(reply.id);
        this.#settled(reply.id);
        pending?.resolve(reply);
      },
      onEnd: (reason) => {
        this.#closedBy ??= reason;
        for (const { reject } of this.#pending.values()) reject(this.#closedBy);
        this.#pending.clear();
      },
    });
    this.#host.keepAlive(false);
  }

  /** Forgets a request; when none is left, the host does not keep this program running. */
  #settled(id: number): void {
    this.#pending.delete(id);
    // Whoever closes the runtime waits for the host's end.
    if (this.#pending.size === 0 && !this.closed) this.#host.keepAlive(false);
  }

  get closed(): boolean {
    return this.#closedBy !== undefined;
  }

  get busySeconds(): number {
    return this.#busySeconds;
  }

  async #ask(request: WithoutId<HostRequest>, signal?: AbortSignal): Promise<HostReply> {
    throwIfAborted(signal);
    if (this.#closedBy) throw this.#closedBy;
    const id = ++this.#lastRequest;
    let onAbort: (() => void) | undefined;
    let pending: Pending | undefined;
    try {
      const reply = await new Promise<HostReply>((resolve, reject) => {
        onAbort = () => {
          this.#pending.set(id, {
            resolve: (late) => {
              this.#free(late, request);
            },
            reject: () => undefined,
          });
          reject(abortError(signal!));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        this.#host.keepAlive(true);
        this.#pending.set(id, (pending = { resolve, reject }));
        this.#host.send({ ...request, id }, (error) => {
          reject(this.#closedBy ?? error);
        });
      });
      if (reply.kind === 'failed')
        throw new LatentSyncError('runtime-failed', `ONNX Runtime: ${printableLines(plainMessage(reply.message))}`);
      return reply;
    } finally {
      if (onAbort) signal?.removeEventListener('abort', onAbort);
      // A request that could not be sent has no reply to wait for.
      if (this.#pending.get(id) === pending) this.#settled(id);
    }
  }

  /** Sends a request without waiting for it: a busy host gets to it later, and one that has ended need not. */
  #tell(request: WithoutId<HostRequest>): void {
    this.#ask(request).catch(() => undefined);
  }

  /** Frees what a reply left in the host after its request was canceled. */
  #free(reply: HostReply, request: WithoutId<HostRequest>): void {
    if (reply.kind === 'created' && request.kind === 'create')
      this.#tell({ kind: 'release', session: request.session });
    if (reply.kind === 'outputs') this.release(Object.values(reply.kept));
  }

  async createSession(model: RuntimeModel, options: SessionOptions = {}): Promise<Session> {
    const session = ++this.#lastSession;
    let created: HostReply;
    try {
      created = await this.#ask(
        {
          kind: 'create',
          session,
          bytes: model.bytes,
          buffers: model.buffers,
          directory: model.directory === undefined ? undefined : realPath(model.directory),
          device: this.device,
          threads: options.threads ?? this.#options.threads,
          exactInt8: options.exactInt8 ?? false,
        },
        options.signal,
      );
    } catch (error) {
      if (this.device === 'cpu' || !(error instanceof LatentSyncError) || error.code !== 'runtime-failed') throw error;
      throw new LatentSyncError(
        'device-unavailable',
        wording`The device "${this.device}" cannot run the model here: ${error.problem}`,
        { remedy: wording`Use ${option('device', 'cpu')}.`, cause: error },
      );
    }
    if (created.kind !== 'created') throw new TypeError(`Unexpected reply ${created.kind}.`);
    const runKeeping: Session['runKeeping'] = async (feeds, keep, runOptions) => {
      const request = { kind: 'run', session, feeds: wireFeeds(feeds), keep } as const;
      const reply = await this.#ask(request, runOptions?.signal);
      if (reply.kind !== 'outputs') throw new TypeError(`Unexpected reply ${reply.kind}.`);
      const outputs = Object.entries(reply.outputs).map(
        ([name, { dtype, shape, data }]) => [name, new Tensor<DType>(dtype, shape, data)] as const,
      );
      return { outputs: Object.fromEntries(outputs), kept: reply.kept };
    };
    return {
      inputNames: created.inputNames,
      run: async (feeds, runOptions) => (await runKeeping(feeds, [], runOptions)).outputs,
      runKeeping,
      [Symbol.asyncDispose]: () => {
        this.#tell({ kind: 'release', session });
        return Promise.resolve();
      },
    };
  }

  release(tensors: Iterable<KeptTensor>): void {
    this.#tell({ kind: 'release-kept', tensors: Array.from(tensors, ({ kept }) => kept) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closedBy ??= new LatentSyncError('runtime-failed', 'The runtime was closed.');
    this.#host.keepAlive(true);
    this.#host.stop();
    await this.#host.ended;
  }
}

/** ONNX Runtime accepts no links on the way to external data. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    throw fileError(error, directory, { what: 'The folder of the weights' });
  }
}

/** Returns ONNX Runtime's message without the location in its own sources. */
function plainMessage(message: string): string {
  return message.replace(/^\S*onnxruntime_src\/.*? was false\. /s, '').trim();
}
