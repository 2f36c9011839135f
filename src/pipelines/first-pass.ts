// The first pass over a video: where its faces are, which of them are drawn, and where it turns if it is too short.
import type { VideoReader } from '../media/video-reader.ts';
import type { Image8 } from '../tensor/image.ts';
import type { OnProgress } from '../util/progress.ts';
import type { FaceLandmarker } from './faces/face-landmarker.ts';
import type { FacePoints } from './faces/face-points.ts';
import type { TrackTable } from './faces/track-table.ts';
import {
  trackedFrameCount,
  trackVideo,
  wholeMinutes,
  type TrackedPart,
  type TrackTableStore,
} from './faces/track-video.ts';
import type { JobRecord } from './job-record.ts';
import { chooseLanes, type ChosenLane } from './lanes.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { LoadedNetworks } from './loaded-networks.ts';
import type { LipsyncPlan } from './plan-lipsync.ts';
import { findSeam } from './seam.ts';
import type { Seam, Timeline } from './timeline.ts';

/** What {@link firstPass} works with. */
export interface FirstPassInputs {
  video: VideoReader;
  plan: LipsyncPlan;
  settings: ResolvedLipsyncOptions;
  networks: Pick<LoadedNetworks, 'landmarker' | 'closeAnalysis'>;
  /** Where the face is, in place of looking for it. */
  points?: FacePoints;
  /** Where to keep the tracked faces; by default nowhere. */
  tracks?: TrackTableStore;
  /** The pictures that choose somebody, by their paths in `settings.speakers`. */
  pictures?: ReadonlyMap<string, Image8>;
  record?: JobRecord;
}

/** What {@link firstPass} finds. */
export interface FirstPass {
  /** The faces. */
  table: TrackTable;
  /** Which of them are drawn. */
  chosen: ChosenLane[];
  /** Where the video turns; undefined if it is long enough, and with the reference. */
  seam: Seam | undefined;
}

/**
 * Finds the faces of a part of a video, and chooses among them. What finds faces is freed afterward.
 *
 * @throws LatentSyncError as `trackVideo` and `chooseLanes` do.
 */
export async function firstPass(
  { video, plan, settings, networks, points, tracks, pictures, record }: FirstPassInputs,
  { part, signal, onProgress }: { part: TrackedPart; signal?: AbortSignal; onProgress?: OnProgress },
): Promise<FirstPass> {
  const { reference, speakers } = settings;
  const seconds = trackedFrameCount(video, part) / video.info.frameRate;
  let opened: Promise<FaceLandmarker> | undefined;
  const landmarker = (): Promise<FaceLandmarker> => (opened ??= networks.landmarker({ reference, seconds, signal }));
  const table = await trackVideo(video, {
    ...part,
    landmarker,
    reference,
    points,
    identify: speakers.some(({ face }) => typeof face === 'object'),
    store: tracks,
    onKept: () => record?.foundFaces(),
    signal,
    onProgress,
  });
  const chosen = await chooseLanes(table, { ...settings, pictures, landmarker, videoName: video.name, signal });
  await networks.closeAnalysis();
  const [{ faces }] = chosen;
  return { table, chosen, seam: reference ? undefined : await findSeam(plan.timeline, faces, video, signal) };
}

/** Returns which frames of a video have to be looked at. The reference looks at those that it draws, and at no others. */
export function trackedPart(
  timeline: Timeline,
  durationSeconds: number,
  { reference, speakers }: Pick<ResolvedLipsyncOptions, 'reference' | 'speakers'>,
): TrackedPart {
  const { fps, frameCount } = timeline;
  // People are numbered as they appear in the whole video.
  if (speakers.some(({ face }) => typeof face === 'number')) return {};
  if (reference && fps !== undefined) return { fps, endSeconds: Math.min(frameCount / fps, durationSeconds) };
  return wholeMinutes(timeline.heardPart, { durationSeconds });
}
