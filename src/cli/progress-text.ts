// Progress in words and as a bar: what is being done, how far it has come, how fast, and how much longer it will take.
import { formatBytes } from '../hub/format-bytes.ts';
import type { Progress } from '../util/progress.ts';

/** What a stage is called, and what it counts. */
interface Stage {
  readonly title: string;
  readonly unit: string;
}

const stages: Readonly<Partial<Record<string, Stage>>> = {
  wait: { title: 'Waiting for another process', unit: 'seconds' },
  checksum: { title: 'Verifying existing files', unit: 'bytes' },
  inspect: { title: 'Looking up files', unit: 'files' },
  download: { title: 'Downloading', unit: 'bytes' },
  quantize: { title: 'Quantizing the weights', unit: 'bytes' },
  load: { title: 'Loading networks', unit: 'networks' },
  speech: { title: 'Listening for speech', unit: 'rows' },
  audio: { title: 'Analyzing the audio', unit: 'rows' },
  sync: { title: 'Lip-syncing', unit: 'frames' },
  faces: { title: 'Finding faces', unit: 'frames' },
  judge: { title: 'Watching the lips', unit: 'frames' },
  overlay: { title: 'Drawing the faces', unit: 'frames' },
  clips: { title: 'Making clips', unit: 'frames' },
  prepare: { title: 'Preparing the data', unit: 'pieces' },
  train: { title: 'Training', unit: 'steps' },
  report: { title: 'Redrawing clips', unit: 'steps' },
  verify: { title: 'Verifying', unit: 'files' },
  write: { title: 'Writing', unit: 'bytes' },
};

const LONGEST_BAR = 30;
const SHORTEST_BAR = 8;

const BOLD = '\u001b[1m';
const CYAN = '\u001b[36m';
const RESET = '\u001b[0m';

/** Returns a length of time: `9 s`, `2:05 min`, `1:02:03 h`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
}

/** Progress of a command that may have several jobs. */
export interface CommandProgress extends Progress {
  /** Which of how many jobs it is, counted from 1; their number is undefined where more may come. */
  readonly batch?: { readonly job: number; readonly jobs?: number };
}

function stageOf({ stage, batch }: CommandProgress): Stage {
  const { title, unit } = stages[stage] ?? { title: stage.charAt(0).toUpperCase() + stage.slice(1), unit: 'steps' };
  return { title: batch ? `${jobText(batch)}: ${title}` : title, unit };
}

/** Returns `Job 3 of 10`. */
export function jobText({ job, jobs }: NonNullable<CommandProgress['batch']>): string {
  return jobs === undefined ? `Job ${job}` : `Job ${job} of ${jobs}`;
}

function counts({ done, total }: Progress, unit: string): string {
  if (unit === 'seconds') return formatSeconds(done);
  const show = unit === 'bytes' ? formatBytes : (count: number) => `${Math.floor(count)}`;
  const counted = total === undefined ? show(done) : `${show(done)} of ${show(total)}`;
  return unit === 'bytes' ? counted : `${counted} ${unit}`;
}

/** Units per second; work found done at the start of a stage does not count. */
function rate({ done, total, elapsedSeconds, etaSeconds }: Progress): number | undefined {
  if (etaSeconds !== undefined && etaSeconds > 0 && total !== undefined) return (total - done) / etaSeconds;
  return etaSeconds === undefined || elapsedSeconds === 0 ? undefined : done / elapsedSeconds;
}

function rateText(progress: Progress, unit: string): string | undefined {
  const perSecond = rate(progress);
  if (perSecond === undefined || unit === 'seconds' || unit === 'networks') return undefined;
  if (unit === 'bytes') return `${formatBytes(perSecond)}/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} ${unit}/s`;
}

function share({ done, total }: Progress): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(1, done / total);
}

function percent(progress: Progress): string | undefined {
  const part = share(progress);
  return part === undefined ? undefined : `${Math.floor(part * 100)} %`;
}

/** Time left for the whole job, where known. */
function left({ etaSeconds: ofStage, done, total, job }: Progress): string | undefined {
  const seconds = job ? job.etaSeconds : ofStage;
  return seconds === undefined || (job?.fraction ?? done) === (job ? 1 : total)
    ? undefined
    : `${formatSeconds(seconds)} left`;
}

/** Returns a report as a line of a log: `Lip-syncing: 120 of 250 frames, 48 %, 12 frames/s, 11 s left`. */
export function progressLine(progress: CommandProgress): string {
  const { title, unit } = stageOf(progress);
  const facts = [counts(progress, unit), unit === 'seconds' ? undefined : percent(progress), rateText(progress, unit)];
  return `${title}: ${[...facts, left(progress)].filter((fact) => fact !== undefined).join(', ')}`;
}

/**
 * Returns a report as a bar of at most `width` characters; what does not fit is omitted.
 *
 * @param color - whether to use the terminal's colors.
 */
export function progressBar(progress: CommandProgress, width: number, color: boolean): string {
  const { title, unit } = stageOf(progress);
  const part = unit === 'seconds' ? undefined : share(progress);
  const facts = [
    part === undefined ? undefined : percent(progress)?.padStart(5),
    counts(progress, unit),
    rateText(progress, unit),
    left(progress),
  ].filter((fact) => fact !== undefined);
  const reserved = part === undefined ? 0 : SHORTEST_BAR + 2;
  while (facts.length > 1 && title.length + reserved + facts.join('  ').length + 2 > width) facts.pop();
  const text = facts.join('  ');
  if (title.length + reserved + text.length + 2 > width) return text.trim().slice(0, width);
  const head = color ? `${BOLD}${title}${RESET}` : title;
  if (part === undefined) return `${head}  ${text}`;
  const length = Math.min(LONGEST_BAR, width - title.length - text.length - 4);
  const filled = Math.floor(part * length);
  const full = (color ? '━' : '#').repeat(filled);
  const rest = (color ? '─' : '.').repeat(length - filled);
  return `${head}  ${color ? `${CYAN}${full}${RESET}${rest}` : `${full}${rest}`}  ${text}`;
}
