// Frames → faces [R,R,3] as the lip-sync networks see them: tracked, smoothed and aligned by the pipeline's own parts.
import type { VideoImage } from '../../media/video-reader.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { trackFaces, type FrameFace } from '../../pipelines/faces/track-faces.ts';
import type { Box } from '../../vision/geometry.ts';
import type { AlignmentPoints } from '../../vision/similarity.ts';
import { FaceAligner } from '../../vision/face-aligner.ts';
import type { Image8 } from '../../tensor/image.ts';

/** The face of one frame. */
export interface FaceCrop {
  /** RGB, R × R; undefined where there is no face. */
  face: Image8 | undefined;
  /** Where it is in the frame; undefined as it is. */
  box: Box | undefined;
  points: AlignmentPoints | undefined;
  /** How many faces there are in the frame. */
  faces: number;
  /** Whether the face was found in this very frame. */
  isFound: boolean;
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
  frames: AsyncIterable<VideoImage>,
  { landmarker, resolution, signal }: FaceCropsOptions,
): AsyncGenerator<FaceCrop> {
  const aligner = new FaceAligner(resolution, { direct: true });
  let track: number | undefined;
  for await (const { frame, faces } of trackFaces(frames, { landmarker, signal })) {
    const face = faces.find((other) => other.track === track) ?? largest(faces);
    const startsTrack = face !== undefined && face.track !== track;
    if (startsTrack) aligner.reset();
    track = face?.track;
    yield {
      face: face && aligner.align(frame.data, face.points).face,
      box: face?.box,
      points: face?.points,
      faces: faces.length,
      isFound: face?.bridged === false,
      startsTrack,
    };
  }
}

function largest(faces: readonly FrameFace[]): FrameFace | undefined {
  return faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height).at(0);
}
