// FaceTracker: the faces of each frame → tracks of all of them, gaps bridged and jitter smoothed, streaming.
import { checkInteger } from '../util/assert.ts';
import { overlappingFace, type FaceDetection } from './face-selection.ts';
import type { Box, Point } from './geometry.ts';
import { smoothedLandmarks } from './landmark-smoothing.ts';

/** How to track. */
export interface FaceTrackerOptions {
  /** Frames without the face that are bridged by interpolation; a longer gap ends a track. Default 10. */
  maximumGap?: number;
  /** Frames on each side that a frame's landmarks are smoothed with; 0 turns smoothing off. Default 4. */
  smoothingRadius?: number;
}

/** A face in one frame. */
export interface TrackedFace<Face extends FaceDetection = FaceDetection> {
  /** Counts the tracks from 0, in the order in which they begin; those of one frame as they were given. */
  readonly track: number;
  readonly box: Box;
  /** Smoothed over time. */
  readonly landmarks: readonly Point[];
  /** As it was found; undefined where it was not, and its place is interpolated. */
  readonly found: Face | undefined;
}

/** The faces of one frame, in order of their tracks. */
export interface TrackEntry<Face extends FaceDetection = FaceDetection> {
  /** Frames pushed before this one. */
  readonly index: number;
  readonly faces: readonly TrackedFace<Face>[];
}

/** A track that goes on, or is in a gap. */
export interface OpenFaceTrack<Face extends FaceDetection = FaceDetection> {
  readonly track: number;
  /** The face where it was last found. */
  readonly last: Face;
  /** Frames since then; 0 when the last frame showed it. */
  readonly gap: number;
}

/**
 * Follows faces through a video. Results lag behind by at most `maximumGap + smoothingRadius` frames, however long it is.
 *
 * @example
 * const tracker = new FaceTracker();
 * for await (const frame of frames) {
 *   const followed = new Map();
 *   for (const { track, last } of tracker.open) { … where the face is now … followed.set(track, face); }
 *   for (const { index, faces } of tracker.push({ followed, found: newFaces(frame) })) use(index, faces);
 * }
 * for (const { index, faces } of tracker.finish()) use(index, faces);
 */
export class FaceTracker<Face extends FaceDetection> {
  readonly #maximumGap: number;
  readonly #smoothingRadius: number;
  #frames = 0;
  #tracks = 0;
  #open: Track<Face>[] = [];
  /** Faces of frames that are not given out yet, from the oldest such frame on. */
  #waiting: TrackedFace<Face>[][] = [];

  constructor(options: FaceTrackerOptions = {}) {
    this.#maximumGap = checkInteger('options.maximumGap', options.maximumGap ?? 10, 0, 1000);
    this.#smoothingRadius = checkInteger('options.smoothingRadius', options.smoothingRadius ?? 4, 0, 50);
  }

  /** The tracks that may go on in the next frame, unless it begins a new shot. */
  get open(): readonly OpenFaceTrack<Face>[] {
    return this.#open;
  }

