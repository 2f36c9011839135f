// A process that works on media, from outside: started when it is first needed, watched, and ended from without.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { smallHeap, steadyEnvironment } from '../util/child-memory-node.ts';
import { childProgram } from '../util/child-program-node.ts';
import { connectedSockets, type ConnectedSockets } from './connected-sockets-node.ts';
import { messageHead, MessageReader } from './message-reader.ts';

/** What a process may take. */
export interface ProcessLimits {
  /** Memory of the process. Watched on Linux. */
  memoryBytes: number;
  /** Seconds without a sign of progress, while somebody waits. */
  stallSeconds: number;
}

/** Which process it is, and what becomes of what it says. */
export interface WatchedProcessOptions<In extends object> {
  /** Name of the program, a file in this folder, without its extension. */
  program: string;
  limits: ProcessLimits;
  /** Whether so much comes from the process that it is to be read into memory that is used again; it starts a little later then. Default false. */
  sendsMuch?: boolean;
  /** Takes a message of the process, and the bytes that belong to it. */
  receive: (message: In, body: Uint8Array<ArrayBuffer>) => void;
  /** Returns the error of a process that has ended by itself, or has taken too much memory. */
  crashed: (reason: string) => Error;
  /** Returns the error of a process that somebody has waited for in vain. */
  stalled: (seconds: number) => Error;
  /** Is told, once, why nothing more will come. */
  ended: (error: unknown) => void;
}

const MEMORY_CHECK_MS = 500;
const PAGE_BYTES = 4096;
/** Of what arrives, so much is taken at once. */
const PART_BYTES = 1 << 18;
/** Time to start on a busy machine. */
const START_SECONDS = 60;

/** One process. Messages go through a pipe in both directions; see {@link MessageReader}. */
export class WatchedProcess<Out extends object, In extends object> {
  readonly #options: WatchedProcessOptions<In>;
  readonly #messages: MessageReader<In>;
  #child: ChildProcess | undefined;
  #isStarted = false;
  #pipe: Socket | undefined;
  /** What is to be sent when there is a pipe. */
  #unsent: { message: Out; body: Uint8Array }[] = [];
  #failure: { error: unknown } | undefined;
  /** How many callers wait for it. */
  #waiting = 0;
  /** How many things it waits for itself. */
  #asking = 0;
  /** Seconds that it may take beyond the limit. */
  #extraSeconds = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #memoryCheck: NodeJS.Timeout | undefined;
  #heard = false;

  constructor(options: WatchedProcessOptions<In>) {
    this.#options = options;
    this.#messages = new MessageReader(options.receive);
  }

  /** Process id; undefined before the start. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process, unless it was started or has ended before. Returns whether it did. */
  start(): boolean {
    if (this.#isStarted || this.#failure) return false;
    this.#isStarted = true;
    if (this.#options.sendsMuch) {
      this.#connect()
        .then((sockets) => {
          this.#launch(sockets);
        })
        .catch((error: unknown) => {
          this.fail(error);
        });
    } else this.#launch(undefined);
    return true;
  }

  #connect(): Promise<ConnectedSockets | undefined> {
    const buffer = Buffer.alloc(PART_BYTES);
    const callback = (length: number): boolean => {
      this.#receive(buffer.subarray(0, length));
      return true;
    };
    return connectedSockets({ buffer, callback });
  }

