// Runtime for Node: networks run in one child process per runtime (session-host-node.ts), reached by messages.
import { fork, type ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Tensor, type DType } from '../tensor/tensor.ts';
import { abortError, throwIfAborted } from '../util/abort.ts';
import { checkInteger } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { HostReply, HostRequest, WireFeed } from './host-protocol.ts';
import type { Device, Feed, KeptTensor, Runtime, RuntimeModel, Session, SessionOptions } from './runtime.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Default `cpu`. */
  device?: Device;
  /** Threads for one operator, up to four for each core; default: all physical cores. */
  threads?: number;
  /** Start of the file names of ONNX Runtime's profiles; none are written by default. */
  profilePrefix?: string;
}

type Request<K extends HostRequest['kind']> = Omit<Extract<HostRequest, { kind: K }>, 'id'>;

const STDERR_KEPT = 4000;

function toWire(feed: Feed): WireFeed {
  return 'kept' in feed ? { kept: feed.kept } : { dtype: feed.dtype, shape: feed.shape, data: feed.data };
}

function wireFeeds(feeds: Readonly<Record<string, Feed>>): Record<string, WireFeed> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toWire(feed)]));
}

class ChildProcessRuntime implements Runtime {
  readonly device: Device;
  readonly #options: RuntimeOptions;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (reply: HostReply) => void; reject: (error: unknown) => void }>();
  readonly #exited: Promise<void>;
  #closedBy: LatentSyncError | undefined;
  #stderr = '';
  #lastRequest = 0;
  #lastSession = 0;

  constructor(options: RuntimeOptions) {
    // Hundreds of threads on a few cores do not even finish loading.
    if (options.threads !== undefined) checkInteger('options.threads', options.threads, 1, 4 * availableParallelism());
    this.#options = options;
    this.device = options.device ?? 'cpu';
    // Run from the TypeScript sources, the child needs the same loader as this process.
    const fromSources = import.meta.url.endsWith('.ts');
    this.#child = fork(new URL(`./session-host-node.${fromSources ? 'ts' : 'js'}`, import.meta.url), [], {
      serialization: 'advanced',
      execArgv: fromSources ? ['--import', import.meta.resolve('tsx')] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.on('message', (reply: HostReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (this.#pending.size === 0) this.#keepAlive(false);
      pending?.resolve(reply);
    });
    this.#exited = new Promise((resolve) => {
      const ended = (reason: string): void => {
        this.#closedBy ??= crashError(reason, this.#stderr);
        for (const { reject } of this.#pending.values()) reject(this.#closedBy);
        this.#pending.clear();
        resolve();
      };
      this.#child.once('exit', (code, signal) => {
        ended(signal ?? `exit status ${code}`);
      });
      this.#child.once('error', (error) => {
        ended(error.message);
      });
    });
    this.#keepAlive(false);
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** While nothing is asked of the child, it does not keep this process from ending. */
  #keepAlive(needed: boolean): void {
    if (needed) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }

  async #ask<K extends HostRequest['kind']>(request: Request<K>, signal?: AbortSignal): Promise<HostReply> {
    throwIfAborted(signal);
    if (this.#closedBy) throw this.#closedBy;
    const id = ++this.#lastRequest;
    const onAbort = (): void => {
      this.#closedBy = abortError(signal!);
      this.#child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const reply = await new Promise<HostReply>((resolve, reject) => {
        this.#keepAlive(true);
        this.#pending.set(id, { resolve, reject });
        this.#child.send({ ...request, id }, (error) => {
          if (error) reject(this.#closedBy ?? error);
        });
      });
      if (reply.kind === 'failed')
        throw new LatentSyncError('runtime-failed', `ONNX Runtime: ${plainMessage(reply.message)}`);
      return reply;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async createSession(model: RuntimeModel, options: SessionOptions = {}): Promise<Session> {
    const session = ++this.#lastSession;
    let created: HostReply;
    try {
      created = await this.#ask<'create'>(
        {
          kind: 'create',
          session,
          bytes: model.bytes,
          buffers: model.buffers,
          directory: model.directory === undefined ? undefined : realpathSync(model.directory),
          device: this.device,
          threads: options.threads ?? this.#options.threads,
          profilePrefix: this.#options.profilePrefix,
        },
        options.signal,
      );
    } catch (error) {
      if (this.device === 'cpu' || !(error instanceof LatentSyncError) || error.code !== 'runtime-failed') throw error;
      throw new LatentSyncError(
        'device-unavailable',
        `The device "${this.device}" cannot run the model here: ${error.message}\n` +
          'Use --device cpu, or see "latentsync doctor" for what this machine can run.',
        { cause: error },
      );
    }
    if (created.kind !== 'created') throw new TypeError(`Unexpected reply ${created.kind}.`);
    const runKeeping: Session['runKeeping'] = async (feeds, keep, runOptions) => {
      const request = { kind: 'run', session, feeds: wireFeeds(feeds), keep } as const;
      const reply = await this.#ask<'run'>(request, runOptions?.signal);
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
      [Symbol.asyncDispose]: async () => {
        if (!this.#closedBy) await this.#ask<'release'>({ kind: 'release', session });
      },
    };
  }

  async release(tensors: Iterable<KeptTensor>): Promise<void> {
    if (this.#closedBy) return;
    await this.#ask<'release-kept'>({ kind: 'release-kept', tensors: Array.from(tensors, ({ kept }) => kept) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closedBy ??= new LatentSyncError('runtime-failed', 'The runtime was closed.');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.ref();
      this.#child.kill('SIGKILL');
      await this.#exited;
    }
  }
}

/** Returns what ONNX Runtime says without the place in its own sources that says it. */
function plainMessage(message: string): string {
  return message.replace(/^\S*onnxruntime_src\/.*? was false\. /s, '').trim();
}

function crashError(reason: string, stderr: string): LatentSyncError {
  if (reason === 'SIGKILL') {
    return new LatentSyncError(
      'insufficient-memory',
      'The process that runs the networks was killed, most likely because memory ran out.\n' +
        'Close other programs, or use a smaller model or resolution.',
    );
  }
  const detail = stderr.trim() === '' ? '' : `\n${stderr.trim()}`;
  return new LatentSyncError('runtime-failed', `The process that runs the networks ended early (${reason}).${detail}`);
}

/** A runtime in a process of its own. */
export interface ProcessRuntime extends Runtime {
  /** Number of the process that runs the networks; undefined when it could not be started. */
  readonly processId: number | undefined;
}

/**
 * Starts a process that runs networks.
 *
 * @example
 * await using runtime = createRuntime({ device: 'cpu' });
 */
export function createRuntime(options: RuntimeOptions = {}): ProcessRuntime {
  return new ChildProcessRuntime(options);
}
