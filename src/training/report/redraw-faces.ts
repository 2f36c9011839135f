// Aligned faces [F,R,R,3] and any speech → the same faces saying it, drawn by the pipeline's own networks and windows.
import {
  FaceWindows,
  type DrawWindow,
  type FaceWindowsOptions,
  type WindowFace,
} from '../../pipelines/face-windows.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { fromPixelValues, stackImages, type Image8 } from '../../tensor/image.ts';
import { speechTokens, type HeardSpeech } from '../data/speech-features.ts';
import { faceOf } from '../../evaluation/mouth-track.ts';
import type { Faces } from '../../evaluation/picture-quality.ts';

/** Redraws the mouths of a clip; frame i hears what is said at its time. */
export async function redrawFaces(faces: Faces, speech: HeardSpeech, options: FaceWindowsOptions): Promise<Faces> {
  const [frames, resolution] = faces.shape;
  const redrawn: Image8[] = [];
  await using windows = new FaceWindows(options);
  const keep = async (draw: DrawWindow<WindowFace> | undefined): Promise<void> => {
    for (const { drawn: pixelValues } of (await draw?.()) ?? [])
      redrawn.push(fromPixelValues(pixelValues, resolution, resolution));
  };
  for (let frame = 0; frame < frames; frame++) {
    throwIfAborted(options.signal);
    await keep(await windows.push({ face: faceOf(faces, frame), audio: speechTokens(speech, frame) }));
  }
  await keep(await windows.flush());
  return stackImages(redrawn);
}
