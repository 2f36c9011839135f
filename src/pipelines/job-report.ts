// What a finished job did, frame by frame and stage by stage, as JSON text.
import type { MediaWarning } from '../media/media-warning.ts';
import type { Box } from '../vision/geometry.ts';
import type { TrackTable } from './faces/track-table.ts';
import type { JobRecord, KeptStage } from './job-record.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { UnusableReason } from './faces/usable-faces.ts';
import type { Timeline } from './timeline.ts';
import type { WindowPlan } from './window-plan.ts';

/** Why a frame is as it was in the video: nobody is to be seen; the audio has not begun, or is over; or nobody speaks in it there. */
export type UnchangedReason = 'no-face' | 'no-speech' | 'quiet' | UnusableReason;

/** What became of a frame of the output. */
export interface ReportFrame {
  /** Position in the output. */
  readonly frame: number;
  /** From the start of the output. */
  readonly seconds: number;
  /** Position in the video of the frame that is shown. */
  readonly source: number;
  /** The segment of the output that it is in: segments are encoded, and survive an interruption, one by one. */
  readonly segment: number;
  readonly changed: boolean;
  /** The face whose mouth was redrawn; absent where the frame is unchanged. */
  readonly track?: number;
  readonly person?: number;
  readonly box?: Box;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged?: boolean;
  /** The windows that drew it, counted from 0: one, or two that are blended. */
  readonly windows?: readonly number[];
  /** Whether the mouth was drawn closed, because nobody speaks. */
  readonly closed?: boolean;
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
  /** The file that gave the places of the face, if one did. */
  points: string | undefined;
  output: string;
  model: string;
  width: number;
  height: number;
  options: ResolvedLipsyncOptions;
  timeline: Timeline;
  table: TrackTable;
  windows: WindowPlan;
  /** Frames of a segment of the output. */
  segmentFrames: number;
  record: JobRecord;
  warnings: readonly MediaWarning[];
  elapsedSeconds: number;
}

/** A report without its frames. */
export interface JobReportHead {
  readonly program: { readonly name: string; readonly version: string };
  readonly inputs: { readonly video: string; readonly audio: string; readonly points?: string };
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
    /** Faces that the autoencoder encoded, and those that it did not, because their latents were kept from earlier frames or another job. */
    readonly encodedFaces: number;
    readonly keptFaces: number;
    /** Windows of the audio that were encoded, and those that were not, because their features were kept. */
    readonly encodedAudio: number;
    readonly keptAudio: number;
    readonly durationSeconds: number;
    readonly width: number;
    readonly height: number;
    readonly elapsedSeconds: number;
  };
  readonly stages: readonly ReportStage[];
  readonly warnings: readonly MediaWarning[];
}

const SYNC_PARTS = ['read', 'listen', 'align', 'encode', 'denoise', 'decode', 'composite', 'write', 'finish', 'report'];

/** Yields what became of each frame. It follows from the plan of the drawing alone. */
export function* reportFrames({
  timeline,
  windows,
  segmentFrames,
}: JobReportSource): Generator<ReportFrame, void, undefined> {
  for (let frame = 0; frame < timeline.frameCount; frame++) {
    const { sourceIndex, timestampSeconds } = timeline.frame(frame);
    const { face, audioRow, unusable, isQuiet } = windows.frame(frame);
    const segment = Math.floor(frame / segmentFrames);
    const common = { frame, seconds: timestampSeconds, source: sourceIndex, segment };
    if (face) {
      const { track, person, box, bridged } = face;
      const windowNumbers = windows.windowsOf(frame);
      yield { ...common, changed: true, track, person, box, bridged, closed: isQuiet, windows: windowNumbers };
    } else {
      const why = audioRow === undefined ? 'no-speech' : isQuiet ? 'quiet' : (unusable ?? 'no-face');
      yield { ...common, changed: false, why };
    }
  }
}

/** Returns the report without its frames. */
export function reportHead(source: JobReportSource): JobReportHead {
  const unchanged: Record<UnchangedReason, number> = {
    'no-face': 0,
    'no-speech': 0,
    quiet: 0,
    turned: 0,
    'cut-off': 0,
  };
  let changedFrames = 0;
  let bridgedFrames = 0;
  for (const frame of reportFrames(source)) {
    if (frame.why) unchanged[frame.why]++;
    else changedFrames++;
    if (frame.bridged) bridgedFrames++;
  }
  const { version, video, audio, points, output, model, options, timeline, width, height, warnings, elapsedSeconds } =
    source;
  return {
    program: { name: 'latentsync', version },
    inputs: { video, audio, ...(points !== undefined && { points }) },
    output,
    model,
    options,
    totals: {
      frames: timeline.frameCount,
      changedFrames,
      unchanged,
      bridgedFrames,
      windows: source.windows.windowCount,
      encodedFaces: source.record.faces.encoded,
      keptFaces: source.record.faces.kept,
      encodedAudio: source.record.audio.encoded,
      keptAudio: source.record.audio.kept,
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
    return {
      stage: name,
      seconds,
      ...(kept ? { kept } : frames > 0 && seconds > 0 && { framesPerSecond: frames / seconds }),
    };
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
