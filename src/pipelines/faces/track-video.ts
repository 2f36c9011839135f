// The first pass over a video: its frames → the TrackTable, or the table that an earlier job has kept.
import type { FramesOptions, VideoImage, VideoInfo, VideoReader } from '../../media/video-reader.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import type { TimeRange } from '../../util/times.ts';
import type { FaceLandmarker } from './face-landmarker.ts';
import type { FacePoints } from './face-points.ts';
import { givenFaces } from './given-faces.ts';
import { trackFaces, type TrackedFrame } from './track-faces.ts';
import { TrackPortraits } from './people.ts';
import { TrackTable, type TrackTableInput } from './track-table.ts';

/** Which frames of a video are looked at. */
export type TrackedPart = Pick<FramesOptions, 'fps' | 'startSeconds' | 'endSeconds'>;

/** Keeps the track tables of one video, as one detector finds them. */
export interface TrackTableStore {
  /** Returns the table of a part of the video; undefined if there is none. */
  read(part: TrackedPart): Promise<TrackTable | undefined>;
  /** Keeps the table of a part; returns whether it is kept. */
  write(part: TrackedPart, table: TrackTable): Promise<boolean>;
}

/** Options of {@link trackVideo}. */
export interface TrackVideoOptions extends TrackedPart {
  /** Opens the landmarker; called when the table is not there already. */
  landmarker: () => Promise<FaceLandmarker>;
  /** Tracks as the reference does. Default false. */
  reference?: boolean;
  /** Where the face is, in place of what would be found; no landmarker is opened. */
  points?: FacePoints;
  /** Identifies the person of a video with a single track, too. Default false. */
  identify?: boolean;
  /** By default nothing is kept. */
  store?: TrackTableStore;
  /** Called when the store has the table already, so that nothing is looked for. */
  onKept?: () => void;
  signal?: AbortSignal;
  /** Stage `faces`, in frames. */
  onProgress?: OnProgress;
}

/**
 * Finds the shots of a video, follows all faces in them, and tells which are of the same person.
 *
 * @throws LatentSyncError `no-face` in reference mode at a frame without a face; `aborted` when the signal fires.
 */
export async function trackVideo(video: VideoReader, options: TrackVideoOptions): Promise<TrackTable> {
  const {
    landmarker,
    reference = false,
    points,
    identify = false,
    store,
    onKept,
    signal,
    onProgress,
    ...part
  } = options;
  const kept = await store?.read(part);
  if (kept && (!identify || kept.isIdentified)) {
    onKept?.();
    return kept;
  }
  const progress = new ProgressReporter('faces', trackedFrameCount(video, part), onProgress);
  const frames = video.images({ ...part, signal });
  const onSeen = (frame: VideoImage): void => {
    video.recycle(frame);
  };
  let table: TrackTable;
  if (points) {
    table = await TrackTable.from(entriesOf(givenFaces(frames, points, { onSeen, signal }), progress), 'one-person');
  } else {
    const opened = await landmarker();
    const portraits = new TrackPortraits((portrait) => opened.identify(portrait, { signal }), { always: identify });
    const tracked = trackFaces(frames, {
      landmarker: opened,
      reference,
      onPortrait: (track, portrait) => portraits.add(track, portrait),
      onSeen,
      signal,
    });
    table = await TrackTable.from(entriesOf(tracked, progress), portraits.identities);
  }
  // Without a face the job fails; the next one shall find out again why, damage to the frames for example.
  if (table.framesWithFace > 0) await store?.write(part, table);
  return table;
}

/** Tables are made of whole minutes, so that jobs that need a little more or less of a video share one. */
const TRACKED_SECONDS = 60;

/** Returns the whole minutes in which a part of a video lies; nothing of what reaches its ends. */
export function wholeMinutes(
  { startSeconds = 0, endSeconds = Infinity }: TimeRange,
  { durationSeconds }: Pick<VideoInfo, 'durationSeconds'>,
): TrackedPart {
  const from = TRACKED_SECONDS * Math.floor(startSeconds / TRACKED_SECONDS);
  const to = TRACKED_SECONDS * Math.ceil(endSeconds / TRACKED_SECONDS);
  return { ...(from > 0 && { startSeconds: from }), ...(to < durationSeconds && { endSeconds: to }) };
}

/** Returns about how many frames a part of a video has. */
export function trackedFrameCount(
  { info }: VideoReader,
  { fps, startSeconds = 0, endSeconds = Infinity }: TrackedPart,
): number {
  const seconds = Math.max(0, Math.min(info.durationSeconds, endSeconds) - startSeconds);
  return Math.max(1, Math.round(seconds * (fps ?? info.frameRate)));
}

async function* entriesOf(
  tracked: AsyncIterable<TrackedFrame>,
  progress: ProgressReporter,
): AsyncGenerator<TrackTableInput> {
  let frames = 0;
  progress.report(0);
  for await (const { frame, isCut, faces } of tracked) {
    const { sourceIndex, timestampSeconds } = frame;
    yield { sourceIndex, timestampSeconds, isCut, faces };
    progress.report(++frames);
  }
}