  #launch(sockets: ConnectedSockets | undefined): void {
    if (this.#failure) {
      sockets?.ours.destroy();
      sockets?.theirs.destroy();
      return;
    }
    const { program, crashed } = this.#options;
    const child = startProgram(program, sockets?.theirs ?? 'pipe');
    sockets?.theirs.destroy();
    this.#child = child;
    child.once('exit', (code, signal) => {
      this.fail(crashed(signal ?? `exit status ${code}`));
    });
    child.once('error', (error) => {
      this.fail(crashed(error.message));
    });
    this.#pipe = sockets?.ours ?? (child.stdio[3] as Socket);
    this.#pipe.on('error', () => undefined); // the process ends as well
    if (!sockets)
      this.#pipe.on('data', (data: Buffer) => {
        this.#receive(data);
      });
    for (const { message, body } of this.#unsent) this.send(message, body);
    this.#unsent = [];
    this.#memoryCheck = setInterval(() => void this.#checkMemory(), MEMORY_CHECK_MS).unref();
    this.#keepAlive();
  }

  #receive(data: Uint8Array): void {
    this.#heard = true;
    this.#signOfLife();
    this.#messages.push(data);
  }

  /** Sends a message. Its bytes must stay as they are until the process has said that it has them. */
  send(message: Out, body: Uint8Array = new Uint8Array(0)): void {
    const pipe = this.#pipe;
    if (!pipe && this.#isStarted && !this.#failure) this.#unsent.push({ message, body });
    if (this.#failure || !pipe?.writable) return; // if it does not arrive, the process has ended
    pipe.cork();
    pipe.write(messageHead(message, body.byteLength));
    if (body.byteLength > 0) pipe.write(body);
    pipe.uncork();
  }

  /** Takes back the bytes of a message that are no longer used, for later ones. */
  recycle(body: Uint8Array<ArrayBuffer>): void {
    this.#messages.recycle(body);
  }

  /**
   * Waits for something that the process brings about. Meanwhile it must give signs of life, and the program does not end.
   *
   * @param extraSeconds - what it may take beyond the limit.
   */
  async waitFor<T>(result: () => Promise<T>, extraSeconds = 0): Promise<T> {
    this.#waiting++;
    this.#extraSeconds += extraSeconds;
    this.#keepAlive();
    this.#signOfLife();
    try {
      return await result();
    } finally {
      this.#waiting--;
      this.#extraSeconds -= extraSeconds;
      this.#keepAlive();
      this.#signOfLife();
    }
  }

  /** Does something that the process waits for, and cannot give signs of life before. */
  async answer(work: () => Promise<void>): Promise<void> {
    this.#asking++;
    this.#signOfLife();
    try {
      await work();
    } catch (error) {
      this.fail(error);
    } finally {
      this.#asking--;
      this.#signOfLife();
    }
  }

  /** Ends the process, because of an error. Only the first one counts. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    clearTimeout(this.#watchdog);
    clearInterval(this.#memoryCheck);
    this.#child?.kill('SIGKILL');
    this.#pipe?.destroy();
    this.#options.ended(error);
  }

  /** Ends the process, whatever it is doing, and waits until it is gone. */
  async close(error: unknown): Promise<void> {
    this.fail(error);
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    await gone;
  }

  /** A program may end while it waits for nothing of this process. */
  #keepAlive(): void {
    const action = this.#waiting > 0 ? 'ref' : 'unref';
    this.#child?.[action]();
    this.#pipe?.[action]();
  }

  /** Starts to wait anew for the next sign of life. */
  #signOfLife(): void {
    clearTimeout(this.#watchdog);
    if (this.#waiting === 0 || this.#asking > 0 || this.#failure) return;
    // Until the first message it is the process that starts, which has nothing to do with the file.
    const seconds = Math.max(this.#options.limits.stallSeconds + this.#extraSeconds, this.#heard ? 0 : START_SECONDS);
    this.#watchdog = setTimeout(() => {
      this.fail(this.#options.stalled(seconds));
    }, seconds * 1000).unref();
  }

  async #checkMemory(): Promise<void> {
    const { limits, crashed } = this.#options;
    const { pid } = this.#child ?? {};
    if (process.platform !== 'linux' || pid === undefined) return;
    const statm = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => '');
    const bytes = Number(statm.split(' ').at(1) ?? 0) * PAGE_BYTES;
    if (bytes > limits.memoryBytes) this.fail(crashed(`it took ${(bytes / 1e9).toFixed(1)} GB of memory`));
  }
}

function startProgram(program: string, pipe: Socket | 'pipe'): ChildProcess {
  const { path, execArgv } = childProgram(`media/${program}`);
  return spawn(process.execPath, [...smallHeap.execArgv, ...execArgv, path], {
    env: steadyEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', pipe],
    windowsHide: true,
  });
}
