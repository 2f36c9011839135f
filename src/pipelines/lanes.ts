// Lanes: the faces of each speaker, and those of people who are silent; each lane has at most one face a frame, and windows of its own.
import type { FeatureRows } from '../audio/feature-windows.ts';
import { joinedRows } from '../audio/speech-spans.ts';
import type { TimeRange } from '../util/times.ts';
import type { WindowSizes } from './face-windows.ts';
import { chooseFaces, type ChooseFacesOptions } from './faces/choose-faces.ts';
import { ChosenFaces } from './faces/chosen-faces.ts';
import type { TrackTable } from './faces/track-table.ts';
import type { SpeakerOption } from './speakers.ts';
import type { Timeline } from './timeline.ts';
import { WindowPlan } from './window-plan.ts';

/** What the mouths of people do who are not chosen: what they do in the video, or nothing, closed. */
export type SilentMouth = 'keep' | 'still';

/** Faces of which at most one is drawn in a frame, and what they hear. */
export interface ChosenLane {
  /** Which of the speakers it is; undefined: people who are silent. */
  readonly speaker: number | undefined;
  /** Which speech it hears; undefined: none. */
  readonly speech: number | undefined;
  readonly faces: ChosenFaces;
  /** The stretch of the video in which it is drawn. */
  readonly stretch?: TimeRange;
}

/** The same, with what is drawn when. */
export interface Lane extends ChosenLane {
  readonly windows: WindowPlan;
}

/** What {@link chooseLanes} goes by. */
export interface ChooseLanesOptions extends Omit<ChooseFacesOptions, 'face'> {
  speakers: readonly SpeakerOption[];
  silent: SilentMouth;
}

/**
 * Returns the lanes of a job, those of the speakers first, in their order.
 *
 * @throws LatentSyncError as {@link chooseFaces}.
 */
export async function chooseLanes(table: TrackTable, options: ChooseLanesOptions): Promise<ChosenLane[]> {
  const { speakers, silent } = options;
  const lanes: ChosenLane[] = [];
  for (const [speaker, stretch] of speakers.entries()) {
    const { face, speech } = stretch;
    for (const faces of await chooseFaces(table, { ...options, face })) lanes.push({ speaker, speech, faces, stretch });
  }
  if (silent === 'still') {
    const everybody = ChosenFaces.of(table, 'all', options.videoName);
    for (const faces of everybody) lanes.push({ speaker: undefined, speech: undefined, faces });
  }
  return lanes;
}

/** What {@link planLanes} goes by. */
export interface PlanLanesOptions extends WindowSizes {
  timeline: Timeline;
  reference: boolean;
  /** By speech, the rows of its features with which lips move. Default: all. */
  spoken?: readonly (readonly FeatureRows[])[];
  closesQuiet: boolean;
}

/** Returns what is drawn in each lane. A face that several are about at the same time belongs to the first of them that draws it. */
export function planLanes(chosen: readonly ChosenLane[], options: PlanLanesOptions): Lane[] {
  const { timeline, spoken, ...others } = options;
  const lanes: Lane[] = [];
  for (const lane of chosen) {
    const { faces, speech, stretch } = lane;
    const windows = new WindowPlan(faces, timeline, {
      ...others,
      speech,
      stretch,
      // Those of one speaker, and those who are silent, have no face in common.
      before: lanes.filter((earlier) => earlier.speaker !== lane.speaker).map((earlier) => earlier.windows),
      spoken: speech === undefined ? undefined : spoken?.[speech],
    });
    lanes.push({ ...lane, windows });
  }
  return lanes;
}

/** Returns in how many frames of the output a face is drawn. */
export function framesWithFace(lanes: readonly Lane[], timeline: Timeline): number {
  const [first, ...others] = lanes;
  if (others.length === 0) return first.windows.framesWithFace;
  let frames = 0;
  for (let index = 0; index < timeline.frameCount; index++) {
    if (lanes.some(({ windows }) => windows.frame(index).face !== undefined)) frames++;
  }
  return frames;
}

/** Returns the rows of a speech that the faces of all lanes hear from a frame on. */
export function heardRowsOf(lanes: readonly Lane[], speech: number, fromFrame: number): FeatureRows[] {
  const own = lanes.filter((lane) => lane.speech === speech);
  return joinedRows(own.flatMap(({ windows }) => windows.heardRows(fromFrame)));
}
