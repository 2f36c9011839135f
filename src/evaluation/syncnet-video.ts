// SyncNet on the tracks of a video: which are watched, and the score of each person.
import { constantRateSchedule } from '../media/frame-timing.ts';
import type { VideoReader } from '../media/video-reader.ts';
import type { TrackTable } from '../pipelines/faces/track-table.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Box } from '../vision/geometry.ts';
import { JUDGED_RATE, type SyncNetFigures } from './judgment.ts';
import { scoreOfDistances } from './sync-score.ts';
import { SyncNetWatch, type SyncNetJudge } from './syncnet-judge.ts';
import { cropPlaces } from './syncnet-tracks.ts';

/** Tracks that SyncNet is shown have so many frames, as more than fifty detections make one in the official evaluation. */
const FEWEST_FRAMES = 51;

/** The network, and the sound as it hears it. */
export interface SyncNetContext {
  readonly judge: SyncNetJudge;
  readonly sound: { readonly rows: Tensor<'float32'>; readonly laterRows: number };
}

/** A track as SyncNet watches it. */
export interface TrackWatch {
  readonly track: number;
  readonly person: number;
  readonly firstFrame: number;
  readonly watch: SyncNetWatch;
}

/**
 * Returns what watches the tracks of a video, those that are long enough.
 *
 * @param frames - the frames that are looked at, from one up to another.
 */
export function trackWatches(
  table: TrackTable,
  { timestamps, info }: VideoReader,
  frames: { readonly first: number; readonly end: number },
  { judge, sound }: SyncNetContext,
): TrackWatch[] {
  const schedule = constantRateSchedule(timestamps, info.durationSeconds, JUDGED_RATE);
  const boxes = new Map<number, { firstFrame: number; boxes: Box[] }>();
  for (let frame = frames.first; frame < Math.min(frames.end, schedule.count); frame++) {
    for (const { track, box } of table.faces(schedule.sourceIndex(frame))) {
      const known = boxes.get(track);
      if (known) known.boxes.push(box);
      else boxes.set(track, { firstFrame: frame, boxes: [box] });
    }
  }
  return table.tracks.flatMap(({ track, person }) => {
    const found = boxes.get(track);
    if (!found || found.boxes.length < FEWEST_FRAMES) return [];
    const { firstFrame } = found;
    const watch = new SyncNetWatch(judge, { firstFrame, places: cropPlaces(found.boxes) }, sound);
    return [{ track, person, firstFrame, watch }];
  });
}

/** Returns SyncNet's score of a person's tracks together; undefined of none. */
export function syncNetFigures(watches: readonly TrackWatch[]): SyncNetFigures | undefined {
  const windows = watches.flatMap(({ firstFrame, watch: { distances } }) =>
    distances.map((ofWindow, i) => ({ second: Math.floor((firstFrame + i) / JUDGED_RATE), ofWindow })),
  );
  if (windows.length === 0) return undefined;
  const scoreOf = (some: typeof windows): { confidence: number; soundLateMs: number; minDistance: number } => {
    const { confidence, offset, minDistance } = scoreOfDistances(some.map(({ ofWindow }) => ofWindow));
    return { confidence, soundLateMs: offset === 0 ? 0 : (-1000 * offset) / JUDGED_RATE, minDistance };
  };
  const bySecond = new Map<number, typeof windows>();
  for (const window of windows) {
    const known = bySecond.get(window.second);
    if (known) known.push(window);
    else bySecond.set(window.second, [window]);
  }
  const perSecond = Array.from(bySecond, ([second, some]) => {
    const { confidence, soundLateMs } = scoreOf(some);
    return { second, confidence, soundLateMs };
  });
  return { ...scoreOf(windows), windows: windows.length, perSecond };
}
