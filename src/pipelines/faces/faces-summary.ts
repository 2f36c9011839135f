// The summary of a TrackTable: its tracks, and where nobody is, in times of the video.
import type { VideoReader } from '../../media/video-reader.ts';
import type { FaceTrack, RowRange } from './track-sums.ts';
import type { TrackTable } from './track-table.ts';
import { unusableReasons, type UnusableReason } from './usable-faces.ts';

/** A part of a video. */
export interface VideoSpan {
  /** From the start of the first frame of the video. */
  readonly fromSeconds: number;
  /** The end of its last frame. */
  readonly toSeconds: number;
  readonly frames: number;
}

/** How many frames of somebody can be redrawn. */
export interface Usability {
  readonly usableFrames: number;
  /** The other frames by reason; only reasons that there are. */
  readonly unusable: Readonly<Partial<Record<UnusableReason, number>>>;
}

/** A run of frames in which one face is followed. */
export interface TrackSummary extends VideoSpan, Usability {
  /** Counts the tracks of the video from 0. */
  readonly track: number;
  /** Counts the people of the video from 1, in the order in which they appear; the number on the contact sheet. */
  readonly person: number;
  /** Counts the shots of the video from 0. */
  readonly shot: number;
  /** Frames in which the face was not found, and its place is interpolated. */
  readonly bridgedFrames: number;
  /** Mean width of the face in pixels. */
  readonly faceWidth: number;
  /** How far the face is turned away from the camera on average, degrees; absent with InsightFace. */
  readonly turn?: number;
}

/** A person of the video. */
export interface PersonSummary extends Usability {
  readonly person: number;
  /** Numbers of the tracks that show the person. */
  readonly tracks: readonly number[];
  readonly frames: number;
  readonly faceWidth: number;
}

/** What was found in a video. Can be written as JSON. */
export interface FacesSummary {
  /** The video, as errors call it. */
  readonly video: string;
  readonly width: number;
  readonly height: number;
  readonly durationSeconds: number;
  readonly frames: number;
  readonly framesWithFace: number;
  readonly shots: number;
  readonly people: readonly PersonSummary[];
  readonly tracks: readonly TrackSummary[];
  /** Where no face is to be seen. */
  readonly withoutFace: readonly VideoSpan[];
}

/** Returns the summary of the table of a whole video. */
export function facesSummary(table: TrackTable, { name, info }: Pick<VideoReader, 'name' | 'info'>): FacesSummary {
  const { width, height, durationSeconds } = info;
  const spanOf = ({ firstRow, lastRow, firstSeconds }: RowRange): VideoSpan => ({
    fromSeconds: firstSeconds,
    toSeconds: lastRow + 1 < table.rowCount ? table.entry(lastRow + 1).timestampSeconds : durationSeconds,
    frames: lastRow + 1 - firstRow,
  });
  const tracks = table.tracks.map((found): TrackSummary => {
    const { track, person, shot, bridgedFrames, meanWidth: faceWidth, meanTurn } = found;
    const turn = meanTurn === undefined ? {} : { turn: meanTurn };
    return { track, person, shot, ...spanOf(found), ...usability(table, found), bridgedFrames, faceWidth, ...turn };
  });
  return {
    video: name,
    width,
    height,
    durationSeconds,
    frames: table.rowCount,
    framesWithFace: table.framesWithFace,
    shots: table.shotCount,
    people: Array.from({ length: table.personCount }, (_, index) => personSummary(tracks, index + 1)),
    tracks,
    withoutFace: table.withoutFace().map(spanOf),
  };
}

function usability(table: TrackTable, found: FaceTrack): Usability {
  const reasons = unusableReasons(table.facesOf(found));
  const unusable: Partial<Record<UnusableReason, number>> = {};
  for (const reason of reasons) if (reason) unusable[reason] = (unusable[reason] ?? 0) + 1;
  return { usableFrames: reasons.filter((reason) => !reason).length, unusable };
}

function personSummary(tracks: readonly TrackSummary[], person: number): PersonSummary {
  const own = tracks.filter((track) => track.person === person);
  const sum = (value: (track: TrackSummary) => number): number => own.reduce((all, track) => all + value(track), 0);
  const frames = sum((track) => track.frames);
  const reasons = [...new Set(own.flatMap(({ unusable }) => Object.keys(unusable) as UnusableReason[]))];
  return {
    person,
    tracks: own.map(({ track }) => track),
    frames,
    usableFrames: sum(({ usableFrames }) => usableFrames),
    unusable: Object.fromEntries(reasons.map((reason) => [reason, sum(({ unusable }) => unusable[reason] ?? 0)])),
    faceWidth: sum((track) => track.faceWidth * track.frames) / frames,
  };
}
