// What a finished job did, frame by frame and stage by stage, as JSON text.
import type { MediaWarning } from '../media/media-warning.ts';
import type { Box } from '../vision/geometry.ts';
import type { TrackTable } from './faces/track-table.ts';
import type { JobRecord, KeptStage } from './job-record.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { Lane } from './lanes.ts';
import type { Timeline } from './timeline.ts';
import type { UnchangedReason } from './window-plan.ts';

/** What became of the face of a speaker, or of somebody who is silent, in a frame of the output. */
export interface ReportFace {
  /** The speaker, counted from 1; absent for somebody who is silent. */
  readonly speaker?: number;
  readonly changed: boolean;
  /** The face whose mouth was redrawn; absent where it was not. */
  readonly track?: number;
  readonly person?: number;
  readonly box?: Box;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged?: boolean;
  /** The windows that drew it, counted from 0 among those of the same lane: one, or two that are blended. */
  readonly windows?: readonly number[];
  /** Which of the faces that are drawn one after another. */
  readonly lane?: number;
  /** Whether the mouth was drawn closed, because nobody speaks. */
  readonly closed?: boolean;
  /** Why it is unchanged. */
  readonly why?: UnchangedReason;
}

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
  /** Whether a mouth was redrawn. */
  readonly changed: boolean;
  /** One for each speaker, and one for each silent face that was drawn closed. */
  readonly faces: readonly ReportFace[];
}

/** How long a stage took. */
export interface ReportStage {
  readonly stage: string;
  readonly seconds: number;
  /** Frames per second; absent where it does not work on frames, or had nothing to do. */
  readonly framesPerSecond?: number;
  /** An earlier job had done the work. */
  readonly kept?: boolean;
  /** Seconds in which networks ran, and how long each of the other parts took; parts go on at the same time. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** Everything about a job that a report tells. */
export interface JobReportSource {
  version: string;
  video: string;
  /** What is heard, in the order of the speakers. */
  audios: readonly string[];
  /** The file that gave the places of the face, if one did. */
  points: string | undefined;
  output: string;
  model: string;
  width: number;
  height: number;
  options: ResolvedLipsyncOptions;
  timeline: Timeline;
  table: TrackTable;
  lanes: readonly Lane[];
  /** Frames of a segment of the output. */
  segmentFrames: number;
  record: JobRecord;
  warnings: readonly MediaWarning[];
  elapsedSeconds: number;
}

/** A report without its frames. */
export interface JobReportHead {
  readonly program: { readonly name: string; readonly version: string };
  readonly inputs: { readonly video: string; readonly audios: readonly string[]; readonly points?: string };
  readonly output: string;
  readonly model: string;
  readonly options: ResolvedLipsyncOptions;
  readonly totals: {
    readonly frames: number;
    readonly changedFrames: number;
    /** Faces that were redrawn: more than frames where several people speak, or are silent. */
    readonly changedFaces: number;
    /** Unchanged frames by reason, that of the first speaker. */
    readonly unchanged: Readonly<Record<UnchangedReason, number>>;
    /** Faces that were not found in their frames. */
    readonly bridgedFaces: number;
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

const SYNC_PARTS = [
  'networks',
  'read',
  'listen',
  'align',
  'encode',
  'denoise',
  'decode',
  'composite',
  'write',
  'finish',
  'report',
];

/** Yields what became of each frame. It follows from the plan of the drawing alone. */
export function* reportFrames({
  timeline,
  lanes,
  segmentFrames,
}: JobReportSource): Generator<ReportFrame, void, undefined> {
  for (let frame = 0; frame < timeline.frameCount; frame++) {
    const { sourceIndex, timestampSeconds } = timeline.frame(frame);
    const faces = lanes.flatMap((_, lane) => reportFace(lanes, lane, frame) ?? []);
    yield {
      frame,
      seconds: timestampSeconds,
      source: sourceIndex,
      segment: Math.floor(frame / segmentFrames),
      changed: faces.some(({ changed }) => changed),
      faces,
    };
  }
}

/** Returns what became of the face of a lane. A speaker with several lanes, and who is silent, are told of only where they are drawn. */
function reportFace(lanes: readonly Lane[], number: number, frame: number): ReportFace | undefined {
  const { windows, speaker } = lanes[number];
  const { face, why, isQuiet } = windows.frame(frame);
  const common = speaker === undefined ? {} : { speaker: speaker + 1 };
  if (face) {
    const { track, person, box, bridged } = face;
    const more = { track, person, box, bridged, closed: isQuiet, windows: windows.windowsOf(frame) };
    return { ...common, changed: true, ...more, ...(lanes.length > 1 && { lane: number }) };
  }
  const isFirst = speaker !== undefined && lanes.findIndex((lane) => lane.speaker === speaker) === number;
  return isFirst ? { ...common, changed: false, why } : undefined;
}

/** Returns the report without its frames. */
export function reportHead(source: JobReportSource): JobReportHead {
  const unchanged: Record<UnchangedReason, number> = {
    'no-face': 0,
    'no-speech': 0,
    quiet: 0,
    turned: 0,
    'cut-off': 0,
    hidden: 0,
    blurred: 0,
    dissolve: 0,
    'not-chosen': 0,
    taken: 0,
  };
  let changedFrames = 0;
  let changedFaces = 0;
  let bridgedFaces = 0;
  for (const { changed, faces } of reportFrames(source)) {
    if (changed) changedFrames++;
    else unchanged[faces[0].why!]++;
    changedFaces += faces.filter((face) => face.changed).length;
    bridgedFaces += faces.filter(({ bridged }) => bridged).length;
  }
  const { version, video, audios, points, output, model, options, timeline, width, height, warnings, elapsedSeconds } =
    source;
  return {
    program: { name: 'latentsync', version },
    inputs: { video, audios, ...(points !== undefined && { points }) },
    output,
    model,
    options,
    totals: {
      frames: timeline.frameCount,
      changedFrames,
      changedFaces,
      unchanged,
      bridgedFaces,
      windows: source.lanes.reduce((sum, { windows }) => sum + windows.windowCount, 0),
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
  const before = clock.seconds('prepare') + clock.seconds('audio');
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
