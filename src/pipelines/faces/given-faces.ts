// Frames → the same frames, each with the face that the user has given the points of. No network looks at them.
import type { VideoImage } from '../../media/video-reader.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { CutDetector } from '../../vision/cut-detector.ts';
import { boxAround, type FacePoints } from './face-points.ts';
import type { TrackedFrame, TrackFacesOptions } from './track-faces.ts';

/** Yields the frames in order; a track ends at a cut, and where the face is gone. */
export async function* givenFaces(
  frames: AsyncIterable<VideoImage>,
  given: FacePoints,
  { onSeen, signal }: Pick<TrackFacesOptions, 'onSeen' | 'signal'>,
): AsyncGenerator<TrackedFrame> {
  const cuts = new CutDetector();
  let track = -1;
  let isFollowed = false;
  for await (const frame of frames) {
    throwIfAborted(signal);
    const isCut = cuts.isCut(frame.data);
    onSeen?.(frame);
    const points = given.at(frame.sourceIndex);
    if (points && (isCut || !isFollowed)) track++;
    isFollowed = points !== undefined;
    yield { frame, isCut, faces: points ? [{ track, points, box: boxAround(points), bridged: false }] : [] };
  }
}
