// Warnings of the readers: what a file lost or what was put right in it, where, and how much.

/**
 * What a warning is about.
 *
 * - `frames-lost`: frames cannot be decoded; the one before is shown in their place, at the start the one after.
 * - `sound-lost`: sound is missing or cannot be decoded; it is silent there.
 * - `frames-damaged`: frames are damaged and shown as far as they can be decoded.
 * - `cut-off`: the file ends before it says it does; it is used as far as it goes.
 * - `times-repaired`: times that cannot be right: frames or sound that have them are left out, or follow what is before them.
 * - `transparency-lost`: pictures are transparent in places, and the frames are not.
 * - `pictures-changed`: the output cannot hold the pictures as they are, and has the nearest that it can.
 * - `streams-left-out`: the video has more sound, data, or subtitles that the output does not hold, and the output has not.
 * - `subtitles-changed`: the output holds only the text of the video's subtitles.
 * - `subtitles-lost`: single subtitles are longer, or there are more of them, than people make.
 * - `report-not-written`: the output of a job is complete, but the report that was asked for is missing.
 * - `offset-unknown`: whether the video's own sound is late or early cannot be told, so it was not moved.
 */
export type MediaWarningKind =
  | 'frames-lost'
  | 'sound-lost'
  | 'frames-damaged'
  | 'cut-off'
  | 'times-repaired'
  | 'transparency-lost'
  | 'pictures-changed'
  | 'streams-left-out'
  | 'subtitles-changed'
  | 'subtitles-lost'
  | 'report-not-written'
  | 'offset-unknown';

/** Something that is not as it should be in a media file that is read or written nevertheless. Can be written as JSON. */
export interface MediaWarning {
  readonly kind: MediaWarningKind;
  /** The file, as errors call it. */
  readonly file: string;
  /** Where it begins: seconds from the first frame, or from the start of the sound. Undefined: it concerns the whole file. */
  readonly fromSeconds?: number;
  /** Where it ends. */
  readonly toSeconds?: number;
  /** How many frames are concerned. */
  readonly frames?: number;
  /** How many seconds are concerned: fewer than lie between the two times where several losses are told as one. */
  readonly seconds?: number;
  /** In plain words, beginning with the file's name. */
  readonly message: string;
}

/** A warning by whoever finds it out, who need not know what the file is called: the text continues the sentence that its name begins. */
export type FoundWarning = Omit<MediaWarning, 'file' | 'message'> & { readonly text: string };

/** Receives warnings; must not throw. */
export type OnMediaWarning = (warning: MediaWarning) => void;

/** Returns the warning that a file ends early, at a time, and when it should end if that is known. */
export function cutOffWarning(end: number, promised?: number): FoundWarning {
  if (promised === undefined || promised - end < 0.01) {
    return {
      kind: 'cut-off',
      fromSeconds: end,
      text: `ends early, after ${formatTime(end)} s, in the middle of its data.`,
    };
  }
  const text = `ends early, after ${formatTime(end)} of ${formatTime(promised)} s.`;
  return { kind: 'cut-off', fromSeconds: end, toSeconds: promised, seconds: promised - end, text };
}

/** Returns a time in a file as warnings write it, without its unit. */
export function formatTime(seconds: number): string {
  return seconds.toFixed(2);
}
