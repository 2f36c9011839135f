// Frames → the same frames in order, each with the alignment points of all faces that are followed, streaming.
import type { VideoImage } from '../../media/video-reader.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { option, wording } from '../../util/wording.ts';
import { CutDetector } from '../../vision/cut-detector.ts';
import { DissolveDetector } from '../../vision/dissolve-detector.ts';
import { isSameFace, overlapAfterAFrame, type FaceDetection } from '../../vision/face-selection.ts';
import { faceSharpness } from '../../vision/face-sharpness.ts';
import { FaceTracker, type TrackedFace } from '../../vision/face-track.ts';
import type { Box, Point } from '../../vision/geometry.ts';
import type { Image8 } from '../../tensor/image.ts';
import {
  alignmentPointsFrom106,
  alignmentPointsFromMesh,
  eyeOpeningOfMesh,
  isMouthCutOff,
  roundAlignmentPoints,
  turnOfMesh,
} from '../../vision/landmarks.ts';
import { mouthLook } from '../../vision/mouth-look.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import type { FaceLandmarker, FaceLandmarks, FacePortrait } from './face-landmarker.ts';
import { SearchPlan } from './search-plan.ts';

/** A face in a frame. */
export interface FrameFace {
  /** Counts the tracks from 0. A track ends at a cut, and where the face is gone for long. */
  readonly track: number;
  readonly points: AlignmentPoints;
  readonly box: Box;
  /** Whether the face was not found in this frame, and its place is interpolated. */
  readonly bridged: boolean;
  /**
   * How far the eyes are open: their mean height over their width, about 0.05 when closed and 0.3 when open. Absent where nothing is known
   * of them: in frames in which the face was not found, and with InsightFace.
   */
  readonly eyeOpening?: number;
  /** How far it is turned away from the camera, degrees; absent as that is. */
  readonly turn?: number;
  /** Whether a part of the mouth lies outside the picture; absent as that is. */
  readonly isMouthCutOff?: boolean;
  /** How sharp it is, see `faceSharpness`; absent as that is. */
  readonly sharpness?: number;
  /** What its mouth looks like, see `mouthLook`; absent as that is. */
  readonly mouthLook?: Uint8Array;
  /** Whether the picture is turning into another one; absent in reference mode. */
  readonly isDissolving?: boolean;
}

/** A frame and the faces in it. */
export interface TrackedFrame {
  readonly frame: VideoImage;
  /** Whether it begins a new shot. */
  readonly isCut: boolean;
  /** In order of their tracks; none where the frame passes unchanged. */
  readonly faces: readonly FrameFace[];
}

/** Options of {@link trackFaces}. */
export interface TrackFacesOptions {
  landmarker: FaceLandmarker;
  /**
   * Takes the largest face of every frame on its own, rounds the points to whole pixels, and gives up at the first frame without a
   * face. Default false: all faces are followed, cuts are found, short gaps bridged, jitter smoothed.
   */
  reference?: boolean;
  /** Called from time to time with what is seen of the person of a track. */
  onPortrait?: (track: number, portrait: FacePortrait) => Promise<void>;
  /** Called when the pixels of a frame are not needed any more. */
  onSeen?: (frame: VideoImage) => void;
  signal?: AbortSignal;
}

/** Faces that are followed at a time, the largest when they appear. */
const MOST_FACES = 16;

/** Frames of a track of which there is a portrait: some of the first ones, and then one of so many. */
const PORTRAYED_FRAMES: readonly number[] = [0, 5, 12];
const PORTRAYED_INTERVAL = 25;

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
 * Follows the faces of frames. Frames come out in order, at most 15 frames after they went in.
 *
 * @throws LatentSyncError `no-face` in reference mode at a frame without a face; `aborted` when the signal fires.
 */
export function trackFaces(
  frames: AsyncIterable<VideoImage>,
  options: TrackFacesOptions,
): AsyncGenerator<TrackedFrame> {
  return options.reference ? largestFaces(frames, options) : followedFaces(frames, options);
}

async function* largestFaces(
  frames: AsyncIterable<VideoImage>,
  { landmarker, onSeen, signal }: TrackFacesOptions,
): AsyncGenerator<TrackedFrame> {
  for await (const frame of frames) {
    throwIfAborted(signal);
    const face = await landmarker.detect(frame.data, { signal });
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
    onSeen?.(frame);
    yield { frame, isCut: false, faces: [{ track: 0, points, box: face.box, bridged: false }] };
  }
}

/** A face whose alignment points alone are followed: they are all that the aligner needs. */
interface FollowedFace extends FaceDetection {
  readonly face: FaceLandmarks;
  /** With the mesh: what its pixels show. */
  readonly seen?: Pick<FrameFace, 'isMouthCutOff' | 'sharpness' | 'mouthLook'>;
}

