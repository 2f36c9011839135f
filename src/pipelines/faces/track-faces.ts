// Frames → the same frames in order, each with the alignment points of the face that is followed, streaming.
import type { VideoFrameData } from '../../media/video-reader.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { option, wording } from '../../util/wording.ts';
import { CutDetector } from '../../vision/cut-detector.ts';
import { FaceTracker, type TrackEntry } from '../../vision/face-track.ts';
import type { Box, Point } from '../../vision/geometry.ts';
import { createImage8 } from '../../tensor/image.ts';
import {
  alignmentPointsFrom106,
  alignmentPointsFromMesh,
  eyeOpeningOfMesh,
  roundAlignmentPoints,
} from '../../vision/landmarks.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { LENIENT_FACE_LIMITS, type FaceLandmarker, type FaceLandmarks } from './face-landmarker.ts';

/** A frame and the face in it. */
export interface TrackedFrame {
  readonly frame: VideoFrameData;
  /** Whether it begins a new shot. */
  readonly isCut: boolean;
  /** Undefined where there is no face and the frame passes unchanged. */
  readonly points: AlignmentPoints | undefined;
  /** Around the face; undefined where there is none. */
  readonly box: Box | undefined;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged: boolean;
  /** How far the eyes are open, height over width; undefined where the face was not found, or not by the face mesh. */
  readonly eyeOpening: number | undefined;
  /** True where the face does not continue from the previous frame: at the beginning, after cuts and long gaps. */
  readonly startsTrack: boolean;
}

/** Options of {@link trackFaces}. */
export interface TrackFacesOptions {
  landmarker: FaceLandmarker;
  /**
   * Treats every frame on its own, rounds the points to whole pixels, and gives up at the first frame without a face.
   * Default false: cuts are found, short gaps bridged, jitter smoothed, frames without a face passed through.
   */
  reference?: boolean;
  signal?: AbortSignal;
}

/** While there is no face, one frame in this many is searched for small faces. */
const THOROUGH_SEARCH_INTERVAL = 8;

function pointsOf({ kind, landmarks }: FaceLandmarks): Point[] {
  const step = kind === 'mesh468' ? 3 : 2;
  const points: Point[] = [];
  for (let i = 0; i < landmarks.length; i += step) points.push([landmarks[i], landmarks[i + 1]]);
  return points;
}

/** Returns the alignment points of landmarks of either kind. */
function alignmentPoints(face: FaceLandmarks): AlignmentPoints {
  const points = pointsOf(face);
  return face.kind === 'mesh468' ? alignmentPointsFromMesh(points) : alignmentPointsFrom106(points);
}

/**
 * Follows one face through frames. Frames come out in order, at most 13 frames after they went in.
 *
 * @throws LatentSyncError `no-face` in reference mode at a frame without a face; `aborted` when the signal fires.
 */
export function trackFaces(
  frames: AsyncIterable<VideoFrameData>,
  { landmarker, reference = false, signal }: TrackFacesOptions,
): AsyncGenerator<TrackedFrame> {
  return reference ? largestFaces(frames, landmarker, signal) : followedFaces(frames, landmarker, signal);
}

async function* largestFaces(
  frames: AsyncIterable<VideoFrameData>,
  landmarker: FaceLandmarker,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrackedFrame> {
  let startsTrack = true;
  for await (const frame of frames) {
    throwIfAborted(signal);
    const face = await landmarker.detect(createImage8(frame.width, frame.height, 4, frame.data), { signal });
    if (!face) {
      throw new LatentSyncError(
        'no-face',
        wording`No face was found at ${frame.timestampSeconds.toFixed(2)} s, and the reference gives up at such a frame.`,
        {
          remedy: wording`Cut that part out, or leave out ${option('reference')}: frames without a face then stay as they are.`,
        },
      );
    }
    const points = roundAlignmentPoints(alignmentPoints(face));
    yield { frame, isCut: false, points, box: face.box, bridged: false, eyeOpening: undefined, startsTrack };
    startsTrack = false;
  }
}

async function* followedFaces(
  frames: AsyncIterable<VideoFrameData>,
  landmarker: FaceLandmarker,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrackedFrame> {
  const tracker = new FaceTracker({ limits: LENIENT_FACE_LIMITS });
  const cuts = new CutDetector();
  const waiting: Pick<TrackedFrame, 'frame' | 'isCut' | 'eyeOpening'>[] = []; // frames that the tracker has not decided on
  const decided = (tracked: TrackEntry[]): TrackedFrame[] =>
    tracked.map(({ face }) => ({
      ...waiting.shift()!,
      box: face?.box,
      bridged: face?.bridged ?? false,
      points: face && asAlignmentPoints(face.landmarks),
      startsTrack: face?.startsTrack ?? false,
    }));
  let previous: FaceLandmarks | undefined;
  let framesWithout = 0; // since the face was last there, or the cut
  for await (const frame of frames) {
    throwIfAborted(signal);
    const image = createImage8(frame.width, frame.height, 4, frame.data);
    const isCut = cuts.isCut(image);
    if (isCut) framesWithout = 0;
    const quick = framesWithout % THOROUGH_SEARCH_INTERVAL !== 0;
    const face = await landmarker.detect(image, { previous: isCut ? undefined : previous, quick, signal });
    framesWithout = face ? 0 : framesWithout + 1;
    previous = face;
    const eyeOpening = face?.kind === 'mesh468' ? eyeOpeningOfMesh(pointsOf(face)) : undefined;
    waiting.push({ frame, isCut, eyeOpening });
    // Only the alignment points are followed: they are all that the aligner needs.
    yield* decided(tracker.push(face ? [{ ...face, landmarks: alignmentPoints(face) }] : [], isCut));
  }
  yield* decided(tracker.finish());
}

function asAlignmentPoints([leftEyebrow, rightEyebrow, nose]: readonly Point[]): AlignmentPoints {
  return [leftEyebrow, rightEyebrow, nose];
}
