// One job, killed again and again at random moments, until its video is complete; and again from the start, until it was killed often enough.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TorchGenerator } from '../../src/util/random.ts';
import { childrenOf, commandOf, runWatched, type EndedProcess, type RunningProgram } from '../fuzz/watched-process.ts';
import { jobFiles, makeJobFiles } from './job-files.ts';

/** What is killed. */
export const victims = ['main', 'networks', 'reading', 'writing'] as const;

/** A process of a job: the command itself, or one that it starts. */
export type Victim = (typeof victims)[number];

/** Programs of the processes that a command starts. */
const programs: Readonly<Record<Exclude<Victim, 'main'>, string>> = {
  networks: 'session-host-node',
  reading: 'media-host-node',
  writing: 'writing-host-node',
};

/** What must not come of a kill. */
export type KillHarm =
  | 'different' // the video is not that of a job which nobody interrupted
  | 'refused' // the same command did not go on
  | 'unexpected' // an error without a code
  | 'orphan' // a process stayed
  | 'left-over' // something beside the video stayed
  | 'hang'; // no end in time

/** A line of `results.jsonl`: one start of the command. */
export interface KillResult {
  attempt: number;
  /** Counted from 0; the next one begins when a video is complete. */
  job: number;
  /** Undefined: the job ended before anything was killed. */
  victim?: Victim;
  /** Seconds after the start. */
  afterSeconds: number;
  /** Where the job was then: a stage of its progress, or `start`. */
  stage: string;
  /** Frames that earlier starts had finished. */
  framesBefore: number;
  /** `done`, the code of the error, or the signal that ended it. */
  outcome: string;
  seconds: number;
  harm: KillHarm[];
  details?: string;
}

/** What is killed how often. */
export interface KillCampaignOptions {
  folder: string;
  /** Kills in all, those of earlier calls included. */
  count: number;
  seed: number;
}

const commandLine = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const OUTPUT = 'output.mp4';
const RESULTS = 'results.jsonl';
const LIMIT_SECONDS = 300;
const POLL_MS = 20;
/** What processes that lost one of their own may end with. */
const outcomesOfLoss = new Set(['media-crashed', 'insufficient-memory', 'runtime-failed']);
/** What ONNX Runtime leaves in the folder of temporary files, whatever it is used for. */
const ofOnnxRuntime = /^(?:\.ses|mat-debug-\d+\.log)$/;

/** A folder in which jobs are killed, and what became of them. */
export class KillCampaign {
  readonly #options: KillCampaignOptions;
  /** Of the video that nobody interrupted: hash of its bytes, and how long it took. */
  readonly #reference: { sha256: string; seconds: number };

  private constructor(options: KillCampaignOptions, reference: { sha256: string; seconds: number }) {
    this.#options = options;
    this.#reference = reference;
  }

  /** Makes the files of the job, and its video once without a kill. */
  static async open(options: KillCampaignOptions): Promise<KillCampaign> {
    const { folder } = options;
    await mkdir(folder, { recursive: true });
    await makeJobFiles(join(folder, 'inputs'));
    const place = join(folder, 'reference');
    await rm(place, { recursive: true, force: true });
    await prepare(place, folder);
    const { status, seconds, stderr } = await runJob(place);
    if (status !== 0) throw new Error(`The job fails without a kill:\n${stderr}`);
    return new KillCampaign(options, { sha256: await sha256Of(join(place, 'work', OUTPUT)), seconds });
  }

  /** Kills until it is enough and the last video is complete. `onResult` is told of each start of the command. */
  async run(onResult: (result: KillResult) => void): Promise<void> {
    const { folder, count } = this.#options;
    const place = join(folder, 'job');
    const results = await readKills(folder);
    let attempt = results.length;
    let job = (results.at(-1)?.job ?? -1) + (results.at(-1)?.outcome === 'done' ? 1 : 0);
    let kills = killsOf(results).length;
    let isNew = results.at(-1)?.outcome === 'done' || results.length === 0;
    if (results.length === 0) job = 0;
    while (kills < count || !isNew) {
      if (isNew) {
        await rm(place, { recursive: true, force: true });
        await prepare(place, folder);
      }
      const result = await this.#attempt(place, { attempt, job, isLast: kills >= count });
      await appendFile(join(folder, RESULTS), `${JSON.stringify(result)}\n`);
      onResult(result);
      attempt++;
      if (result.victim !== undefined) kills++;
      isNew = result.outcome === 'done';
      if (isNew) job++;
    }
  }

