// A synthetic clip with what is known about it: what its sound asks of the mouth.
import { labelRows, samplesOfFrames, type ClipLabels, type TrainingClip } from '../data/training-clip.ts';
import type { AskedMouth } from './figures.ts';

/** A clip for which the movements of the mouth are known. */
export interface LabeledClip {
  readonly name: string;
  readonly clip: TrainingClip;
  readonly labels: ClipLabels;
}

/** Returns what the first frames of a clip ask of the mouth. */
export function askedMouth({ clip, labels }: LabeledClip, frames: number): AskedMouth {
  return {
    opening: labels.opening.subarray(0, frames),
    width: labels.width.subarray(0, frames),
    phonemes: labels.phonemes.subarray(0, labelRows(samplesOfFrames(frames, clip.frameRate))),
  };
}