function followedFace(image: Image8, face: FaceLandmarks): FollowedFace {
  const { kind, box, score, landmarks } = face;
  const followed = { box, score, landmarks: alignmentPoints(face), face };
  if (kind !== 'mesh468') return followed;
  const seen = {
    isMouthCutOff: isMouthCutOff(landmarks, image),
    sharpness: faceSharpness(image, landmarks),
    mouthLook: mouthLook(image, landmarks),
  };
  return { ...followed, seen };
}

async function* followedFaces(
  frames: AsyncIterable<VideoImage>,
  { landmarker, onPortrait, onSeen, signal }: TrackFacesOptions,
): AsyncGenerator<TrackedFrame> {
  const tracker = new FaceTracker<FollowedFace>();
  const cuts = new CutDetector();
  const plan = new SearchPlan();
  const dissolves = new DissolveDetector();
  const waiting: WaitingFrame[] = []; // frames that the tracker has not decided on
  const portrayed = new PortrayedFrames();
  for await (const frame of frames) {
    throwIfAborted(signal);
    const { data: image } = frame;
    const isCut = cuts.isCut(image);
    const followed = isCut ? new Map<number, FollowedFace>() : await followAll(image, tracker, landmarker, signal);
    const lost = isCut ? [] : tracker.open.filter(({ track }) => !followed.has(track)).map(({ last }) => last.box);
    const squares = plan.next(image, { isCut, hasFaces: followed.size > 0, lost, thumbnail: cuts.thumbnail });
    const found: FollowedFace[] = [];
    if (squares.length > 0) {
      const known = [...[...followed.values()].map(({ box }) => box), ...plan.rejected];
      const result = await landmarker.search(image, { squares, known, signal });
      plan.reject(result.rejected);
      found.push(...result.faces.slice(0, MOST_FACES - followed.size).map((face) => followedFace(image, face)));
    }
    const settled = tracker.push({ followed, found, isCut });
    waiting.push({ frame, isCut, isDissolving: false });
    if (dissolves.isDissolve(cuts.thumbnail, isCut)) {
      const middle = waiting.at(-1 - dissolves.delay);
      if (middle) middle.isDissolving = true;
    }
    for (const { track, last, gap } of tracker.open) {
      if (!onPortrait || gap > 0 || !portrayed.isDue(track)) continue;
      await onPortrait(track, landmarker.portrait(image, last.face));
    }
    onSeen?.(frame);
    for (const { faces } of settled) yield settledFrame(waiting.shift()!, faces);
  }
  for (const { faces } of tracker.finish()) yield settledFrame(waiting.shift()!, faces);
}

/** A frame whose faces are not given out yet. */
interface WaitingFrame extends Pick<TrackedFrame, 'frame' | 'isCut'> {
  isDissolving: boolean;
}

function settledFrame(
  { frame, isCut, isDissolving }: WaitingFrame,
  faces: readonly TrackedFace<FollowedFace>[],
): TrackedFrame {
  return { frame, isCut, faces: faces.map((face) => ({ ...frameFace(face), isDissolving })) };
}

/** Returns where the faces of tracks are now that the frame before showed; each face has one track. */
async function followAll(
  image: Image8,
  tracker: FaceTracker<FollowedFace>,
  landmarker: FaceLandmarker,
  signal: AbortSignal | undefined,
): Promise<Map<number, FollowedFace>> {
  const tracks = tracker.open.filter(({ gap }) => gap === 0);
  const faces = await landmarker.follow(
    image,
    tracks.map(({ last }) => last.face),
    { signal },
  );
  const moved = tracks.flatMap(({ track, last }, index) => {
    const face = faces[index];
    const overlap = face ? overlapAfterAFrame(face.box, last.box) : 0;
    return face && overlap > 0 ? [{ track, face, overlap }] : [];
  });
  // Where one has covered another, and both are found in the same place, it is the one that was nearer.
  moved.sort((a, b) => b.overlap - a.overlap);
  const followed = new Map<number, FollowedFace>();
  for (const { track, face } of moved) {
    const isTaken = [...followed.values()].some(({ box }) => isSameFace(box, face.box));
    if (!isTaken) followed.set(track, followedFace(image, face));
  }
  return followed;
}

/** Counts the frames of tracks. */
class PortrayedFrames {
  readonly #frames = new Map<number, number>();

  /** Counts a frame of a track, and returns whether there is to be a portrait of it. */
  isDue(track: number): boolean {
    const frame = this.#frames.get(track) ?? 0;
    this.#frames.set(track, frame + 1);
    return PORTRAYED_FRAMES.includes(frame) || (frame > 0 && frame % PORTRAYED_INTERVAL === 0);
  }
}

function frameFace({ track, box, landmarks, found }: TrackedFace<FollowedFace>): FrameFace {
  const [leftEyebrow, rightEyebrow, nose] = landmarks;
  const points: AlignmentPoints = [leftEyebrow, rightEyebrow, nose];
  if (found?.face.kind !== 'mesh468') return { track, box, points, bridged: found === undefined };
  const eyeOpening = eyeOpeningOfMesh(pointsOf(found.face));
  return { track, box, points, bridged: false, eyeOpening, turn: turnOfMesh(found.face.landmarks), ...found.seen };
}
