// Runs the built command, or another program, as a user does, in a process of its own.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a finished command leaves. */
export interface CommandResult {
  /** Exit status; null when a signal ended the process. */
  status: number | null;
  stdout: string;
  stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  /** Working directory. */
  cwd: string;
  /** Added to this process's own environment. */
  environment?: Readonly<Record<string, string>>;
  /** A program and arguments that run the command. */
  within?: readonly string[];
  /** Who runs it. Default: who runs this process. */
  user?: { uid: number; gid: number };
  /** Leaves stdin open, to be written to. Default false: it is empty. */
  stdin?: boolean;
}

/** Starts the command and returns its process. */
export function startCommand(words: readonly string[], { within = [], ...options }: CommandOptions) {
  if (!existsSync(main)) throw new Error('The command is not built: run "npm run build" first.');
  return startProgram([...within, process.execPath, main, ...words], options);
}

/** Starts a program, given with its arguments, and returns its process. */
export function startProgram(
  [program, ...words]: readonly string[],
  { cwd, environment, user, stdin = false }: Omit<CommandOptions, 'within'>,
) {
  const child = spawn(program, words, { cwd, env: { ...process.env, ...environment }, ...user });
  if (!stdin) child.stdin.end();
  return child;
}

/** Returns what a command leaves when it has ended. */
export async function resultOf(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  const result: CommandResult = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ ...result, status });
    });
  });
}

/** Runs the command to its end. */
export async function runCommand(words: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return resultOf(startCommand(words, options));
}

/** Returns the JSON lines that a command wrote. */
export function eventsOf({ stdout }: Pick<CommandResult, 'stdout'>): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Returns the numbers of the processes that a process has started (Linux). */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Returns whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