  async #attempt(
    place: string,
    { attempt, job, isLast }: { attempt: number; job: number; isLast: boolean },
  ): Promise<KillResult> {
    const random = new TorchGenerator(this.#options.seed * 1_000_003 + attempt);
    // Every other time it is the command itself.
    const victim = random.integer(2) === 0 ? 'main' : victims[1 + random.integer(3)];
    const delayMs = (random.integer(1000) / 1000) * 1000 * this.#reference.seconds;
    const framesBefore = await framesSafeIn(join(place, 'work'));
    let killed: { afterSeconds: number; stage: string } | undefined;
    const ended = await runJob(place, (running) => {
      if (isLast) return;
      void killLater(running, victim, delayMs).then((kill) => (killed = kill));
    });
    const harm = new Set(harmOf(ended));
    const outcome = outcomeOf(ended);
    if (outcome === 'done') {
      if ((await sha256Of(join(place, 'work', OUTPUT))) !== this.#reference.sha256) harm.add('different');
      const left = await leftIn(place);
      if (left.length > 0) harm.add('left-over');
      ended.stderr += left.join(' ');
    } else if (killed === undefined || !(victim === 'main' ? outcome === 'SIGKILL' : outcomesOfLoss.has(outcome))) {
      harm.add('refused');
    }
    return {
      attempt,
      job,
      ...(killed && { victim }),
      afterSeconds: killed?.afterSeconds ?? ended.seconds,
      stage: killed?.stage ?? 'end',
      framesBefore,
      outcome,
      seconds: ended.seconds,
      harm: [...harm],
      ...(harm.size > 0 && { details: `${ended.stderr}\n${lastLine(ended.stdout)}` }),
    };
  }
}

/** Makes the folders that a job works with. */
async function prepare(place: string, folder: string): Promise<void> {
  for (const name of ['work', 'temporary', 'home']) await mkdir(join(place, name), { recursive: true });
  for (const name of Object.values(jobFiles)) {
    await cp(join(folder, 'inputs', name), join(place, 'work', name), { recursive: true });
  }
}

function runJob(place: string, onStart?: (running: RunningProgram) => void): Promise<EndedProcess> {
  const quickly = ['--model', jobFiles.model, '--steps', '1', '--threads', '1', '--quiet', 'draw'];
  return runWatched([commandLine, 'sync', jobFiles.video, jobFiles.audio, '-o', OUTPUT, ...quickly, '--json'], {
    cwd: join(place, 'work'),
    environment: { TMPDIR: join(place, 'temporary'), LATENTSYNC_HOME: join(place, 'home') },
    limitSeconds: LIMIT_SECONDS,
    onStart,
  });
}

/** Kills a process of a job after a while, or the first one of its kind after that; undefined if there was none any more. */
async function killLater(
  { pid, stdout }: RunningProgram,
  victim: Victim,
  delayMs: number,
): Promise<{ afterSeconds: number; stage: string } | undefined> {
  const started = performance.now();
  await wait(delayMs);
  while (isThere(pid)) {
    const found =
      victim === 'main' ? [pid] : childrenOf(pid).filter((child) => commandOf(child).includes(programs[victim]));
    if (found.length > 0 && kill(found[Math.floor(found.length / 2)])) {
      return { afterSeconds: (performance.now() - started) / 1000, stage: stageOf(stdout()) };
    }
    await wait(POLL_MS);
  }
  return undefined;
}

function isThere(pid: number): boolean {
  return commandOf(pid) !== '';
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has just ended
  }
}

function stageOf(stdout: string): string {
  const lines = stdout.split('\n').filter((line) => line.endsWith('}'));
  return (JSON.parse(lines.at(-1) ?? '{}') as { stage?: string }).stage ?? 'start';
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function outcomeOf({ status, signal, stdout }: EndedProcess): string {
  if (status === 0) return 'done';
  return signal ?? /"code":"([\w-]+)"/.exec(lastLine(stdout))?.[1] ?? `exit ${status}`;
}

function harmOf({ status, timedOut, orphans }: EndedProcess): KillHarm[] {
  return [
    ...(timedOut ? (['hang'] as const) : []),
    ...(orphans > 0 ? (['orphan'] as const) : []),
    ...(status === 1 ? (['unexpected'] as const) : []),
  ];
}

async function framesSafeIn(work: string): Promise<number> {
  const path = join(work, `.${OUTPUT}.latentsync`, 'job.json');
  if (!existsSync(path)) return 0;
  return (JSON.parse(await readFile(path, 'utf8')) as { framesSafe: number }).framesSafe;
}

/** Returns what is there beside inputs and output. */
async function leftIn(place: string): Promise<string[]> {
  const expected = new Set<string>([OUTPUT, ...Object.values(jobFiles)]);
  const left = (await readdir(join(place, 'work'))).filter((name) => !expected.has(name));
  const temporary = (await readdir(join(place, 'temporary'))).filter((name) => !ofOnnxRuntime.test(name));
  return [...left, ...temporary];
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Returns the starts that ended with a kill. */
export function killsOf(results: readonly KillResult[]): KillResult[] {
  return results.filter(({ victim }) => victim !== undefined);
}

/** Returns what is written down in a folder. */
export async function readKills(folder: string): Promise<KillResult[]> {
  const path = join(folder, RESULTS);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as KillResult);
}
