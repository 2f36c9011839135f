// What became of a damaged file: it is read by a program of its own, and by the command line, and neither may take harm.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultLimits } from '../../src/media/media-process-node.ts';
import { runWatched, type EndedProcess } from './watched-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const decoder = join(root, 'test/fuzz/decode-file.mjs');
const commandLine = join(root, 'dist/cli/main.js');

/** A track of a file. */
export type TrackName = 'video' | 'audio';

/** What must not happen to a program that reads a file. */
export type Harm =
  | 'crash' // a signal ended it
  | 'unexpected' // an error without a code, or exit status 1
  | 'stray' // an error outside the calls that it made
  | 'hang' // no outcome in time
  | 'blocked' // its event loop did not turn
  | 'memory' // the media process took more than its limit
  | 'orphan' // a process stayed
  | 'left-over'; // a partial output, or a temporary file

/** What came of a file. */
export interface Judgement {
  harm: Harm[];
  /** How each reading ended: `ok`, or the code of the error. */
  outcomes: Partial<Record<TrackName | 'job', string>>;
  /** Seconds until the outcome. */
  seconds: number;
  /** The most memory of a media process, in bytes. */
  mediaBytes: number;
  /** The longest time, in milliseconds, for which the event loop of the caller did not turn. */
  blockedMs?: number;
  /** How long what was read is, in seconds. */
  length?: Partial<Record<TrackName, number>>;
  /** What is there to look at when something went wrong. */
  details?: string;
}

/** A file that takes longer hangs. */
const HANG_SECONDS = 30;
const BLOCKED_MS = 50;
/** Starting processes on a busy machine takes time that is no fault of the file. */
const GIVE_UP_SECONDS = 120;

/** What ONNX Runtime leaves in the folder of temporary files, whatever it is used for. */
const ofOnnxRuntime = /^(?:\.ses|mat-debug-\d+\.log)$/;

/** What `decode-file.mjs` prints for a track. */
interface Reading {
  code: string;
  message?: string;
  seconds: number;
  mediaBytes: number;
  took: number;
}

interface DecoderReport {
  video?: Reading;
  audio?: Reading;
  strays: string[];
  blockedMs: number;
}

/** Tracks of a file to read. */
export interface FileToRead {
  path: string;
  tracks: readonly TrackName[];
}

/** Reads tracks of a file by the library, in a program of its own. */
export async function judgeDecoding(path: string, tracks: readonly TrackName[]): Promise<Judgement> {
  const [judgement] = await judgeInOneProgram([{ path, tracks }]);
  return judgement;
}

/** Reads files by the library, one after another, in one program. What happens to the program counts for every file that it did not finish. */
export async function judgeInOneProgram(files: readonly FileToRead[]): Promise<Judgement[]> {
  const names = files.flatMap(({ path, tracks }) => [path, tracks.join()]);
  const ended = await runWatched([decoder, ...names], { cwd: root, limitSeconds: GIVE_UP_SECONDS });
  const reports = ended.stdout.split('\n').slice(0, -1); // what follows the last end of a line is cut off
  return files.map(({ tracks }, index) => judgementOf(tracks, ended, reports.at(index)));
}

