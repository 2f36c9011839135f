// Follows one face through the frames of a video: detection, cuts, and the three points by which the face is aligned.
import type { VideoFrameData } from '../../media/video-reader.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { LatentSyncError } from '../../util/errors.ts';
import type { Point } from '../../vision/geometry.ts';
import { createImage8 } from '../../vision/image.ts';
import { alignmentPointsFrom106, alignmentPointsFromMesh, roundAlignmentPoints } from '../../vision/landmarks.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import type { FaceDetection, FaceLandmarker } from './face-landmarker.ts';

/** A frame and where its face is. */
export interface TrackedFrame {
  frame: VideoFrameData;
  /** Undefined when the frame shows no face to be synchronised. */
  points: AlignmentPoints | undefined;
  /** Whether the face does not go on from the frame before. */
  startsTrack: boolean;
}

/** How faces are tracked. */
export interface TrackFacesOptions {
  landmarker: FaceLandmarker;
  /** Rounds points to whole pixels and fails on the first frame without a face, as the reference does. Default false. */
  reference?: boolean;
  signal?: AbortSignal | undefined;
}

/** Returns the alignment points of a detected face. */
export function alignmentPointsOf({ kind, landmarks }: FaceDetection): AlignmentPoints {
  const width = kind === 'mesh468' ? 3 : 2;
  const points: Point[] = [];
  for (let i = 0; i < landmarks.length; i += width) points.push([landmarks[i], landmarks[i + 1]]);
  return kind === 'mesh468' ? alignmentPointsFromMesh(points) : alignmentPointsFrom106(points);
}

/**
 * Yields the frames with their faces, in order.
 *
 * @throws LatentSyncError `no-face` in reference mode, naming the frame; `aborted`.
 */
export async function* trackFaces(
  frames: AsyncIterable<VideoFrameData>,
  { landmarker, reference = false, signal }: TrackFacesOptions,
): AsyncGenerator<TrackedFrame> {
  let previous: FaceDetection | undefined;
  for await (const frame of frames) {
    throwIfAborted(signal);
    const image = createImage8(frame.width, frame.height, 4, frame.data);
    const face = await landmarker.detect(image, { previous, signal });
    if (!face && reference) {
      throw new LatentSyncError(
        'no-face',
        `Frame ${frame.index} (${frame.timestampSeconds.toFixed(2)} s) shows no face, where the reference stops.\n` +
          'Leave out --reference: frames without a face then stay as they are.',
      );
    }
    const points = face && alignmentPointsOf(face);
    yield {
      frame,
      points: points && reference ? roundAlignmentPoints(points) : points,
      startsTrack: face !== undefined && previous === undefined,
    };
    previous = face;
  }
}
