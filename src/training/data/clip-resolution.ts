// The side of the faces in training clips.
import { findModel } from '../../hub/model-registry.ts';
import { OptionError } from '../../util/assert.ts';

/** Returns the side of aligned faces in pixels: the given one, or that of the embedded model. @throws OptionError unless it is a multiple of 8. */
export function faceResolution(resolution = findModel('tiny').resolution): number {
  if (resolution % 8 !== 0) throw new OptionError('resolution', 'be a multiple of 8', resolution);
  return resolution;
}
