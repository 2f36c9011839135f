// What a finished job did, frame by frame and stage by stage, as JSON text.
import type { MediaWarning } from '../media/media-warning.ts';
import type { Box } from '../vision/geometry.ts';
import { windowCount, type WindowSizes } from './face-windows.ts';
import type { TrackTable } from './faces/track-table.ts';
import type { JobRecord, KeptStage } from './job-record.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { Timeline } from './timeline.ts';

/** Why a frame is as it was in the video: nobody is to be seen, or nothing is said. */
export type UnchangedReason = 'no-face' | 'no-speech';

/** What became of a frame of the output. */
export interface ReportFrame {
  /** Position in the output. */
  readonly frame: number;
  /** From the start of the output. */
  readonly seconds: number;
  /** Position in the video of the frame that is shown. */
  readonly source: number;
  readonly changed: boolean;
  /** The face whose mouth was redrawn; absent where the frame is unchanged. */
  readonly track?: number;
  readonly box?: Box;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged?: boolean;
  /** The windows that drew it, counted from 0: one, or two that are blended. */
  readonly windows?: readonly number[];
  /** Why it is unchanged. */
  readonly why?: UnchangedReason;
}

/** How long a stage took. */
export interface ReportStage {
  readonly stage: string;
  readonly seconds: number;
  /** Frames per second; absent where it does not work on frames, or had nothing to do. */
  readonly framesPerSecond?: number;
  /** An earlier job had done the work. */
  readonly kept?: boolean;
  /** Times within it, in which the job waited for each; what is left went into the rest of the program. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** Everything about a job that a report tells. */
export interface JobReportSource {
  version: string;
  video: string;
  audio: string;
  output: string;
  model: string;
  width: number;
  height: number;
  options: ResolvedLipsyncOptions;
  timeline: Timeline;
  table: TrackTable;
  windows: WindowSizes;
  record: JobRecord;
  warnings: readonly MediaWarning[];
  elapsedSeconds: number;
}

/** A report without its frames. */
export interface JobReportHead {
  readonly program: { readonly name: string; readonly version: string };
  readonly inputs: { readonly video: string; readonly audio: string };
  readonly output: string;
  readonly model: string;
  readonly options: ResolvedLipsyncOptions;
  readonly totals: {
    readonly frames: number;
    readonly changedFrames: number;
    /** Unchanged frames by reason. */
    readonly unchanged: Readonly<Record<UnchangedReason, number>>;
    readonly bridgedFrames: number;
    readonly windows: number;
    readonly durationSeconds: number;
    readonly width: number;
    readonly height: number;
    readonly elapsedSeconds: number;
  };
  readonly stages: readonly ReportStage[];
  readonly warnings: readonly MediaWarning[];
}

const SYNC_PARTS = ['read', 'listen', 'align', 'encode', 'denoise', 'decode', 'composite', 'write', 'finish', 'report'];

/** Yields what became of each frame. It follows from the table and the timeline alone, as the drawing does. */
export function* reportFrames(source: JobReportSource): Generator<ReportFrame, void, undefined> {
  const runs = runsOf(source);
  let run = 0;
  let firstWindow = 0;
  for (let index = 0; index < source.timeline.frameCount; index++) {
    const { sourceIndex, timestampSeconds, face, why } = frameOf(source, index);
    const common = { frame: index, seconds: timestampSeconds, source: sourceIndex };
    if (!face) {
      yield { ...common, changed: false, why };
      continue;
    }
    if (index >= runs[run].first + runs[run].length) {
      firstWindow += windowCount(runs[run].length, source.windows);
      run++;
    }
    const windows = windowsOf(index - runs[run].first, runs[run].length, source.windows);
    const { track, box, bridged } = face;
    yield { ...common, changed: true, track, box, bridged, windows: windows.map((window) => firstWindow + window) };
  }
}

function frameOf({ timeline, table }: JobReportSource, index: number) {
  const { audioRow, ...frame } = timeline.frame(index);
  const face = audioRow === undefined ? undefined : table.face(frame.sourceIndex);
  const why: UnchangedReason = audioRow === undefined ? 'no-speech' : 'no-face';
  return { ...frame, face, why };
}

/** The runs of frames that windows divide: they end where the face does, and but for the reference at every new track. */
function runsOf(source: JobReportSource): { first: number; length: number }[] {
  const runs: { first: number; length: number }[] = [];
  let previous: number | undefined;
  for (let index = 0; index < source.timeline.frameCount; index++) {
    const { face, isJump } = frameOf(source, index);
    const continues = previous !== undefined && (source.options.reference || (face?.track === previous && !isJump));
    if (face && continues) runs[runs.length - 1].length++;
    else if (face) runs.push({ first: index, length: 1 });
    previous = face?.track;
  }
  return runs;
}

/** Returns the windows that draw a frame of a run: one, or two where they overlap. */
function windowsOf(position: number, length: number, { windowFrames, overlapFrames }: WindowSizes): number[] {
  const step = windowFrames - overlapFrames;
  const first = position < windowFrames ? 0 : 1 + Math.floor((position - windowFrames) / step);
  const last = Math.min(windowCount(length, { windowFrames, overlapFrames }) - 1, Math.floor(position / step));
  return first < last ? [first, last] : [first];
}

/** Returns the report without its frames. */
export function reportHead(source: JobReportSource): JobReportHead {
  const unchanged: Record<UnchangedReason, number> = { 'no-face': 0, 'no-speech': 0 };
  let changedFrames = 0;
  let bridgedFrames = 0;
  let windows = 0;
  for (const frame of reportFrames(source)) {
    if (frame.why) unchanged[frame.why]++;
    else changedFrames++;
    if (frame.bridged) bridgedFrames++;
    windows = Math.max(windows, ...(frame.windows ?? []).map((window) => window + 1));
  }
  const { version, video, audio, output, model, options, timeline, width, height, warnings, elapsedSeconds } = source;
  return {
    program: { name: 'latentsync', version },
    inputs: { video, audio },
    output,
    model,
    options,
    totals: {
      frames: timeline.frameCount,
      changedFrames,
      unchanged,
      bridgedFrames,
      windows,
      durationSeconds: timeline.durationSeconds,
      width,
      height,
      elapsedSeconds,
    },
    stages: stagesOf(source),
    warnings,
  };
}

function stagesOf({ record, table, timeline }: JobReportSource): ReportStage[] {
  const { clock, keptStages } = record;
  const stage = (name: string, seconds: number, frames = 0): ReportStage => {
    const kept = keptStages.has(name as KeptStage);
    return { stage: name, seconds, ...(kept ? { kept } : frames > 0 && { framesPerSecond: frames / seconds }) };
  };
  const before = ['load', 'faces', 'audio'].reduce((sum, name) => sum + clock.seconds(name), 0);
  const parts = Object.fromEntries(SYNC_PARTS.map((part) => [part, clock.seconds(part)]));
  return [
    stage('load', clock.seconds('load')),
    stage('faces', clock.seconds('faces'), table.rowCount),
    stage('audio', clock.seconds('measure') + clock.seconds('audio')),
    { ...stage('sync', clock.seconds('job') - before, timeline.frameCount), parts },
  ];
}

/** Yields a report as JSON text, in pieces: one frame a line. */
export function* reportJson(source: JobReportSource): Generator<string, void, undefined> {
  const head = JSON.stringify(reportHead(source), undefined, 2);
  yield `${head.slice(0, -2)},\n  "frames": [`;
  let separator = '\n    ';
  for (const frame of reportFrames(source)) {
    yield separator + JSON.stringify(frame, rounded);
    separator = ',\n    ';
  }
  yield '\n  ]\n}\n';
}

/** Millionths of seconds and pixels are enough. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(6)) : value;
}
