// How long the command takes to answer something simple, compared with Node itself in the same run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { throwIfAborted } from '../util/abort.ts';
import { childProgram } from '../util/child-program-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import type { Figure } from '../util/figure.ts';
import { printableLines } from '../util/printable.ts';

/** How the start of the command is benchmarked. */
export interface StartupBenchmarkOptions {
  /** Starts of each, taken in turn so that other programs slow all alike; their median counts. Default 9. */
  repetitions?: number;
  signal?: AbortSignal;
}

const { path, execArgv } = childProgram('cli/main');
const command = [...execArgv, path];

/** Returns the milliseconds from a process's start to its end. */
async function timeOf(nodeArguments: readonly string[], signal: AbortSignal | undefined): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, nodeArguments, { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close').catch((error: unknown) => {
    throwIfAborted(signal);
    throw error;
  })) as [number | null];
  if (code !== 0)
    throw new LatentSyncError('runtime-failed', `The measured command failed.\n${printableLines(stderr.trim())}`);
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Returns the time of a Node that does nothing, and how many times as long `--help` and `--version` take. */
export async function benchmarkStartup(options: StartupBenchmarkOptions = {}): Promise<Figure[]> {
  const { repetitions = 9, signal } = options;
  const node: number[] = [];
  const help: number[] = [];
  const version: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    node.push(await timeOf(['-e', '0'], signal));
    help.push(await timeOf([...command, '--help'], signal));
    version.push(await timeOf([...command, '--version'], signal));
  }
  const nothing = median(node);
  return [
    { name: 'startup.node', value: nothing, unit: 'ms' },
    { name: 'startup.help-ratio', value: median(help) / nothing, unit: 'ratio', bound: { atMost: 2 } },
    { name: 'startup.version-ratio', value: median(version) / nothing, unit: 'ratio', bound: { atMost: 2 } },
  ];
}
