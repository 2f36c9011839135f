// FaceTracker: detections of each frame → landmarks of one face, gaps bridged and jitter smoothed, streaming.
import { checkInteger } from '../util/assert.ts';
import { DEFAULT_FACE_LIMITS, followedFace, largestFace } from './face-selection.ts';
import type { FaceDetection, FaceLimits } from './face-selection.ts';
import type { Box, Point } from './geometry.ts';
import { smoothedLandmarks } from './landmark-smoothing.ts';

/** How to track. */
export interface FaceTrackerOptions {
  /** Frames without the face that are bridged by interpolation; in longer gaps nothing is changed. Default 10. */
  maximumGap?: number;
  /** Frames on each side that a frame's landmarks are smoothed with; 0 turns smoothing off. Default 4. */
  smoothingRadius?: number;
  /** What counts as a face. Default: the reference's limits. */
  limits?: FaceLimits;
}

/** Where the followed face is in one frame. */
export interface TrackedFace {
  readonly box: Box;
  readonly landmarks: readonly Point[];
  /** True where the face was not found and the landmarks are interpolated. */
  readonly bridged: boolean;
  /** True in the first frame of a track: everything smoothed over time starts afresh. */
  readonly startsTrack: boolean;
}

/** The outcome for one frame, in order. */
export interface TrackEntry {
  /** Frames pushed before this one. */
  readonly index: number;
  /** Undefined where the frame is to be passed through untouched. */
  readonly face: TrackedFace | undefined;
}

/**
 * Follows one face through a video: at first, after cuts and after long gaps the largest, then the one that overlaps with
 * the previous frame's. Results lag behind by at most `maximumGap + smoothingRadius` frames, regardless of the video's length.
 *
 * The reference has no tracker: it takes the largest face of every frame ({@link largestFace}) and stops without one.
 *
 * @example
 * const tracker = new FaceTracker();
 * for await (const frame of frames) {
 *   for (const { index, face } of tracker.push(await detector.detect(frame), cuts.isCut(frame))) use(index, face);
 * }
 * for (const { index, face } of tracker.finish()) use(index, face);
 */
export class FaceTracker {
  readonly #maximumGap: number;
  readonly #smoothingRadius: number;
  readonly #limits: FaceLimits;
  #frames = 0;
  /** The face where it was last found, while a track is open. */
  #last: FaceDetection | undefined;
  /** Frames since then. */
  #gap = 0;
  /** The newest frames of the open track: those not yet given out, and before them what smoothing needs. */
  #window: TrackEntry[] = [];
  #windowDone = 0;

  constructor(options: FaceTrackerOptions = {}) {
    this.#maximumGap = checkInteger('options.maximumGap', options.maximumGap ?? 10, 0, 1000);
    this.#smoothingRadius = checkInteger('options.smoothingRadius', options.smoothingRadius ?? 4, 0, 50);
    this.#limits = options.limits ?? DEFAULT_FACE_LIMITS;
  }

  /**
   * Takes the next frame and returns the frames that it settles, in order; usually one, sometimes none or several.
   *
   * @param detections - the faces found in the frame.
   * @param isCut - whether the frame begins a new shot.
   */
  push(detections: readonly FaceDetection[], isCut = false): TrackEntry[] {
    const decided = isCut ? this.#endTrack() : [];
    const index = this.#frames++;
    const face = this.#last
      ? followedFace(detections, this.#last.box, this.#limits)
      : largestFace(detections, this.#limits);
    if (face) {
      const startsTrack = this.#last === undefined;
      this.#bridge(face, index);
      this.#window.push({ index, face: { ...face, bridged: false, startsTrack } });
      this.#last = face;
      this.#gap = 0;
      return [...decided, ...this.#takeSmoothed(this.#smoothingRadius)];
    }
    if (!this.#last) return [...decided, { index, face: undefined }];
    this.#gap++;
    return this.#gap > this.#maximumGap ? [...decided, ...this.#endTrack()] : decided;
  }

  /** Returns the frames that were still undecided at the end of the video. */
  finish(): TrackEntry[] {
    return this.#endTrack();
  }

  /** Adds the frames between the last face and this one, interpolated. */
  #bridge(face: FaceDetection, index: number): void {
    if (!this.#last) return;
    for (let k = 1; k <= this.#gap; k++) {
      const { box, landmarks } = interpolate(this.#last, face, k / (this.#gap + 1));
      const at = index - this.#gap + k - 1;
      this.#window.push({ index: at, face: { box, landmarks, bridged: true, startsTrack: false } });
    }
  }

  /** Ends the track: what was found is given out, the frames of an open gap are passed through. */
  #endTrack(): TrackEntry[] {
    const decided = this.#takeSmoothed(0);
    for (let k = this.#gap; k > 0; k--) decided.push({ index: this.#frames - k, face: undefined });
    this.#last = undefined;
    this.#gap = 0;
    this.#window = [];
    this.#windowDone = 0;
    return decided;
  }

  /** Takes the smoothed frames that have `lookAhead` frames after them, and forgets frames no longer needed. */
  #takeSmoothed(lookAhead: number): TrackEntry[] {
    const taken: TrackEntry[] = [];
    const tracked = this.#window.flatMap(({ face }) => (face ? [face.landmarks] : []));
    for (; this.#windowDone < this.#window.length - lookAhead; this.#windowDone++) {
      const { index, face } = this.#window[this.#windowDone];
      const landmarks = smoothedLandmarks(tracked, this.#windowDone, this.#smoothingRadius);
      taken.push({ index, face: face && { ...face, landmarks } });
    }
    const forget = Math.max(0, this.#windowDone - this.#smoothingRadius);
    this.#window.splice(0, forget);
    this.#windowDone -= forget;
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
