// The option `face`: whose lips follow the speech, and when.
import { rangeOf, type TimeRange } from '../../util/times.ts';

/** Who is chosen by size or place, anew in every shot. */
export type FacePlace = 'largest' | 'left' | 'right' | 'center';

/** All of them. */
const facePlaces: readonly FacePlace[] = ['largest', 'left', 'right', 'center'];

/** The words that choose somebody. */
export const faceWords: readonly (FacePlace | 'all')[] = [...facePlaces, 'all'];

/** Who is lip-synced, as options say it: by size or place, by the number of a person, whom a picture shows (a file), or everybody. */
export type FaceOption = FacePlace | 'all' | number | { readonly picture: string };

/** Who is lip-synced in a stretch of the video. */
export interface FaceStretch extends TimeRange {
  readonly face: FaceOption;
}

/** Returns what a value of the option `face` means: a place, everybody, the number of a person, or the path of a picture. */
export function faceOptionOf(value: string | number = 'largest'): FaceOption {
  const word = faceWords.find((name) => name === value);
  if (word) return word;
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : { picture: String(value) };
}

/** Returns a value of the option with another path, where it is that of a picture. */
export function withFacePath(value: unknown, replaced: (path: string) => string | URL): unknown {
  if (typeof value !== 'string') return value;
  const { text } = rangeOf(value);
  const face = faceOptionOf(text);
  return typeof face === 'object' ? String(replaced(face.picture)) + value.slice(text.length) : value;
}

/** Returns what one value of the option means, which may end with a stretch of time, as in `2@0:10-0:20`. */
export function faceStretchOf(value: string | number): FaceStretch {
  const { text, ...range } = rangeOf(String(value));
  return { face: faceOptionOf(text), ...range };
}
