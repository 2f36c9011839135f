// Frames → faces [R,R,3] as the lip-sync networks see them: tracked, smoothed and aligned by the pipeline's own parts.
import type { VideoFrameData } from '../../media/video-reader.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { trackFaces } from '../../pipelines/faces/track-faces.ts';
import { FaceAligner } from '../../vision/face-aligner.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';

/** The face of one frame. */
export interface FaceCrop {
  /** RGB, R × R; undefined where there is no face. */
  face: Image8 | undefined;
  /** Whether the face does not continue from the previous frame: at the beginning, after cuts and gaps. */
  startsTrack: boolean;
}

/** Options of {@link faceCrops}. */
export interface FaceCropsOptions {
  landmarker: FaceLandmarker;
  /** R. */
  resolution: number;
  signal?: AbortSignal;
}

/** Yields the face of every frame, in order. */
export async function* faceCrops(
  frames: AsyncIterable<VideoFrameData>,
  { landmarker, resolution, signal }: FaceCropsOptions,
): AsyncGenerator<FaceCrop> {
  const aligner = new FaceAligner(resolution, { direct: true });
  for await (const { frame, points, startsTrack } of trackFaces(frames, { landmarker, signal })) {
    if (startsTrack) aligner.reset();
    const image = createImage8(frame.width, frame.height, 4, frame.data);
    yield { face: points && aligner.align(image, points).face, startsTrack };
  }
}

/** A landmarker that counts the frames in which it found nothing. */
export class CountingLandmarker implements FaceLandmarker {
  /** Frames looked at so far, and those of them without a face. */
  frames = 0;
  misses = 0;
  /** Milliseconds spent looking. */
  milliseconds = 0;
  readonly #landmarker: FaceLandmarker;

  constructor(landmarker: FaceLandmarker) {
    this.#landmarker = landmarker;
  }

  detect: FaceLandmarker['detect'] = async (frame, options) => {
    const startedAt = performance.now();
    const face = await this.#landmarker.detect(frame, options);
    this.milliseconds += performance.now() - startedAt;
    this.frames++;
    if (!face) this.misses++;
    return face;
  };

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#landmarker[Symbol.asyncDispose]();
  }
}
