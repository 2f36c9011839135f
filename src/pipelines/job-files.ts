// The files that the options of a job name as inputs, by what they are.
import type { MediaInput } from '../media/media-input.ts';
import { audiosOf, resolveSpeakers, type SpeakerOptions } from './speakers.ts';

/** The options of a job that name what it reads. */
export interface InputOptions extends SpeakerOptions {
  video: MediaInput;
  sound?: MediaInput;
  points?: string;
}

/** Returns the inputs of a job by name: `video`, `audio` (from the second one on `audio 2`, …), `sound`, `face` (in the same way), `points`. */
export function jobFiles(options: InputOptions): ReadonlyMap<string, MediaInput> {
  const files = new Map<string, MediaInput>([['video', options.video]]);
  const add = (name: string, inputs: readonly MediaInput[]): void => {
    for (const [index, input] of inputs.entries()) files.set(index === 0 ? name : `${name} ${index + 1}`, input);
  };
  add('audio', audiosOf(options));
  if (options.sound !== undefined) add('sound', [options.sound]);
  add('face', [...picturesOf(options)]);
  if (options.points !== undefined) add('points', [options.points]);
  return files;
}

/** Returns the pictures that choose somebody. */
export function picturesOf(options: SpeakerOptions): ReadonlySet<string> {
  const faces = resolveSpeakers(options).speakers.map(({ face }) => face);
  return new Set(faces.flatMap((face) => (typeof face === 'object' ? [face.picture] : [])));
}
