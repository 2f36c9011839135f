// Whose lips follow the speech: what the options say, and the table of all faces → the chosen face of each frame.
import type { Image8 } from '../../tensor/image.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { wording } from '../../util/wording.ts';
import { ChosenFaces, type FaceChoice } from './chosen-faces.ts';
import type { FaceOption } from './face-option.ts';
import type { FaceLandmarker } from './face-landmarker.ts';
import { TrackTable } from './track-table.ts';

/** What {@link chooseFaces} goes by. */
export interface ChooseFacesOptions {
  /** Who is chosen. */
  face: FaceOption;
  /** What follows when the one who was chosen is not in the video: an error, or that nobody is. */
  noFace: 'error' | 'copy';
  /** The pictures that choose somebody, by their paths. */
  pictures?: ReadonlyMap<string, Image8>;
  /** Opens what finds the face in the picture. */
  landmarker: () => Promise<FaceLandmarker>;
  /** The video, as errors call it. */
  videoName: string;
  signal?: AbortSignal;
}

/**
 * Returns the faces of those who are chosen, as {@link ChosenFaces.of} does.
 *
 * @throws LatentSyncError `no-face` when the picture shows no face, or the video nobody who was chosen.
 */
export async function chooseFaces(table: TrackTable, options: ChooseFacesOptions): Promise<ChosenFaces[]> {
  const { noFace, videoName } = options;
  const choice = await choiceOf(options);
  try {
    return ChosenFaces.of(table, choice, videoName);
  } catch (error) {
    if (noFace === 'error' || !(error instanceof LatentSyncError && error.code === 'no-face')) throw error;
    return [new ChosenFaces(await TrackTable.from([]), [])];
  }
}

async function choiceOf({ face, pictures, landmarker, signal }: ChooseFacesOptions): Promise<FaceChoice> {
  if (typeof face !== 'object') return face;
  const picture = pictures?.get(face.picture);
  if (!picture) throw new RangeError('options.pictures must hold each picture that chooses somebody.');
  const opened = await landmarker();
  const found = await opened.detect(picture, { signal });
  if (found) return opened.identify(opened.portrait(picture, found), { signal });
  throw new LatentSyncError('no-face', wording`No face was found in ${face.picture}.`, {
    remedy: 'Choose a picture that shows the person from the front.',
  });
}
