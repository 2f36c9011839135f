// A program in a session of its own: how it ended, what it took, and what it left running.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a program leaves. */
export interface EndedProcess {
  /** Exit status; null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  seconds: number;
  /** Whether it was ended for taking too long. */
  timedOut: boolean;
  /** The most memory of a process that read or wrote media, in bytes. Watched on Linux. */
  mediaBytes: number;
  /** Processes that it started and that were still there a while after its end. They are ended. Watched on Linux. */
  orphans: number;
}

/** How a program is run. */
export interface WatchOptions {
  cwd: string;
  environment?: Readonly<Record<string, string>>;
  /** Seconds after which it is ended. */
  limitSeconds: number;
  /** Is told when it has started. */
  onStart?: (running: RunningProgram) => void;
}

/** A program that runs. */
export interface RunningProgram {
  pid: number;
  /** Returns what it has printed. */
  stdout: () => string;
}

const SAMPLE_MS = 100;
/** Time for processes to notice that the one which started them is gone. */
const GRACE_MS = 2000;

/** Runs a program of Node to its end. */
export async function runWatched(words: readonly string[], options: WatchOptions): Promise<EndedProcess> {
  const { cwd, environment, limitSeconds, onStart } = options;
  const started = performance.now();
  const child = spawn(process.execPath, words, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a session of its own, by which its descendants are found
  });
  const { pid = 0 } = child;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  onStart?.({ pid, stdout: () => stdout });
  // What it has printed may arrive after its end; what its descendants hold open closes with them.
  const closed = new Promise((resolve) => child.once('close', resolve));
  let mediaBytes = 0;
  let timedOut = false;
  const sampling = setInterval(() => {
    mediaBytes = Math.max(mediaBytes, ...childrenOf(pid).map(mediaMemory));
  }, SAMPLE_MS);
  const limit = setTimeout(() => {
    timedOut = true;
    for (const member of [...sessionMembers(pid), pid]) end(member);
  }, limitSeconds * 1000);
  try {
    const ended = await new Promise<Pick<EndedProcess, 'status' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => {
        resolve({ status, signal });
      });
    });
    const seconds = (performance.now() - started) / 1000;
    const orphans = await remaining(pid);
    orphans.forEach(end);
    await closed;
    return { ...ended, stdout, stderr, seconds, timedOut, mediaBytes, orphans: orphans.length };
  } finally {
    clearInterval(sampling);
    clearTimeout(limit);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Waits for the members of a session to end, and returns those that do not. */
async function remaining(session: number): Promise<number[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const members = sessionMembers(session);
    if (members.length === 0 || performance.now() > deadline) return members;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return ''; // the process has ended, or the system is another
  }
}

function sessionMembers(session: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== session)
    .filter((name) => {
      // After the program's name in brackets: state, parent, group, session.
      const fields = readProc(`${name}/stat`).split(') ').at(-1)!.split(' ');
      return fields[3] === String(session) && fields[0] !== 'Z';
    })
    .map(Number);
}

/** Returns the numbers of the processes that a process has started (Linux). */
export function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Returns the words that started a process, each followed by a NUL; empty if it has ended. */
export function commandOf(pid: number): string {
  return readProc(`${pid}/cmdline`);
}

function mediaMemory(pid: number): number {
  if (!commandOf(pid).includes('/media/')) return 0;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readProc(`${pid}/status`))?.[1] ?? 0);
}