function judgementOf(tracks: readonly TrackName[], ended: EndedProcess, line: string | undefined): Judgement {
  const report = line === undefined ? undefined : (JSON.parse(line) as DecoderReport);
  const harm = new Set(harmOf(ended));
  if (!report) {
    if (!ended.timedOut && !ended.signal) harm.add('unexpected');
    const outcome = ended.signal ?? `exit ${ended.status}`;
    return { ...summaryOf(ended, harm), outcomes: { [tracks[0]]: outcome }, details: ended.stderr };
  }
  const readings = tracks.map((track) => report[track]!);
  if (readings.some(({ code }) => code === 'unexpected')) harm.add('unexpected');
  if (report.strays.length > 0) harm.add('stray');
  if (report.blockedMs > BLOCKED_MS) harm.add('blocked');
  const seconds = Math.max(...readings.map(({ took }) => took));
  if (seconds > HANG_SECONDS) harm.add('hang');
  const mediaBytes = Math.max(ended.mediaBytes, ...readings.map((reading) => reading.mediaBytes));
  if (mediaBytes > defaultLimits.memoryBytes) harm.add('memory');
  const messages = readings.map(({ message }) => message).filter((message) => message !== undefined);
  return {
    ...summaryOf(ended, harm),
    outcomes: Object.fromEntries(tracks.map((track) => [track, report[track]!.code])),
    length: Object.fromEntries(tracks.map((track) => [track, report[track]!.seconds])),
    seconds,
    mediaBytes,
    blockedMs: report.blockedMs,
    details: [...messages, ...report.strays, ended.stderr].filter((text) => text !== '').join('\n') || undefined,
  };
}

/** The files of a whole job, one of them damaged. */
export interface JobFiles {
  video: string;
  audio: string;
  /** An empty folder for everything that the job writes. */
  folder: string;
}

/** Lip-syncs by the command line, with the smallest model and a single step. */
export async function judgeJob({ video, audio, folder }: JobFiles): Promise<Judgement> {
  await rm(folder, { recursive: true, force: true });
  const [work, temporary, home] = ['work', 'temporary', 'home'].map((name) => join(folder, name));
  for (const path of [work, temporary, home]) await mkdir(path, { recursive: true });
  const inputs = [`video${extname(video)}`, `audio${extname(audio)}`];
  await copyFile(video, join(work, inputs[0]));
  await copyFile(audio, join(work, inputs[1]));
  const quickly = ['--model', 'tiny', '--steps', '1', '--threads', '1', '--length', 'shortest', '--quiet', 'draw'];
  const ended = await runWatched(
    [commandLine, 'sync', ...inputs, '-o', 'output.mp4', ...quickly, '--no-cache', '--json'],
    {
      cwd: work,
      environment: { TMPDIR: temporary, LATENTSYNC_HOME: home },
      limitSeconds: GIVE_UP_SECONDS,
    },
  );
  const harm = new Set(harmOf(ended));
  // The options are right, so none of them can be to blame.
  if (ended.status === 1 || ended.status === 2) harm.add('unexpected');
  if (ended.mediaBytes > defaultLimits.memoryBytes) harm.add('memory');
  const output = join(work, 'output.mp4');
  const expected = ended.status === 0 ? [...inputs, 'output.mp4'] : inputs;
  const left = [...(await readdir(work)), ...(await readdir(temporary)).filter((name) => !ofOnnxRuntime.test(name))];
  if (left.sort().join() !== [...expected].sort().join()) harm.add('left-over');
  let details = `${ended.stderr}${lastLine(ended.stdout)}\n${left.join(' ')}`;
  if (ended.status === 0 && existsSync(output)) {
    const written = await judgeDecoding(output, ['video', 'audio']);
    if (written.outcomes.video !== 'ok' || written.outcomes.audio !== 'ok') harm.add('left-over');
    details += `\noutput: ${JSON.stringify(written)}`;
  }
  await rm(folder, { recursive: true, force: true });
  return { ...summaryOf(ended, harm), outcomes: { job: jobOutcome(ended) }, details };
}

function jobOutcome({ status, signal, stdout }: EndedProcess): string {
  if (status === 0) return 'ok';
  return /"code":"([\w-]+)"/.exec(lastLine(stdout))?.[1] ?? signal ?? `exit ${status}`;
}

function harmOf({ signal, timedOut, orphans }: EndedProcess): Harm[] {
  return [
    ...(timedOut ? (['hang'] as const) : signal ? (['crash'] as const) : []),
    ...(orphans > 0 ? (['orphan'] as const) : []),
  ];
}

function summaryOf({ seconds, mediaBytes }: EndedProcess, harm: ReadonlySet<Harm>) {
  return { harm: [...harm], seconds, mediaBytes };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