  /**
   * Takes the next frame and returns the frames that it settles, in order; usually one, sometimes none or several.
   *
   * @param frame.followed - open tracks, and where their faces are. At a cut there are none.
   * @param frame.found - other faces: of tracks in a gap that they overlap with, or of new tracks.
   * @param frame.isCut - whether the frame begins a new shot.
   */
  push(frame: { followed?: ReadonlyMap<number, Face>; found?: readonly Face[]; isCut?: boolean }): TrackEntry<Face>[] {
    const { followed = new Map<number, Face>(), found = [], isCut = false } = frame;
    if (isCut) this.#endAll();
    const index = this.#frames++;
    this.#waiting.push([]);
    const free = new Set(found);
    for (const track of this.#open) {
      const face = followed.get(track.track) ?? overlappingFace([...free], track.last.box);
      if (!face) track.miss();
      else {
        free.delete(face);
        this.#settle(track.add(index, face));
      }
    }
    for (const track of this.#open.filter(({ gap }) => gap > this.#maximumGap)) this.#settle(track.end());
    this.#open = this.#open.filter(({ gap }) => gap <= this.#maximumGap);
    for (const face of free) {
      const track = new Track(this.#tracks++, face, this.#smoothingRadius);
      this.#settle(track.add(index, face));
      this.#open.push(track);
    }
    return this.#takeSettled();
  }

  /** Returns the frames that were still undecided at the end of the video. */
  finish(): TrackEntry<Face>[] {
    this.#endAll();
    return this.#takeSettled();
  }

  #endAll(): void {
    for (const track of this.#open) this.#settle(track.end());
    this.#open = [];
  }

  #settle(faces: readonly SettledFace<Face>[]): void {
    const oldest = this.#frames - this.#waiting.length;
    for (const { index, face } of faces) this.#waiting[index - oldest].push(face);
  }

  /** Takes the frames that no open track has to decide on. */
  #takeSettled(): TrackEntry<Face>[] {
    const oldest = this.#frames - this.#waiting.length;
    const undecided = Math.min(this.#frames, ...this.#open.map(({ undecidedFrom }) => undecidedFrom));
    const taken = this.#waiting.splice(0, undecided - oldest);
    return taken.map((faces, i) => ({
      index: oldest + i,
      faces: faces.sort((a, b) => a.track - b.track),
    }));
  }
}

/** A face that its track is done with. */
interface SettledFace<Face extends FaceDetection> {
  index: number;
  face: TrackedFace<Face>;
}

/** One face, followed. */
class Track<Face extends FaceDetection> implements OpenFaceTrack<Face> {
  readonly track: number;
  readonly #smoothingRadius: number;
  /** The newest frames: those that are not settled, and before them what smoothing needs. */
  #window: SettledFace<Face>[] = [];
  #settled = 0;
  last: Face;
  gap = 0;
  /** The first frame whose face is not settled. */
  undecidedFrom = 0;

  constructor(track: number, face: Face, smoothingRadius: number) {
    this.track = track;
    this.last = face;
    this.#smoothingRadius = smoothingRadius;
  }

  /** The face is there; returns what is settled by that. */
  add(index: number, face: Face): SettledFace<Face>[] {
    const { track, gap, last } = this;
    for (let k = 1; k <= gap; k++) {
      const place = interpolate(last, face, k / (gap + 1));
      this.#window.push({ index: index - gap + k - 1, face: { track, ...place, found: undefined } });
    }
    this.#window.push({ index, face: { track, box: face.box, landmarks: face.landmarks, found: face } });
    this.last = face;
    this.gap = 0;
    const settled = this.#takeSettled(this.#smoothingRadius);
    this.undecidedFrom = this.#window.at(this.#settled)?.index ?? index + 1;
    return settled;
  }

  /** The face is not there. */
  miss(): void {
    this.gap++;
  }

  /** Returns what is left; the frames of an open gap have no face. */
  end(): SettledFace<Face>[] {
    return this.#takeSettled(0);
  }

  /** Takes the smoothed frames that have `lookAhead` frames after them, and forgets those that smoothing needs no longer. */
  #takeSettled(lookAhead: number): SettledFace<Face>[] {
    const radius = this.#smoothingRadius;
    const landmarks = this.#window.map(({ face }) => face.landmarks);
    const taken: SettledFace<Face>[] = [];
    for (; this.#settled < this.#window.length - lookAhead; this.#settled++) {
      const { index, face } = this.#window[this.#settled];
      taken.push({ index, face: { ...face, landmarks: smoothedLandmarks(landmarks, this.#settled, radius) } });
    }
    const forget = Math.max(0, this.#settled - radius);
    this.#window.splice(0, forget);
    this.#settled -= forget;
    return taken;
  }
}

function interpolate(from: FaceDetection, to: FaceDetection, fraction: number): { box: Box; landmarks: Point[] } {
  const mix = (a: number, b: number): number => a + (b - a) * fraction;
  return {
    box: {
      x: mix(from.box.x, to.box.x),
      y: mix(from.box.y, to.box.y),
      width: mix(from.box.width, to.box.width),
      height: mix(from.box.height, to.box.height),
    },
    landmarks: from.landmarks.map(([x, y], i): Point => [mix(x, to.landmarks[i][0]), mix(y, to.landmarks[i][1])]),
  };
}
